// What a client writes, and reads from a server.
#include "mqtt/wire.h"

namespace qala::mqtt {
namespace {

/// Return codes of CONNACK before version 5.
Code of_old_connack(std::uint8_t code) {
  switch (code) {
    case 0: return Code::success;
    case 1: return Code::unsupported_protocol_version;
    case 2: return Code::client_identifier_not_valid;
    case 3: return Code::server_unavailable;
    case 4: return Code::bad_user_name_or_password;
    case 5: return Code::not_authorized;
    default: return Code::unspecified_error;
  }
}

void put_packet(std::string& out, PacketType type, std::uint8_t flags, std::string_view body) {
  put_u8(out, static_cast<std::uint8_t>(static_cast<std::uint8_t>(type) << 4 | flags));
  put_varint(out, static_cast<std::uint32_t>(body.size()));
  out.append(body);
}

void put_list(std::string& out, std::string_view list) {
  put_varint(out, static_cast<std::uint32_t>(list.size()));
  out.append(list);
}

std::string connect_properties(const Properties& p) {
  std::string list;
  if (p.has_session_expiry) put_u8(list, 0x11), put_u32(list, p.session_expiry);
  if (p.receive_maximum != 65535) put_u8(list, 0x21), put_u16(list, p.receive_maximum);
  if (p.maximum_packet_size) put_u8(list, 0x27), put_u32(list, p.maximum_packet_size);
  return list;
}

}  // namespace

Code parse_connack(const Frame& frame, Version version, Connack& out) {
  if (frame.flags) return Code::malformed_packet;
  Reader reader(frame.body);
  const auto flags = reader.u8();
  const auto code = reader.u8();
  if (reader.failed() || flags > 1) return Code::malformed_packet;
  out.session_present = flags == 1;
  const bool old = version != Version::v5 || (reader.empty() && code > 0 && code < 0x80);
  out.code = old ? of_old_connack(code) : static_cast<Code>(code);
  if (!old) {
    if (code > 0 && code < 0x80) return Code::malformed_packet;
    if (const auto read = read_properties(reader, PropertyPlace::connack, out.properties); read != Code::success) {
      return read;
    }
  }
  if (!reader.empty()) return Code::malformed_packet;
  return out.session_present && out.code != Code::success ? Code::protocol_error : Code::success;
}

Code parse_suback(const Frame& frame, Version version, Suback& out) {
  if (frame.flags) return Code::malformed_packet;
  Reader reader(frame.body);
  out.packet_id = reader.u16();
  if (reader.failed() || out.packet_id == 0) return Code::malformed_packet;
  if (version == Version::v5) {
    Properties ignored;
    const auto code = read_properties(reader, PropertyPlace::acknowledgement, ignored);
    if (code != Code::success) return code;
  }
  if (reader.empty()) return Code::malformed_packet;
  while (!reader.empty()) {
    const auto code = reader.u8();
    if (code > 2 && (version == Version::v5 ? code < 0x80 : code != 0x80)) return Code::malformed_packet;
    out.codes.push_back(static_cast<Code>(code));
  }
  return Code::success;
}

void write_connect(std::string& out, const Connect& connect) {
  std::string body;
  put_text(body, "MQTT");
  put_u8(body, static_cast<std::uint8_t>(connect.version));
  const bool user = !connect.user_name.empty(), password = !connect.password.empty();
  put_u8(body, static_cast<std::uint8_t>((connect.clean_start ? 2 : 0) | (user ? 0x80 : 0) | (password ? 0x40 : 0)));
  put_u16(body, connect.keep_alive);
  if (connect.version == Version::v5) put_list(body, connect_properties(connect.properties));
  put_text(body, connect.client_id);
  if (user) put_text(body, connect.user_name);
  if (password) put_text(body, connect.password);
  put_packet(out, PacketType::connect, 0, body);
}

void write_subscribe(std::string& out, Version version, const Subscribe& subscribe) {
  std::string body;
  put_u16(body, subscribe.packet_id);
  if (version == Version::v5) put_list(body, {});
  for (const auto& entry : subscribe.entries) {
    put_text(body, entry.filter);
    const auto& o = entry.options;
    const int more =
        version != Version::v5 ? 0 : (o.no_local ? 4 : 0) | (o.retain_as_published ? 8 : 0) | o.retain_handling << 4;
    put_u8(body, static_cast<std::uint8_t>(o.qos | more));
  }
  put_packet(out, PacketType::subscribe, 2, body);
}

void write_pingreq(std::string& out) { put_packet(out, PacketType::pingreq, 0, {}); }

void write_goodbye(std::string& out, Version version) {
  put_packet(out, PacketType::disconnect, 0, version == Version::v5 ? std::string_view("\0", 1) : std::string_view());
}

}  // namespace qala::mqtt
