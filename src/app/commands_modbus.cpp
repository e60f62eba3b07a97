#include <algorithm>
#include <cstdio>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include "app/commands.h"
#include "modbus/client.h"
#include "modbus/plan.h"
#include "modbus/value.h"
#include "registry/catalogue.h"

namespace qala::app {

namespace asio = boost::asio;
using namespace modbus;

namespace {

/// The unit of a value: the map's, else that of its observed property.
std::string unit_of(const Register& one) {
  if (!one.unit.empty()) return one.unit;
  for (const auto& property : registry::catalogue()) {
    if (property.key == one.property) return property.unit;
  }
  return {};
}

std::string meaning_of(const Register& one, const Value& value) {
  std::string unit = unit_of(one);
  if (!unit.empty()) unit.insert(0, " ");
  const auto shown = [&] {
    if (value.number.type == readings::ValueType::real || value.number.scale == 0) return fmt::format("{}", value.real);
    return fmt::format("{:.{}f}", value.real, static_cast<int>(value.number.scale));
  };
  switch (value.fate) {
    case Fate::fine: return shown() + unit;
    case Fate::absent: return "no value, says the device";
    case Fate::out_of_range:
      return shown() + unit + "   outside min and max: is the order right (ABCD, CDAB, BADC, DCBA)?";
    case Fate::not_a_number: return "not a number: is the order right (ABCD, CDAB, BADC, DCBA)?";
  }
  return {};
}

/// Asks for everything once and prints it.
class Look {
 public:
  Look(const DeviceSetup& device, asio::io_context& io)
      : device_(device), client_(io.get_executor(), device.host, device.port) {
    for (const auto& one : device.map->registers) width_ = std::max(width_, one.key.size());
  }

  asio::awaitable<void> run() {
    std::vector<Group> groups = plan(*device_.map);
    for (std::size_t i = 0; i < groups.size(); i++) {
      const Group group = groups[i];
      const auto answer =
          co_await client_.ask(group.request(device_.unit), std::chrono::milliseconds(device_.timeout_ms));
      const bool refused = answer && answer->exception && !may_pass(*answer->exception);
      if (refused && group.registers.size() > 1) {
        for (auto& single : alone(*device_.map, group)) groups.push_back(std::move(single));
        continue;
      }
      for (const std::size_t index : group.registers) {
        const Register& one = device_.map->registers[index];
        if (answer && !answer->exception)
          print(one, std::span(answer->values).subspan(one.address - group.address, one.count()));
        else fail(one, answer ? words_of(*answer->exception) : answer.error().message);
      }
    }
  }
  int failed() const { return failed_; }

 private:
  void line(const Register& one, std::string_view rest) const {
    fmt::print("{:<{}}  function {}  address {:>5}  {}\n", one.key, width_, static_cast<int>(one.function), one.number,
               rest);
  }
  void print(const Register& one, std::span<const std::uint16_t> words) {
    const auto value = value_of(one, words);
    line(one, fmt::format("{:<7}  {:<27}  {}", name_of(one.type), raw_of(words), meaning_of(one, value)));
    failed_ += value.fate == Fate::out_of_range || value.fate == Fate::not_a_number;
  }
  void fail(const Register& one, std::string_view why) {
    line(one, why);
    failed_++;
  }

  const DeviceSetup& device_;
  Client client_;
  std::size_t width_ = 0;
  int failed_ = 0;
};

}  // namespace

Result<int> modbus_read(const ModbusReadOptions& options) {
  DeviceSetup device;
  TRY(device.map, read_map(options.map));
  const bool has_port = options.host.find(':') != std::string::npos;
  TRY(const auto at, parse_host_port(has_port ? options.host : options.host + ":502"));
  device.host = at.host;
  device.port = at.port;
  device.unit = static_cast<std::uint8_t>(options.unit);
  device.timeout_ms = options.timeout_ms;
  fmt::print("{}{}{}:{} unit {}, {} values in {} requests\n", device.map->name, device.map->name.empty() ? "" : " · ",
             device.host, device.port, device.unit, device.map->registers.size(), plan(*device.map).size());
  asio::io_context io(1);
  Look look(device, io);
  asio::co_spawn(io, look.run(), asio::detached);
  io.run();
  return look.failed() == 0 ? 0 : 1;
}

}  // namespace qala::app
