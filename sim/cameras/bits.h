#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace qala::sim {

/// Writes the bits of an H.264 NAL unit (7.2): most significant first, Exp-Golomb codes, and at the end the bytes that
/// keep start codes out.
class BitWriter {
 public:
  void bits(std::uint64_t value, int count) {
    for (int i = count - 1; i >= 0; i--) bit((value >> i & 1) != 0);
  }
  void bit(bool on) {
    current_ = static_cast<std::uint8_t>(current_ << 1 | (on ? 1 : 0));
    if (++filled_ == 8) flush();
  }
  void ue(std::uint32_t value) {
    const int length = std::bit_width(value + 1);
    bits(0, length - 1);
    bits(value + 1, length);
  }
  void se(std::int32_t value) {
    ue(value > 0 ? 2 * static_cast<std::uint32_t>(value) - 1 : 2 * static_cast<std::uint32_t>(-value));
  }
  void align_zero() {
    while (filled_ != 0) bit(false);
  }
  /// Whole bytes; aligned only.
  void bytes(std::size_t count, std::uint8_t value) { out_.append(count, static_cast<char>(value)); }
  void byte(std::uint8_t value) { out_.push_back(static_cast<char>(value)); }
  /// rbsp_trailing_bits, then the NAL unit with its header byte and emulation prevention.
  std::string nal(std::uint8_t header) {
    bit(true);
    align_zero();
    std::string unit(1, static_cast<char>(header));
    int zeros = 0;
    for (const char c : out_) {
      if (zeros == 2 && static_cast<std::uint8_t>(c) <= 3) {
        unit.push_back(3);
        zeros = 0;
      }
      unit.push_back(c);
      zeros = c == 0 ? zeros + 1 : 0;
    }
    return unit;
  }

 private:
  void flush() {
    out_.push_back(static_cast<char>(current_));
    current_ = 0;
    filled_ = 0;
  }
  std::string out_;
  std::uint8_t current_ = 0;
  int filled_ = 0;
};

/// Reads the bits of a NAL unit after its header byte. Past the end it gives zeros and says so by good().
class BitReader {
 public:
  /// `most`: only so many bytes of the unit are looked at (heads of slices are short).
  explicit BitReader(std::string_view nal, std::size_t most = 1 << 16) {
    int zeros = 0;
    for (const char c : nal.substr(0, most).substr(nal.empty() ? 0 : 1)) {
      if (zeros >= 2 && c == 3) {
        zeros = 0;
        continue;
      }
      bytes_.push_back(c);
      zeros = c == 0 ? zeros + 1 : 0;
    }
  }
  std::uint32_t bits(int count) {
    std::uint32_t value = 0;
    for (int i = 0; i < count; i++) value = value << 1 | (bit() ? 1 : 0);
    return value;
  }
  bool bit() {
    if (at_ / 8 >= bytes_.size()) {
      good_ = false;
      return false;
    }
    const bool on = (static_cast<std::uint8_t>(bytes_[at_ / 8]) >> (7 - at_ % 8) & 1) != 0;
    at_++;
    return on;
  }
  std::uint32_t ue() {
    int zeros = 0;
    while (good_ && !bit()) zeros++;
    if (zeros > 31) good_ = false;
    return good_ ? static_cast<std::uint32_t>((std::uint64_t{1} << zeros) - 1 + bits(zeros)) : 0;
  }
  std::int32_t se() {
    const std::uint32_t code = ue();
    const auto half = static_cast<std::int32_t>((code + 1) / 2);
    return code % 2 == 1 ? half : -half;
  }
  bool good() const { return good_; }

 private:
  std::string bytes_;
  std::size_t at_ = 0;
  bool good_ = true;
};

}  // namespace qala::sim
