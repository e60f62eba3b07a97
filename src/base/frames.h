#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace qala {

/// What a program and its child say to each other over a socket is cut into frames:
///
///   frame = length:u32 kind:u8 number:u32 payload        little endian; length counts kind, number and payload
///
/// `kind` and `number` mean what the two have agreed. Pure functions, any thread.
struct Frame {
  std::uint8_t kind = 0;
  std::uint32_t number = 0;
  std::string_view payload;  ///< valid until the reader is fed again
};

constexpr std::size_t kFrameHead = 9;  ///< bytes of length, kind and number

template <class Number>
void append_little_endian(std::string& out, Number value) {
  for (std::size_t i = 0; i < sizeof value; i++) out.push_back(static_cast<char>(value >> (8 * i)));
}

/// `bytes` holds a whole Number at `at`.
template <class Number>
Number little_endian_at(std::string_view bytes, std::size_t at) {
  Number value = 0;
  for (std::size_t i = 0; i < sizeof value; i++) {
    value |= static_cast<Number>(static_cast<Number>(static_cast<std::uint8_t>(bytes[at + i])) << (8 * i));
  }
  return value;
}

void append_frame(std::string& out, std::uint8_t kind, std::uint32_t number, std::string_view payload = {});

/// Cuts a byte stream into frames. feed() copies; next() gives them one after another, nothing when more bytes are
/// needed, an error (`corrupt`) when what came cannot be a frame of at most `most` bytes: then end the connection.
class FrameCutter {
 public:
  explicit FrameCutter(std::size_t most) : most_(most) {}
  void feed(std::string_view bytes);
  Result<std::optional<Frame>> next();

 private:
  std::size_t most_;
  std::string bytes_;
  std::size_t from_ = 0;
};

}  // namespace qala
