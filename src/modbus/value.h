#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "ingest/number.h"
#include "modbus/map.h"

namespace qala::modbus {

enum class Fate : std::uint8_t {
  fine,
  absent,        ///< the device says that it has no value
  out_of_range,  ///< outside min and max of the map: a sensor is broken, or the map is wrong
  not_a_number,  ///< a float that is none
};

struct Value {
  Fate fate = Fate::fine;
  ingest::Number number = {};
  double real = 0;  ///< the same, for comparing
};

/// What the registers of one value mean; `words` are one.count() of them. Whole numbers keep their digits. Pure.
Value value_of(const Register& one, std::span<const std::uint16_t> words);

/// "0x0344 0x1f00" for people.
std::string raw_of(std::span<const std::uint16_t> words);

}  // namespace qala::modbus
