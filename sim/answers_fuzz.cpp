// What a server may answer: HTTP heads, chunks, MQTT packets. No answer may crash the simulator or make it loop.
#include <cstddef>
#include <cstdint>

#include "sim/http_client.h"
#include "sim/mqtt_packets.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace qala::sim;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (const auto head = parse_response_head(input); head && *head && (*head)->size > size) __builtin_trap();
  std::string rest(input), body;
  if (const auto whole = take_chunks(rest, body); whole && body.size() + rest.size() > size) __builtin_trap();
  std::string_view packets = input;
  while (!packets.empty()) {
    const auto packet = first_packet(packets);
    if (!packet || !*packet) break;
    if ((*packet)->size == 0 || (*packet)->size > packets.size()) __builtin_trap();
    packets.remove_prefix((*packet)->size);
  }
  return 0;
}
