#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace qala::modbus {

/// What is read: tables of a device, by the number that the protocol gives their reading.
enum class Function : std::uint8_t { coils = 1, discrete_inputs = 2, holding_registers = 3, input_registers = 4 };
constexpr bool reads_bits(Function function) { return function <= Function::discrete_inputs; }
/// The most that one request may ask for, by the standard.
constexpr std::uint16_t kMostRegisters = 125, kMostBits = 2000;

struct Request {
  std::uint8_t unit = 0;
  Function function = Function::holding_registers;
  std::uint16_t address = 0;  ///< as on the wire, from 0
  std::uint16_t count = 1;
  friend bool operator==(const Request&, const Request&) = default;
};

std::array<std::uint8_t, 12> encode(std::uint16_t transaction, const Request& request);

/// One frame of a stream; `body` lies in the bytes it was cut from.
struct Frame {
  std::uint16_t transaction = 0;
  std::uint8_t unit = 0;
  std::span<const std::uint8_t> body = {};  ///< function code and what follows
  std::size_t size = 0;                     ///< of the whole frame
};

/// Takes the first frame; none: more bytes are needed. `invalid`: this is not Modbus, the connection is of no more use.
Result<std::optional<Frame>> cut(std::span<const std::uint8_t> bytes);

/// What a device said instead of an answer.
struct Exception {
  std::uint8_t code = 0;
};
/// "illegal data address (exception 2)", and what it means.
std::string words_of(Exception exception);
/// It may be otherwise when asked again: busy, acknowledged and working, a unit behind a gateway that did not answer.
bool may_pass(Exception exception);

struct Answer {
  std::vector<std::uint16_t> values;  ///< of registers; of bits 0 or 1
  std::optional<Exception> exception = {};
};
/// The frame as answer to this request. `invalid`: it is none.
Result<Answer> answer_to(const Request& request, const Frame& frame);

}  // namespace qala::modbus
