#include "ngsi/entity.h"

#include <algorithm>

#include "base/hex.h"

namespace qala::ngsi {

namespace {

constexpr std::string_view kScheme = "urn:ngsi-ld:";

}  // namespace

const Attribute* Entity::find(std::string_view name) const {
  const auto found = std::ranges::find(attributes, name, &Attribute::name);
  return found == attributes.end() ? nullptr : &*found;
}

std::string percent_encoded(std::string_view text, std::string_view plain) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool letter = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (letter || plain.contains(c)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
  return out;
}

std::string urn_of(const Model& model, std::string_view key) {
  return std::string(kScheme) + std::string(model.type) + ":" + percent_encoded(key, "-._:");
}

std::optional<std::string> key_in(const Model& model, std::string_view id) {
  const std::string head = std::string(kScheme) + std::string(model.type) + ":";
  if (!id.starts_with(head) || id.size() == head.size()) return std::nullopt;
  const auto rest = id.substr(head.size());
  std::string out;
  for (std::size_t i = 0; i < rest.size(); i++) {
    const int high = rest[i] == '%' && i + 2 < rest.size() ? hex_digit(rest[i + 1]) : -1;
    const int low = high >= 0 ? hex_digit(rest[i + 2]) : -1;
    if (low < 0) {
      out += rest[i];
      continue;
    }
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

std::int64_t patience_ns(std::int64_t interval_ms) {
  constexpr std::int64_t kLongest = 10 * 365 * Instant::kDay;
  const std::int64_t interval = std::clamp<std::int64_t>(interval_ms, 0, kLongest / 3'000'000);
  return std::max(2 * Instant::kHour, 3 * interval * 1'000'000);
}

bool is_suspect(std::uint16_t flags) {
  namespace flag = readings::flag;
  return (flags & (flag::out_of_range | flag::doubtful | flag::clock_doubt)) != 0;
}

}  // namespace qala::ngsi
