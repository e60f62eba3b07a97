#include "mqtt/wire.h"

namespace qala::mqtt {
namespace {

void put_header(std::string& out, PacketType type, std::uint8_t flags, std::size_t length) {
  put_u8(out, static_cast<std::uint8_t>(static_cast<std::uint8_t>(type) << 4 | flags));
  put_varint(out, static_cast<std::uint32_t>(length));
}

/// Return codes of CONNACK before version 5.
std::uint8_t old_connack_code(Code code) {
  switch (code) {
    case Code::success: return 0;
    case Code::unsupported_protocol_version: return 1;
    case Code::client_identifier_not_valid: return 2;
    case Code::bad_user_name_or_password: return 4;
    case Code::not_authorized: return 5;
    default: return 3;
  }
}

std::string connack_properties(const ConnackProperties& p) {
  std::string out;
  if (p.has_session_expiry) put_u8(out, 0x11), put_u32(out, p.session_expiry);
  if (p.receive_maximum) put_u8(out, 0x21), put_u16(out, p.receive_maximum);
  if (p.maximum_packet_size) put_u8(out, 0x27), put_u32(out, p.maximum_packet_size);
  if (!p.assigned_client_id.empty()) put_u8(out, 0x12), put_text(out, p.assigned_client_id);
  if (p.topic_alias_maximum) put_u8(out, 0x22), put_u16(out, p.topic_alias_maximum);
  if (!p.reason.empty()) put_u8(out, 0x1f), put_text(out, p.reason);
  if (p.has_server_keep_alive) put_u8(out, 0x13), put_u16(out, p.server_keep_alive);
  return out;
}

std::size_t publish_properties_size(const Delivery& d) {
  std::size_t size = d.forward.size() + (d.topic_alias ? 3 : 0) + (d.has_expiry ? 5 : 0);
  for (std::size_t i = 0; i < d.identifier_count; i++) size += 1 + varint_size(d.identifiers[i]);
  return size;
}

std::size_t publish_length(Version version, const Delivery& d) {
  std::size_t size = 2 + d.topic.size() + (d.qos ? 2 : 0) + d.payload.size();
  if (version != Version::v5) return size;
  const auto properties = publish_properties_size(d);
  return size + varint_size(properties) + properties;
}

}  // namespace

void write_connack(std::string& out, Version version, bool session_present, Code code,
                   const ConnackProperties& properties) {
  if (version != Version::v5) {
    put_header(out, PacketType::connack, 0, 2);
    put_u8(out, session_present && version != Version::v31);
    put_u8(out, old_connack_code(code));
    return;
  }
  const auto list = connack_properties(properties);
  put_header(out, PacketType::connack, 0, 2 + varint_size(list.size()) + list.size());
  put_u8(out, session_present);
  put_u8(out, static_cast<std::uint8_t>(code));
  put_varint(out, static_cast<std::uint32_t>(list.size()));
  out.append(list);
}

std::size_t publish_size(Version version, const Delivery& delivery) {
  const auto length = publish_length(version, delivery);
  return 1 + varint_size(length) + length;
}

void write_publish(std::string& out, Version version, const Delivery& d) {
  const auto flags = static_cast<std::uint8_t>((d.duplicate ? 8 : 0) | d.qos << 1 | (d.retain ? 1 : 0));
  put_header(out, PacketType::publish, flags, publish_length(version, d));
  put_text(out, d.topic);
  if (d.qos) put_u16(out, d.packet_id);
  if (version == Version::v5) {
    put_varint(out, static_cast<std::uint32_t>(publish_properties_size(d)));
    if (d.topic_alias) put_u8(out, 0x23), put_u16(out, d.topic_alias);
    if (d.has_expiry) put_u8(out, 0x02), put_u32(out, d.expiry_seconds);
    for (std::size_t i = 0; i < d.identifier_count; i++) put_u8(out, 0x0b), put_varint(out, d.identifiers[i]);
    out.append(d.forward);
  }
  out.append(d.payload);
}

void write_acknowledgement(std::string& out, Version version, PacketType type, std::uint16_t packet_id, Code code) {
  const std::uint8_t flags = type == PacketType::pubrel ? 2 : 0;
  const bool with_code = version == Version::v5 && code != Code::success;
  const char bytes[5] = {static_cast<char>(static_cast<std::uint8_t>(type) << 4 | flags), with_code ? '\3' : '\2',
                         static_cast<char>(packet_id >> 8), static_cast<char>(packet_id), static_cast<char>(code)};
  out.append(bytes, with_code ? 5 : 4);
}

void write_suback(std::string& out, Version version, std::uint16_t packet_id, const std::vector<Code>& codes) {
  const bool v5 = version == Version::v5;
  put_header(out, PacketType::suback, 0, 2 + (v5 ? 1 : 0) + codes.size());
  put_u16(out, packet_id);
  if (v5) put_u8(out, 0);
  for (const auto code : codes) put_u8(out, is_error(code) && !v5 ? 0x80 : static_cast<std::uint8_t>(code));
}

void write_unsuback(std::string& out, Version version, std::uint16_t packet_id, const std::vector<Code>& codes) {
  if (version != Version::v5) {
    put_header(out, PacketType::unsuback, 0, 2);
    return put_u16(out, packet_id);
  }
  put_header(out, PacketType::unsuback, 0, 3 + codes.size());
  put_u16(out, packet_id);
  put_u8(out, 0);
  for (const auto code : codes) put_u8(out, static_cast<std::uint8_t>(code));
}

void write_pingresp(std::string& out) { put_header(out, PacketType::pingresp, 0, 0); }

void write_disconnect(std::string& out, Code code, std::string_view reason) {
  if (reason.empty()) {
    put_header(out, PacketType::disconnect, 0, 1);
    return put_u8(out, static_cast<std::uint8_t>(code));
  }
  const auto list = 3 + reason.size();
  put_header(out, PacketType::disconnect, 0, 1 + varint_size(list) + list);
  put_u8(out, static_cast<std::uint8_t>(code));
  put_varint(out, static_cast<std::uint32_t>(list));
  put_u8(out, 0x1f);
  put_text(out, reason);
}

}  // namespace qala::mqtt
