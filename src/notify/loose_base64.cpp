#include "notify/loose_base64.h"

#include <cstdint>

namespace qala::notify {

std::optional<std::string> from_loose_base64(std::string_view text) {
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  if (text.size() % 4 == 1) return std::nullopt;
  std::string out;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    std::uint32_t six = 0;
    if (c >= 'A' && c <= 'Z') six = static_cast<std::uint32_t>(c - 'A');
    else if (c >= 'a' && c <= 'z') six = static_cast<std::uint32_t>(c - 'a') + 26;
    else if (c >= '0' && c <= '9') six = static_cast<std::uint32_t>(c - '0') + 52;
    else if (c == '-' || c == '+') six = 62;
    else if (c == '_' || c == '/') six = 63;
    else return std::nullopt;
    bits = bits << 6 | six;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out += static_cast<char>(bits >> held & 0xff);
  }
  return out;
}

}  // namespace qala::notify
