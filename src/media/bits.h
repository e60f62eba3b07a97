#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace qala::media {

/// A NAL unit's payload without emulation prevention bytes (00 00 03 -> 00 00).
std::string unescape(std::string_view nal);

/// Bits from the front of a byte string, most significant first. Reading beyond the end gives zeros and sets failed():
/// look once, at the end of what must be there.
class BitReader {
 public:
  explicit BitReader(std::string_view bytes) : bytes_(bytes) {}

  bool failed() const { return failed_; }
  bool flag() { return bits(1) != 0; }
  std::uint32_t bits(unsigned count) {
    std::uint32_t value = 0;
    for (unsigned i = 0; i < count; i++) value = value << 1 | bit();
    return value;
  }
  void skip(std::uint64_t count) {
    at_ += count;
    if (at_ > bytes_.size() * 8) fail();
  }
  /// ue(v) of H.264 9.1.
  std::uint32_t ue() {
    unsigned zeros = 0;
    while (!failed_ && bit() == 0) zeros++;
    if (zeros > 31) fail();
    return failed_ ? 0 : (std::uint32_t{1} << zeros) - 1 + bits(zeros);
  }
  /// ue(v) that may be `most` at most; more fails.
  std::uint32_t ue(std::uint32_t most) {
    const auto value = ue();
    if (value > most) fail();
    return failed_ ? 0 : value;
  }
  std::int32_t se() {
    const auto value = ue();
    return value & 1 ? static_cast<std::int32_t>(value / 2 + 1) : -static_cast<std::int32_t>(value / 2);
  }

 private:
  std::uint32_t bit() {
    if (at_ >= bytes_.size() * 8) return fail();
    const auto byte = static_cast<unsigned char>(bytes_[at_ / 8]);
    return byte >> (7 - at_++ % 8) & 1u;
  }
  std::uint32_t fail() {
    failed_ = true;
    at_ = bytes_.size() * 8;
    return 0;
  }

  std::string_view bytes_;
  std::uint64_t at_ = 0;
  bool failed_ = false;
};

/// What the VUI of H.264 (E.1.1) and of H.265 (E.2.1) begin with alike: aspect ratio, overscan, video signal, chroma.
void skip_vui_beginning(BitReader& in);

}  // namespace qala::media
