// A Modbus TCP server made of libmodbus, for tests: several units behind one address, as behind a gateway. What it
// holds and how it misbehaves comes as lines on standard input, each answered by "ok" on standard output:
//   unit N                         there is such a unit; the others are not heard behind the gateway (exception 11)
//   register N FUNCTION ADDRESS V  a value, 16 bits, decimal or 0x…; of functions 1 and 2 a bit
//   exception N CODE               the unit answers with this exception; 0: no more
//   slow N MS                      the unit answers so late; 0: no more
//   silent N 0|1                   the unit does not answer at all
//   cut N                          the next so many answers are half an answer and the end of the connection
//   count                          "count REQUESTS CONNECTIONS" so far
// The first line that it prints is "listening PORT".
#include <modbus/modbus.h>

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace {

constexpr int kTable = 65536;

struct Unit {
  modbus_mapping_t* table = modbus_mapping_new(kTable, kTable, kTable, kTable);
  int exception = 0, slow_ms = 0;
  bool silent = false;
};

struct Device {
  std::map<int, Unit> units;
  int cut = 0;
  std::uint64_t requests = 0, connections = 0;
};

bool set(Unit& unit, int function, int address, unsigned value) {
  if (address < 0 || address >= kTable) return false;
  switch (function) {
    case 1: unit.table->tab_bits[address] = value != 0; return true;
    case 2: unit.table->tab_input_bits[address] = value != 0; return true;
    case 3: unit.table->tab_registers[address] = static_cast<std::uint16_t>(value); return true;
    case 4: unit.table->tab_input_registers[address] = static_cast<std::uint16_t>(value); return true;
    default: return false;
  }
}

std::string command(Device& device, const std::string& line) {
  std::istringstream in(line);
  std::string what, value;
  int unit = 0, function = 0, address = 0;
  in >> what;
  if (what == "count") return "count " + std::to_string(device.requests) + " " + std::to_string(device.connections);
  in >> unit;
  if (what == "cut") return device.cut = unit, "ok";
  if (what == "unit") return device.units.try_emplace(unit), "ok";
  const auto found = device.units.find(unit);
  if (found == device.units.end()) return "no such unit";
  if (what == "register") {
    in >> function >> address >> value;
    return set(found->second, function, address, static_cast<unsigned>(std::stoul(value, nullptr, 0))) ? "ok" : "wrong";
  }
  int number = 0;
  in >> number;
  if (what == "exception") found->second.exception = number;
  else if (what == "slow") found->second.slow_ms = number;
  else if (what == "silent") found->second.silent = number != 0;
  else return "wrong";
  return "ok";
}

/// False: the connection is over.
bool serve(Device& device, modbus_t* context, int socket) {
  std::uint8_t query[MODBUS_TCP_MAX_ADU_LENGTH];
  modbus_set_socket(context, socket);
  const int length = modbus_receive(context, query);
  if (length < 0) return false;
  if (length == 0) return true;
  device.requests++;
  const auto found = device.units.find(query[6]);
  if (found == device.units.end()) return modbus_reply_exception(context, query, MODBUS_EXCEPTION_GATEWAY_TARGET) >= 0;
  Unit& unit = found->second;
  if (unit.silent) return true;
  if (unit.slow_ms > 0) usleep(static_cast<useconds_t>(unit.slow_ms) * 1000);
  if (device.cut > 0) {
    device.cut--;
    const std::uint8_t half[] = {query[0], query[1], 0, 0, 0, 7, query[6], query[7], 4};
    static_cast<void>(send(socket, half, sizeof half, MSG_NOSIGNAL));
    return false;
  }
  if (unit.exception > 0) return modbus_reply_exception(context, query, static_cast<unsigned>(unit.exception)) >= 0;
  return modbus_reply(context, query, length, unit.table) >= 0;
}

}  // namespace

int main(int argc, char** argv) {
  const int wanted = argc > 1 ? std::atoi(argv[1]) : 0;
  Device device;
  modbus_t* context = modbus_new_tcp("127.0.0.1", wanted);
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  at.sin_port = htons(static_cast<std::uint16_t>(wanted));
  socklen_t size = sizeof at;
  if (bind(listener, reinterpret_cast<sockaddr*>(&at), size) != 0 || listen(listener, 8) != 0) {
    std::perror("listening");
    return 1;
  }
  getsockname(listener, reinterpret_cast<sockaddr*>(&at), &size);
  std::cout << "listening " << ntohs(at.sin_port) << std::endl;
  std::vector<pollfd> files = {{STDIN_FILENO, POLLIN, 0}, {listener, POLLIN, 0}};
  std::string input;
  for (;;) {
    if (poll(files.data(), files.size(), -1) < 0) continue;
    if (files[0].revents != 0) {
      char block[4096];
      const auto got = read(STDIN_FILENO, block, sizeof block);
      if (got <= 0) return 0;
      input.append(block, static_cast<std::size_t>(got));
      for (std::size_t end; (end = input.find('\n')) != std::string::npos; input.erase(0, end + 1))
        std::cout << command(device, input.substr(0, end)) << std::endl;
    }
    for (std::size_t i = files.size(); i-- > 2;) {
      if (files[i].revents == 0 || serve(device, context, files[i].fd)) continue;
      close(files[i].fd);
      files.erase(files.begin() + static_cast<std::ptrdiff_t>(i));
    }
    if (files[1].revents != 0) {
      const int fresh = accept(listener, nullptr, nullptr);
      if (fresh < 0) continue;
      device.connections++;
      files.push_back({fresh, POLLIN, 0});
    }
  }
}
