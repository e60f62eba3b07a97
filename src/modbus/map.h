#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "modbus/frame.h"

namespace qala::modbus {

enum class Type : std::uint8_t { int16, uint16, int32, uint32, int64, uint64, float32, float64, bit };
std::string_view name_of(Type type);
/// Registers that a value takes.
std::uint16_t words_of(Type type);

/// How the bytes of a value lie in its registers: of 0xAABBCCDD, first register first.
enum class Order : std::uint8_t { abcd, cdab, badc, dcba };
std::string_view name_of(Order order);

/// A factor with its digits: mantissa × 10^-scale; so that 836 × 0.1 is 83.6 and nothing near it.
struct Factor {
  std::int64_t mantissa = 1;
  std::int8_t scale = 0;
};

/// One value of a device, and what becomes of it: value = raw × scale + offset.
struct Register {
  std::string key = {};       ///< of the datastream
  std::string name = {};      ///< of the datastream; empty: the key
  std::string property = {};  ///< observed property; empty: guessed from the key
  std::string unit = {};      ///< empty: the property's
  Function function = Function::holding_registers;
  std::uint16_t address = 0;  ///< as on the wire, from 0
  std::int64_t number = 0;    ///< as the file says it
  Type type = Type::uint16;
  std::uint8_t bit = 0;  ///< which of a register, for `bit` in function 3 and 4
  Order order = Order::abcd;
  Factor scale = {}, offset = {.mantissa = 0, .scale = 0};
  std::optional<double> min = {}, max = {};   ///< of the value; outside it is refused and counted
  std::optional<std::int64_t> absent = {};    ///< raw: the device says "no value" with it
  double deadband = 0;                        ///< smaller changes wait for `at_least_s`
  std::int64_t every_s = 60, at_least_s = 0;  ///< at_least_s: without a deadband the same as every_s

  std::uint16_t count() const { return reads_bits(function) || type == Type::bit ? 1 : words_of(type); }
};

/// What a type of device has to say: one file, docs/formats/modbus-map.md.
struct DeviceMap {
  std::string file = {};
  std::string name = {};
  std::string kind = {};  ///< of things that are made for it: "heat_substation"
  int address_base = 0;
  std::uint16_t largest = kMostRegisters;  ///< registers in one request
  std::uint16_t gap = 0;                   ///< so many that nobody named may be read along
  std::vector<Register> registers = {};
};

/// `invalid`: "FILE:line:column: what, and what to do". Pure.
Result<DeviceMap> parse_map(std::string_view text, const std::string& file);
Result<std::shared_ptr<const DeviceMap>> read_map(const std::string& file);

/// One device of the configuration.
struct DeviceSetup {
  std::string name = {};
  std::string host = {};
  std::uint16_t port = 502;
  std::uint8_t unit = 1;
  std::shared_ptr<const DeviceMap> map = {};
  std::string thing = {};  ///< key; made if there is none
  std::int64_t timeout_ms = 1500;
};

}  // namespace qala::modbus
