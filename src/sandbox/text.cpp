#include "sandbox/text.h"

#include <cstdint>

namespace qala::sandbox {

namespace {

void append_point(std::string& out, char32_t point) {
  const auto put = [&](char32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (point < 0x80) return put(point);
  if (point < 0x800) {
    put(0xc0 | point >> 6);
  } else if (point < 0x10000) {
    put(0xe0 | point >> 12);
    put(0x80 | (point >> 6 & 63));
  } else {
    put(0xf0 | point >> 18);
    put(0x80 | (point >> 12 & 63));
    put(0x80 | (point >> 6 & 63));
  }
  put(0x80 | (point & 63));
}

/// Bytes of the letter that begins `text`; 0: it is none.
std::size_t letter_size(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t size = first >= 0xc2 && first < 0xe0   ? 2
                           : first >= 0xe0 && first < 0xf0 ? 3
                           : first >= 0xf0 && first < 0xf5 ? 4
                                                           : 0;
  if (size == 0 || text.size() < size) return 0;
  const std::uint8_t low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  const std::uint8_t high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  if (byte(1) < low || byte(1) > high) return 0;
  for (std::size_t i = 2; i < size; i++) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  return size;
}

}  // namespace

void append_utf8(std::string& out, std::u16string_view text) {
  for (std::size_t i = 0; i < text.size(); i++) {
    char32_t point = text[i];
    if (point < 0x80) {
      out.push_back(static_cast<char>(point));
      continue;
    }
    if (point >= 0xd800 && point < 0xe000) {
      const bool pair = point < 0xdc00 && i + 1 < text.size() && text[i + 1] >= 0xdc00 && text[i + 1] < 0xe000;
      point = pair ? 0x10000 + ((point - 0xd800) << 10) + (text[++i] - 0xdc00) : 0xfffd;
    }
    append_point(out, point);
  }
}

std::u16string to_utf16(std::string_view text) {
  std::u16string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t size = letter_size(text);
    char32_t point = static_cast<std::uint8_t>(text[0]);
    if (size > 1) point &= 0x7fu >> size;
    for (std::size_t i = 1; i < size; i++) point = point << 6 | (static_cast<std::uint8_t>(text[i]) & 63);
    if (point < 0x10000) {
      out.push_back(static_cast<char16_t>(point));
    } else {
      out.push_back(static_cast<char16_t>(0xd800 + ((point - 0x10000) >> 10)));
      out.push_back(static_cast<char16_t>(0xdc00 + ((point - 0x10000) & 0x3ff)));
    }
    text.remove_prefix(size == 0 ? 1 : size);
  }
  return out;
}

std::string well_formed(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t size = letter_size(text);
    if (size == 0) append_point(out, 0xfffd);
    else out += text.substr(0, size);
    text.remove_prefix(size == 0 ? 1 : size);
  }
  return out;
}

std::string readable(std::string_view script) {
  if (script.starts_with("\xef\xbb\xbf")) script.remove_prefix(3);
  std::string out = well_formed(script);
  if (out.starts_with("#!")) out.replace(0, 2, "//");
  return out;
}

}  // namespace qala::sandbox
