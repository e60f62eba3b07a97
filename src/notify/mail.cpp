#include "notify/mail.h"

#include <algorithm>
#include <array>
#include <chrono>

#include <fmt/format.h>

#include "base/base64.h"

namespace qala::notify {

namespace {

/// An encoded word is at most 75 characters: "=?UTF-8?B?" and "?=" leave 60 of base64, 45 bytes. A line with one has at
/// most 76 (RFC 2047, 2): the first stands beside the header's name.
constexpr std::size_t kFirstWordBytes = 39, kWordBytes = 45;
constexpr std::size_t kLineBytes = 57;  // 76 characters of base64

bool begins_letter(char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }

/// Line ends and other control characters would begin headers of their own.
std::string one_line(std::string_view text) {
  std::string out(text);
  std::ranges::replace_if(out, [](unsigned char c) { return c < ' ' || c == 0x7f; }, ' ');
  return out;
}

bool is_plain(std::string_view text) {
  const bool ascii = std::ranges::all_of(text, [](unsigned char c) { return c >= ' ' && c < 0x7f; });
  return ascii && text.size() <= 60 && text.find("=?") == std::string_view::npos;
}

std::string phrase(const std::string& text) {
  if (!is_plain(text)) return encoded_header(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

}  // namespace

std::string encoded_header(std::string_view raw) {
  const std::string text = one_line(raw);
  if (is_plain(text)) return text;
  std::string out;
  std::string_view rest = text;
  while (!rest.empty()) {
    std::size_t take = std::min(out.empty() ? kFirstWordBytes : kWordBytes, rest.size());
    while (take < rest.size() && take > 1 && !begins_letter(rest[take])) take--;
    if (!out.empty()) out += "\r\n ";
    out += "=?UTF-8?B?" + to_base64(rest.substr(0, take)) + "?=";
    rest.remove_prefix(take);
  }
  return out;
}

std::string mail_date(Instant at) {
  static constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::chrono::sys_seconds seconds{std::chrono::seconds(at.seconds())};
  const auto day = std::chrono::floor<std::chrono::days>(seconds);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(seconds - day);
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} +0000", kDays[std::chrono::weekday(day).c_encoding()],
                     static_cast<unsigned>(date.day()), kMonths[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()), time.hours().count(), time.minutes().count(),
                     time.seconds().count());
}

std::string render(const Mail& mail) {
  std::string out;
  const auto header = [&out](std::string_view name, const std::string& value) {
    out += std::string(name) + ": " + value + "\r\n";
  };
  header("Date", mail_date(mail.at));
  header("From", phrase(mail.from_name) + "\r\n <" + one_line(mail.from) + ">");
  header("To", "<" + one_line(mail.to) + ">");
  header("Subject", encoded_header(mail.subject));
  header("Message-ID", "<" + one_line(mail.message_id) + ">");
  if (!mail.thread.empty()) header("References", "<" + one_line(mail.thread) + ">");
  header("MIME-Version", "1.0");
  header("Content-Type", "text/plain; charset=utf-8");
  header("Content-Transfer-Encoding", "base64");
  header("Content-Language", std::string(words::code_of(mail.language)));
  header("Auto-Submitted", "auto-generated");
  header("X-Auto-Response-Suppress", "All");
  if (mail.urgent) {
    header("Importance", "high");
    header("X-Priority", "1");
  }
  out += "\r\n";
  std::string body;
  for (const char c : mail.body) {  // text has CRLF before it is encoded (RFC 2045, 6.8)
    if (c == '\n') body += "\r\n";
    else if (c != '\r') body += c;
  }
  for (std::size_t at = 0; at < body.size(); at += kLineBytes) {
    out += to_base64(std::string_view(body).substr(at, kLineBytes)) + "\r\n";
  }
  return out;
}

}  // namespace qala::notify
