#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace qala::sim {

// MQTT 3.1.1 as far as a publisher needs it.
//
//   fixed header  | type << 4 | flags | remaining length: 1 to 4 bytes of 7 bits, low first, high bit: more |
//   CONNECT  0x10 | 00 04 M Q T T | 04 | flags | keep-alive | client id | user name |   texts: 2 bytes length, UTF-8
//   CONNACK  0x20 | session present | return code |
//   PUBLISH  0x32 | topic | packet id | payload |            QoS 1; 0x3A when it is sent again
//   PUBACK   0x40 | packet id |
//   PINGREQ  0xC0, PINGRESP 0xD0, DISCONNECT 0xE0: empty

/// `clean` false: the server keeps the session, so that a repeated PUBLISH is recognised.
std::string connect_packet(std::string_view client_id, std::string_view user_name, std::uint16_t keep_alive_s,
                           bool clean);
std::string publish_packet(std::string_view topic, std::string_view payload, std::uint16_t packet_id);
/// Sets DUP in a packet that publish_packet made.
void mark_repeated(std::string& publish);
inline constexpr std::string_view kPing{"\xC0\x00", 2};
inline constexpr std::string_view kDisconnect{"\xE0\x00", 2};

/// A packet from the server.
struct Packet {
  std::uint8_t type = 0;  ///< upper four bits of the first byte
  std::string_view body;
  std::size_t size = 0;  ///< bytes it took
};
/// The first packet in `input`; nothing while it is incomplete; `invalid` if it is longer than 64 KiB or no MQTT.
Result<std::optional<Packet>> first_packet(std::string_view input);
std::uint16_t big_endian(std::string_view two);

}  // namespace qala::sim
