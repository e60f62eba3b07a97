#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <string>

#include "readings/varint.h"

namespace qala::readings {

/// Appends single bits, low first. flush() fills the last byte with zeros.
class BitWriter {
 public:
  explicit BitWriter(std::string& out) : out_(out) {}
  /// `count` <= 56
  void put(std::uint64_t bits, unsigned count) {
    word_ |= bits << filled_;
    filled_ += count;
    for (; filled_ >= 8; filled_ -= 8, word_ >>= 8) put_byte(out_, static_cast<unsigned>(word_ & 0xff));
  }
  /// Rice code: v >> k ones, a zero, the low k bits.
  void put_rice(std::uint64_t v, unsigned k) {
    for (std::uint64_t i = v >> k; i > 0; i--) put(1, 1);
    put(0, 1);
    put(v & ((std::uint64_t{1} << k) - 1), k);
  }
  void flush() {
    if (filled_ > 0) put_byte(out_, static_cast<unsigned>(word_ & 0xff));
    word_ = filled_ = 0;
  }

 private:
  std::string& out_;
  std::uint64_t word_ = 0;
  unsigned filled_ = 0;
};

/// Reads what BitWriter wrote, a byte of the cursor at a time; whole bytes are consumed.
class BitReader {
 public:
  explicit BitReader(Cursor& from) : from_(from) {}
  std::uint64_t take(unsigned count) {
    while (filled_ < count) {
      word_ |= static_cast<std::uint64_t>(from_.byte()) << filled_;
      filled_ += 8;
    }
    const std::uint64_t bits = word_ & ((std::uint64_t{1} << count) - 1);
    word_ >>= count;
    filled_ -= count;
    return bits;
  }
  /// At most `limit`; otherwise the cursor is bad.
  std::uint64_t take_rice(unsigned k, std::uint64_t limit) {
    std::uint64_t high = 0;
    for (;;) {
      if (filled_ == 0) {
        word_ = from_.byte();
        filled_ = 8;
      }
      const unsigned ones = std::min(static_cast<unsigned>(std::countr_one(word_)), filled_);
      high += ones;
      word_ >>= ones;
      filled_ -= ones;
      if (high > limit >> k) return from_.fail(), 0;
      if (filled_ != 0) break;
    }
    word_ >>= 1;
    filled_--;
    return high << k | take(k);
  }

 private:
  Cursor& from_;
  std::uint64_t word_ = 0;
  unsigned filled_ = 0;
};

}  // namespace qala::readings
