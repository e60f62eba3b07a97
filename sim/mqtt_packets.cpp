#include "sim/mqtt_packets.h"

namespace qala::sim {

namespace {

constexpr std::size_t kLargest = 64 * 1024;

void append_number(std::string& out, std::size_t value) {
  out += static_cast<char>(value >> 8 & 0xff);
  out += static_cast<char>(value & 0xff);
}

void append_text(std::string& out, std::string_view text) {
  append_number(out, text.size());
  out += text;
}

std::string packet(std::uint8_t first, std::string_view body) {
  std::string out(1, static_cast<char>(first));
  std::size_t left = body.size();
  do {
    const auto seven = static_cast<std::uint8_t>(left & 0x7f);
    left >>= 7;
    out += static_cast<char>(left > 0 ? seven | 0x80 : seven);
  } while (left > 0);
  return out.append(body);
}

}  // namespace

std::string connect_packet(std::string_view client_id, std::string_view user_name, std::uint16_t keep_alive_s,
                           bool clean) {
  std::string body("\0\4MQTT\4", 7);
  body += static_cast<char>(0x80 | (clean ? 0x02 : 0x00));  // user name, clean session
  append_number(body, keep_alive_s);
  append_text(body, client_id);
  append_text(body, user_name);
  return packet(0x10, body);
}

std::string publish_packet(std::string_view topic, std::string_view payload, std::uint16_t packet_id) {
  std::string body;
  body.reserve(topic.size() + payload.size() + 4);
  append_text(body, topic);
  append_number(body, packet_id);
  body += payload;
  return packet(0x32, body);
}

void mark_repeated(std::string& publish) { publish[0] = static_cast<char>(publish[0] | 0x08); }

Result<std::optional<Packet>> first_packet(std::string_view input) {
  std::size_t length = 0;
  for (std::size_t i = 1; i < input.size() && i <= 4; i++) {
    const auto byte = static_cast<std::uint8_t>(input[i]);
    length |= static_cast<std::size_t>(byte & 0x7f) << (7 * (i - 1));
    if (length > kLargest) break;
    if ((byte & 0x80) != 0) continue;
    if (input.size() < i + 1 + length) return std::optional<Packet>();
    return std::optional(Packet{static_cast<std::uint8_t>(static_cast<std::uint8_t>(input[0]) >> 4),
                                input.substr(i + 1, length), i + 1 + length});
  }
  if (length > kLargest || input.size() > 4)
    return fail(ErrorKind::invalid, "the server sent no MQTT packet that a publisher expects");
  return std::optional<Packet>();
}

std::uint16_t big_endian(std::string_view two) {
  return static_cast<std::uint16_t>(static_cast<std::uint8_t>(two[0]) << 8 | static_cast<std::uint8_t>(two[1]));
}

}  // namespace qala::sim
