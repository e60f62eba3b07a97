#include "base/utf8.h"

#include <algorithm>
#include <iterator>

#include <boost/nowide/utf/utf.hpp>

namespace qala::utf8 {

namespace {

using Utf8 = boost::nowide::utf::utf_traits<char>;

constexpr char32_t kReplacement = U'\uFFFD';

}  // namespace

Character first(std::string_view text) {
  if (text.empty()) return {};
  const auto lead = static_cast<unsigned char>(text.front());
  if (lead < 0x80) return {lead, 1};
  // Most of what is no Latin here: Cyrillic, two bytes.
  if (lead >= 0xc2 && lead < 0xe0 && text.size() > 1 && (text[1] & 0xc0) == 0x80)
    return {static_cast<char32_t>((lead & 0x1f) << 6 | (text[1] & 0x3f)), 2};
  const char* at = text.data();
  const auto code = Utf8::decode(at, text.data() + text.size());
  if (code == boost::nowide::utf::illegal || code == boost::nowide::utf::incomplete) return {};
  return {code, static_cast<std::size_t>(at - text.data())};
}

bool is_valid(std::string_view text) {
  while (!text.empty()) {
    const auto bytes = first(text).bytes;
    if (bytes == 0) return false;
    text.remove_prefix(bytes);
  }
  return true;
}

std::u32string characters(std::string_view text) {
  std::u32string out;
  while (!text.empty()) {
    const auto [code, bytes] = first(text);
    out += bytes == 0 ? kReplacement : code;
    text.remove_prefix(std::max<std::size_t>(1, bytes));
  }
  return out;
}

void append(std::string& out, char32_t code) { Utf8::encode(code, std::back_inserter(out)); }

std::string to_text(std::u32string_view characters) {
  std::string out;
  for (const char32_t code : characters) append(out, code);
  return out;
}

}  // namespace qala::utf8
