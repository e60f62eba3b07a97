#include "notify/mail.h"

#include <gtest/gtest.h>

#include "notify/loose_base64.h"
#include "notify/recipient.h"

namespace qala::notify {
namespace {

TEST(Mail, KazakhSubjectsAreEncodedWordsThatHoldWholeLetters) {
  const std::string subject = "[Үшөзек] Қатерлі: Жылу желісіндегі су тым салқын · ЖП-3 · Орталық ауданы, Абай көшесі";
  const std::string header = encoded_header(subject);
  std::string back;
  std::string_view rest = header;
  while (!rest.empty()) {
    const auto end = rest.find("\r\n ");
    const auto word = rest.substr(0, end);
    ASSERT_LE(word.size(), 75u);
    ASSERT_TRUE(word.starts_with("=?UTF-8?B?") && word.ends_with("?="));
    const auto text = from_loose_base64(word.substr(10, word.size() - 12)).value_or("");
    EXPECT_NE(static_cast<unsigned char>(text[0]) & 0xc0, 0x80) << "begins within a letter";
    back += text;
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 3);
  }
  EXPECT_EQ(back, subject);
}

TEST(Mail, PlainWordsStayPlain) {
  EXPECT_EQ(encoded_header("High: water too cold"), "High: water too cold");
  EXPECT_NE(encoded_header("=?UTF-8?B?aGk=?="), "=?UTF-8?B?aGk=?=");
}

TEST(Mail, NoFieldCanBeginAHeaderOfItsOwn) {
  Mail mail{.from = "qala@example.kz",
            .from_name = "Town\r\nBcc: all@example.kz",
            .to = "a@example.kz\r\nX: y",
            .subject = "fire\r\nBcc: all@example.kz\r\n\r\nbody",
            .body = "text\n",
            .message_id = "1@example.kz"};
  const std::string text = render(mail);
  const std::string head = text.substr(0, text.find("\r\n\r\n"));
  EXPECT_EQ(head.find("\r\nBcc:"), std::string::npos) << head;
  EXPECT_EQ(head.find("\r\nX:"), std::string::npos) << head;
}

TEST(Mail, LinesAreShortAndEndAsTheStandardWants) {
  Mail mail{.from = "qala@example.kz",
            .from_name = "Үшөзек",
            .to = "a@example.kz",
            .subject = std::string(300, 'x'),
            .message_id = "1@example.kz",
            .at = Instant::from_seconds(1'768'660'800)};
  for (int i = 0; i < 200; i++) mail.body += "Дабыл ";
  const std::string text = render(mail);
  std::size_t from = 0;
  for (auto end = text.find('\n'); end != std::string::npos; from = end + 1, end = text.find('\n', from)) {
    ASSERT_EQ(text[end - 1], '\r');
    ASSERT_LE(end - from, 79u) << text.substr(from, end - from);
  }
  EXPECT_EQ(from, text.size());
  EXPECT_NE(text.find("Date: Sat, 17 Jan 2026 14:40:00 +0000\r\n"), std::string::npos) << text.substr(0, 80);
  EXPECT_NE(text.find("\r\nAuto-Submitted: auto-generated\r\n"), std::string::npos);
}

TEST(MailAddress, IsOneAddressAndNothingElse) {
  for (const char* good : {"a@b", "duty.heat+night@mail.example.kz", "o'neil@example.kz"})
    EXPECT_TRUE(is_mail_address(good)) << good;
  for (const char* bad : {"", "a", "@b", "a@", "a b@c", "a@b c", "<a@b>", "a@b>\r\nRCPT TO:<x@y", "a@b\n", "a..b@c",
                          ".a@b", "a@-b", "a@b..c", "\"x\"@b", "а@пример.kz", "a@b,c@d"})
    EXPECT_FALSE(is_mail_address(bad)) << bad;
}

TEST(HookAddress, IsAnAddressOfTheWeb) {
  for (const char* good :
       {"https://example.kz", "https://example.kz:8443/a?b=c", "http://127.0.0.1:9000/", "https://[2606::1]/x"})
    EXPECT_TRUE(is_http_url(good)) << good;
  for (const char* bad : {"", "example.kz", "ftp://example.kz", "file:///etc/passwd", "https://", "https:///x",
                          "https://user:pw@example.kz/", "https://example.kz/#a", "https://example.kz/a b",
                          "https://example.kz/\r\nX: y", "gopher://x"})
    EXPECT_FALSE(is_http_url(bad)) << bad;
}

}  // namespace
}  // namespace qala::notify
