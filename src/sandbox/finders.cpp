#include "sandbox/finders.h"

#include <span>

#include <fmt/core.h>

namespace qala::sandbox {

namespace {

constexpr Finder kDecode[] = {
    {"decodeUplink", "decodeUplink", Style::input},
    {"decodeUplink", "module.exports.decodeUplink", Style::input},
    {"Decoder", "Decoder", Style::bytes_port},
    {"Decode", "Decode", Style::port_bytes},
    {"Decoder", "module.exports.Decoder", Style::bytes_port},
    {"Decode", "module.exports.Decode", Style::port_bytes},
};
constexpr Finder kEncode[] = {
    {"encodeDownlink", "encodeDownlink", Style::input},
    {"encodeDownlink", "module.exports.encodeDownlink", Style::input},
    {"Encoder", "Encoder", Style::bytes_port},
    {"Encode", "Encode", Style::port_bytes},
    {"Encoder", "module.exports.Encoder", Style::bytes_port},
    {"Encode", "module.exports.Encode", Style::port_bytes},
};
constexpr Finder kDecodeDownlink[] = {
    {"decodeDownlink", "decodeDownlink", Style::input},
    {"decodeDownlink", "module.exports.decodeDownlink", Style::input},
};
constexpr Finder kNormalize[] = {
    {"normalizeUplink", "normalizeUplink", Style::input},
    {"normalizeUplink", "module.exports.normalizeUplink", Style::input},
};

std::span<const Finder> finders(codec::Routine routine) {
  switch (routine) {
    case codec::Routine::decode_uplink: return kDecode;
    case codec::Routine::encode_downlink: return kEncode;
    case codec::Routine::decode_downlink: return kDecodeDownlink;
    case codec::Routine::normalize_uplink: return kNormalize;
  }
  return {};
}

}  // namespace

std::string finding(codec::Routine routine) {
  std::string out = "(";
  int at = 0;
  for (const Finder& finder : finders(routine)) {
    const bool of_module = finder.expression.starts_with("module");
    out += fmt::format(
        "{}typeof {}===\"function\"?{}:", of_module ? "typeof module===\"object\"&&module&&module.exports&&" : "",
        finder.expression, at++);
  }
  return out + "-1)";
}

const Finder* finder_at(codec::Routine routine, int index) {
  const auto all = finders(routine);
  return index >= 0 && static_cast<std::size_t>(index) < all.size() ? &all[static_cast<std::size_t>(index)] : nullptr;
}

}  // namespace qala::sandbox
