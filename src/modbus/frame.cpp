// Modbus over TCP, Modbus Messaging Implementation Guide 1.0b. All numbers big-endian.
//
//   transaction u16 · protocol u16 (0) · length u16 (of what follows) · unit u8 · function u8 · …
//   request:   … address u16 · count u16
//   answer:    … bytes u8 · data     registers as u16; bits eight to a byte, the first in the lowest
//   exception: function | 0x80 · code u8
#include "modbus/frame.h"

#include <fmt/format.h>

namespace qala::modbus {

namespace {

constexpr std::size_t kHeader = 7;  ///< with the unit
constexpr std::size_t kMostLength = 254;

std::uint16_t u16(std::span<const std::uint8_t> bytes, std::size_t at) {
  return static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

Error wrong(std::string what) { return fail(ErrorKind::invalid, std::move(what)); }

}  // namespace

std::array<std::uint8_t, 12> encode(std::uint16_t transaction, const Request& request) {
  const auto high = [](std::uint16_t number) { return static_cast<std::uint8_t>(number >> 8); };
  const auto low = [](std::uint16_t number) { return static_cast<std::uint8_t>(number); };
  return {high(transaction),
          low(transaction),
          0,
          0,
          0,
          6,
          request.unit,
          static_cast<std::uint8_t>(request.function),
          high(request.address),
          low(request.address),
          high(request.count),
          low(request.count)};
}

Result<std::optional<Frame>> cut(std::span<const std::uint8_t> bytes) {
  if (bytes.size() >= 4 && u16(bytes, 2) != 0) return wrong("this is not Modbus TCP: the protocol number is not 0");
  if (bytes.size() < 6) return std::optional<Frame>();
  const std::size_t length = u16(bytes, 4);
  if (length < 3 || length > kMostLength) return wrong(fmt::format("a frame of {} bytes is not Modbus TCP", length));
  if (bytes.size() < 6 + length) return std::optional<Frame>();
  return std::optional(Frame{
      .transaction = u16(bytes, 0), .unit = bytes[6], .body = bytes.subspan(kHeader, length - 1), .size = 6 + length});
}

std::string words_of(Exception exception) {
  const char* what = "unknown exception";
  switch (exception.code) {
    case 1: what = "illegal function: the device does not know this function code"; break;
    case 2: what = "illegal data address: the device has no such register"; break;
    case 3: what = "illegal data value: the device does not take this number of registers"; break;
    case 4: what = "device failure: look at the device itself"; break;
    case 5: what = "acknowledge: the device is still working on it"; break;
    case 6: what = "device busy"; break;
    case 8: what = "memory parity error in the device"; break;
    case 10: what = "gateway path unavailable: look at the gateway's settings"; break;
    case 11: what = "the gateway hears nothing of the device behind it"; break;
    default: break;
  }
  return fmt::format("{} (exception {})", what, exception.code);
}

bool may_pass(Exception exception) { return exception.code == 5 || exception.code == 6 || exception.code == 11; }

Result<Answer> answer_to(const Request& request, const Frame& frame) {
  const auto body = frame.body;
  if (frame.unit != request.unit) return wrong(fmt::format("unit {} answered for unit {}", frame.unit, request.unit));
  if (body.size() < 2) return wrong("the answer is too short");
  const auto function = static_cast<std::uint8_t>(request.function);
  if (body[0] == (function | 0x80)) return Answer{.values = {}, .exception = Exception{body[1]}};
  if (body[0] != function) return wrong(fmt::format("the answer is to function {}, not {}", body[0], function));
  const bool bits = reads_bits(request.function);
  const std::size_t expected = bits ? (request.count + 7u) / 8u : request.count * 2u;
  if (body[1] != expected || body.size() != expected + 2)
    return wrong(fmt::format("{} bytes came, {} were asked for", body.size() - 2, expected));
  Answer out;
  out.values.reserve(request.count);
  for (std::size_t i = 0; i < request.count; i++)
    out.values.push_back(bits ? static_cast<std::uint16_t>(body[2 + i / 8] >> (i % 8) & 1) : u16(body, 2 + i * 2));
  return out;
}

}  // namespace qala::modbus
