#include "modbus/plan.h"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace qala::modbus {

namespace {

Group just(const DeviceMap& map, std::size_t index) {
  const Register& one = map.registers[index];
  return {.function = one.function,
          .address = one.address,
          .count = one.count(),
          .every_s = one.every_s,
          .registers = {index}};
}

/// Takes the register along if the map allows it.
bool join(Group& group, const DeviceMap& map, std::size_t index) {
  const Register& one = map.registers[index];
  if (one.function != group.function || one.every_s != group.every_s) return false;
  const std::uint32_t end = group.address + std::uint32_t{group.count};
  if (one.address > end + map.gap) return false;
  const std::uint32_t count = std::max(end, one.address + std::uint32_t{one.count()}) - group.address;
  if (count > (reads_bits(group.function) ? kMostBits : map.largest)) return false;
  group.count = static_cast<std::uint16_t>(count);
  group.registers.push_back(index);
  return true;
}

}  // namespace

std::vector<Group> plan(const DeviceMap& map) {
  std::vector<std::size_t> order(map.registers.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t index) {
    const Register& one = map.registers[index];
    return std::tuple(one.function, one.every_s, one.address, index);
  });
  std::vector<Group> out;
  for (const std::size_t index : order) {
    if (out.empty() || !join(out.back(), map, index)) out.push_back(just(map, index));
  }
  return out;
}

std::vector<Group> alone(const DeviceMap& map, const Group& group) {
  std::vector<Group> out;
  for (const std::size_t index : group.registers) out.push_back(just(map, index));
  return out;
}

}  // namespace qala::modbus
