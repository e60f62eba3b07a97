#pragma once

#include <cstdint>
#include <vector>

#include "modbus/map.h"

namespace qala::modbus {

/// One request, and the registers of the map that it brings.
struct Group {
  Function function = Function::holding_registers;
  std::uint16_t address = 0, count = 0;
  std::int64_t every_s = 60;
  std::vector<std::size_t> registers = {};  ///< indices into DeviceMap::registers, by address

  Request request(std::uint8_t unit) const {
    return {.unit = unit, .function = function, .address = address, .count = count};
  }
};

/// As few requests as the map allows: what is asked for equally often and lies side by side goes together, across at
/// most `gap` registers that nobody named, at most `largest` registers or 2,000 bits at once. Pure.
std::vector<Group> plan(const DeviceMap& map);

/// One by one: for a device that refuses a request because of one register in it.
std::vector<Group> alone(const DeviceMap& map, const Group& group);

}  // namespace qala::modbus
