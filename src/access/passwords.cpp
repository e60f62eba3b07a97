#include <algorithm>
#include <array>

#include <sodium.h>

#include "access/access.h"

namespace qala::access {

namespace {

constexpr unsigned long long kPasses = 3;
constexpr std::size_t kMemory = 19 * 1024 * 1024;
constexpr std::size_t kShortest = 10, kLongest = 1024;

// The ones of ten and more characters that lists of leaked passwords begin with, and the local ones.
constexpr std::array<std::string_view, 48> kCommon = {
    "1234567890",  "12345678910",  "0123456789",    "0987654321",   "1111111111",   "0000000000",    "123456789a",
    "1234567891",  "123123123123", "1122334455",    "9876543210",   "qwertyuiop",   "qwerty12345",   "qwerty123456",
    "1q2w3e4r5t",  "1q2w3e4r5t6y", "1qaz2wsx3edc",  "qazwsxedcrfv", "asdfghjkl1",   "zxcvbnm123",    "password12",
    "password123", "password1234", "password12345", "passw0rd123",  "p@ssw0rd123",  "administrator", "admin12345",
    "admin123456", "adminadmin",   "letmein1234",   "welcome123",   "welcome1234",  "iloveyou12",    "changeme123",
    "changemenow", "superman123",  "football123",   "princess123",  "sunshine123",  "kazakhstan",    "kazakhstan1",
    "qazaqstan1",  "qazaqstan123", "almaty12345",   "astana12345",  "qalaqalaqala", "operator123"};

std::string lower(std::string_view text) {
  std::string folded(text);
  std::ranges::transform(folded, folded.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
  return folded;
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xc0) != 0x80; }));
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

std::optional<std::string> password_problem(std::string_view password, std::string_view user_name) {
  if (characters(password) < kShortest) return "is shorter than 10 characters";
  if (password.size() > kLongest) return "is longer than 1024 bytes";
  const std::string folded = lower(password), user = lower(user_name);
  if (!user.empty() && (folded == user || (user.size() >= 5 && folded.contains(user)))) return "contains the user name";
  if (std::ranges::find(kCommon, folded) != kCommon.end()) return "is one of the best-known passwords";
  if (std::ranges::all_of(folded, [&](char c) { return c == folded[0]; })) return "is one character repeated";
  return std::nullopt;
}

}  // namespace qala::access
