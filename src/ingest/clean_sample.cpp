#include <algorithm>

#include <fmt/format.h>

#include "base/utf8.h"
#include "ingest/probe.h"

namespace qala::ingest {

namespace {

constexpr std::size_t kBytes = 200;
constexpr std::string_view kTokenPrefix = "qala_";
/// No name is so long without a space or a sign in it; keys and digests of other makers are.
constexpr std::size_t kLongWord = 40;

bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '-';
}

bool looks_secret(std::string_view word) {
  return word.size() >= kLongWord || (word.starts_with(kTokenPrefix) && word.size() > kTokenPrefix.size() + 16);
}

/// Bytes of the character at the beginning; 0: it is none, or a control character.
std::size_t printable(std::string_view text) {
  const auto [code, bytes] = utf8::first(text);
  return code < 0x20 || (code >= 0x7f && code < 0xa0) ? 0 : bytes;
}

}  // namespace

std::string clean_sample(std::string_view text) {
  std::string out;
  while (!text.empty() && out.size() < kBytes) {
    std::size_t word = 0;
    while (word < text.size() && is_word(text[word])) word++;
    if (looks_secret(text.substr(0, word))) {
      out += "…";
      text.remove_prefix(word);
      continue;
    }
    if (word > 0) {
      out += text.substr(0, word);
      text.remove_prefix(word);
      continue;
    }
    const std::size_t length = printable(text);
    if (length == 0) out += fmt::format("\\x{:02X}", static_cast<unsigned char>(text[0]));
    else out += text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(1, length));
  }
  if (out.size() <= kBytes && text.empty()) return out;
  std::size_t end = kBytes - 3;  // room for the sign that it goes on
  if (out.size() < end) end = out.size();
  while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xC0) == 0x80) end--;
  return out.substr(0, end) + "…";
}

}  // namespace qala::ingest
