#include <algorithm>
#include <array>

#include <sodium.h>

#include "access/access.h"
#include "base/utf8.h"

namespace qala::access {

namespace {

constexpr unsigned long long kPasses = 3;
constexpr std::size_t kMemory = 19 * 1024 * 1024;
constexpr std::size_t kLongest = 1024;

// The ones of eight and more characters that lists of leaked passwords begin with, and the local ones. A short list of
// our own: it stops the first guesses, the lock-out stops the rest.
constexpr std::array<std::string_view, 60> kCommon = {
    "password",      "12345678",     "123456789",    "qwerty123",     "iloveyou",     "sunshine",    "princess",
    "football",      "baseball",     "superman",     "password1",     "11111111",     "1234567890",  "12345678910",
    "0123456789",    "0987654321",   "1111111111",   "0000000000",    "123456789a",   "1234567891",  "123123123123",
    "1122334455",    "9876543210",   "qwertyuiop",   "qwerty12345",   "qwerty123456", "1q2w3e4r5t",  "1q2w3e4r5t6y",
    "1qaz2wsx3edc",  "qazwsxedcrfv", "asdfghjkl1",   "zxcvbnm123",    "password12",   "password123", "password1234",
    "password12345", "passw0rd123",  "p@ssw0rd123",  "administrator", "admin12345",   "admin123456", "adminadmin",
    "letmein1234",   "welcome123",   "welcome1234",  "iloveyou12",    "changeme123",  "changemenow", "superman123",
    "football123",   "princess123",  "sunshine123",  "kazakhstan",    "kazakhstan1",  "qazaqstan1",  "qazaqstan123",
    "almaty12345",   "astana12345",  "qalaqalaqala", "operator123"};

/// One letter in lower case: Latin, Cyrillic with the Kazakh letters, and what else has its pair beside it.
char32_t lower(char32_t c) {
  if ((c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7) || (c >= 0x410 && c <= 0x42f)) return c + 0x20;
  if (c >= 0x400 && c <= 0x40f) return c + 0x50;
  const bool pairs = (c >= 0x100 && c <= 0x137) || (c >= 0x48a && c <= 0x4bf) || (c >= 0x4d0 && c <= 0x52f);
  return pairs && c % 2 == 0 ? c + 1 : c;
}

std::u32string folded_text(std::string_view text) {
  std::u32string out = utf8::characters(text);
  std::ranges::transform(out, out.begin(), lower);
  return out;
}

/// Little more than `name`: without it fewer than eight characters are left.
bool leans_on(const std::u32string& password, const std::u32string& name) {
  return name.size() >= 4 && password.find(name) != std::u32string::npos && password.size() - name.size() < 8;
}

}  // namespace

Result<std::string> hash_password(std::string_view password) {
  std::array<char, crypto_pwhash_STRBYTES> text{};
  if (crypto_pwhash_str_alg(text.data(), password.data(), password.size(), kPasses, kMemory,
                            crypto_pwhash_ALG_ARGON2ID13) != 0)
    return fail(ErrorKind::unavailable, "no memory to hash a password");
  return std::string(text.data());
}

bool password_matches(const std::string& hash, std::string_view password) {
  return !hash.empty() && password.size() <= kLongest &&
         crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

std::optional<Weakness> weakness_of(std::string_view password, std::string_view user_name, const PasswordRules& rules) {
  const std::u32string text = folded_text(password), user = folded_text(user_name);
  if (text.size() < rules.least_length)
    return Weakness{"password.too_short", "is shorter than " + std::to_string(rules.least_length) + " characters"};
  if (password.size() > kLongest) return Weakness{"password.too_long", "is longer than 1024 bytes"};
  if (!user.empty() && (text == user || (user.size() >= 5 && text.find(user) != std::u32string::npos)))
    return Weakness{"password.user_name", "contains the user name"};
  for (const auto& name : rules.town_names)
    if (leans_on(text, folded_text(name))) return Weakness{"password.town_name", "is little more than the town's name"};
  if (std::ranges::any_of(kCommon, [&](std::string_view common) { return folded_text(common) == text; }))
    return Weakness{"password.common", "is one of the best-known passwords"};
  if (text.find_first_not_of(text[0]) == std::u32string::npos)
    return Weakness{"password.repeated", "is one character repeated"};
  return std::nullopt;
}

std::optional<std::string> password_problem(std::string_view password, std::string_view user_name) {
  auto weakness = weakness_of(password, user_name, {});
  if (!weakness) return std::nullopt;
  return std::move(weakness->text);
}

}  // namespace qala::access
