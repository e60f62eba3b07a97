#include "mqtt/wire.h"

namespace qala::mqtt {
namespace {

constexpr Code kMalformed = Code::malformed_packet;

Code read_will(Reader& reader, std::uint8_t flags, Connect& out) {
  out.has_will = true;
  out.will_qos = flags >> 3 & 3;
  out.will_retain = flags & 0x20;
  if (out.version == Version::v5) {
    if (const auto code = read_properties(reader, PropertyPlace::will, out.will_properties); code != Code::success) {
      return code;
    }
  }
  out.will_topic = reader.text();
  out.will_payload = reader.binary();
  if (reader.failed()) return kMalformed;
  if (!valid_topic_name(out.will_topic)) return Code::topic_name_invalid;
  return Code::success;
}

Code read_version(Reader& reader, Connect& out) {
  const auto name = reader.text();
  const auto level = reader.u8();
  if (reader.failed()) return kMalformed;
  if (name == "MQIsdp" && level == 3) out.version = Version::v31;
  else if (name == "MQTT" && level == 4) out.version = Version::v311;
  else if (name == "MQTT" && level == 5) out.version = Version::v5;
  else if (name == "MQTT" || name == "MQIsdp") return Code::unsupported_protocol_version;
  else return kMalformed;
  return Code::success;
}

bool valid_connect_flags(std::uint8_t flags, Version version) {
  const bool will = flags & 0x04, user = flags & 0x80, password = flags & 0x40;
  if (flags & 0x01) return false;
  if (!will && (flags & 0x38)) return false;
  if ((flags >> 3 & 3) == 3) return false;
  return version == Version::v5 || user || !password;
}

/// A packet identifier must not be zero.
Code read_packet_id(Reader& reader, std::uint16_t& out) {
  out = reader.u16();
  return reader.failed() || out == 0 ? kMalformed : Code::success;
}

/// The flags that PUBREL, SUBSCRIBE and UNSUBSCRIBE must have. In 3.1 they may also say that they are sent again.
bool valid_flags(std::uint8_t flags, Version version) { return flags == 2 || (version == Version::v31 && flags == 10); }

Code read_subscribe_options(std::uint8_t byte, Version version, SubscribeOptions& out) {
  out.qos = byte & 3;
  if (out.qos == 3) return kMalformed;
  if (version != Version::v5) return byte & 0xfc ? kMalformed : Code::success;
  out.no_local = byte & 0x04;
  out.retain_as_published = byte & 0x08;
  out.retain_handling = byte >> 4 & 3;
  if (out.retain_handling == 3) return kMalformed;
  return byte & 0xc0 ? kMalformed : Code::success;
}

}  // namespace

FrameStatus next_frame(std::string_view bytes, Frame& out) {
  out.size = 0;
  std::uint32_t length = 0;
  for (std::size_t at = 1; at < 5; at++) {
    if (bytes.size() <= at) return FrameStatus::incomplete;
    const auto byte = static_cast<std::uint8_t>(bytes[at]);
    length |= static_cast<std::uint32_t>(byte & 0x7f) << 7 * (at - 1);
    if (byte & 0x80) continue;
    if (at > 1 && byte == 0) return FrameStatus::malformed;
    const auto first = static_cast<std::uint8_t>(bytes[0]);
    out.type = static_cast<PacketType>(first >> 4);
    out.flags = first & 0x0f;
    out.size = at + 1 + length;
    if (bytes.size() < out.size) return FrameStatus::incomplete;
    out.body = bytes.substr(at + 1, length);
    return first >> 4 ? FrameStatus::complete : FrameStatus::malformed;
  }
  return FrameStatus::malformed;
}

Code parse_connect(const Frame& frame, Connect& out) {
  if (frame.flags) return kMalformed;
  Reader reader(frame.body);
  if (const auto code = read_version(reader, out); code != Code::success) return code;
  const auto flags = reader.u8();
  out.keep_alive = reader.u16();
  if (reader.failed() || !valid_connect_flags(flags, out.version)) return kMalformed;
  out.clean_start = flags & 0x02;
  if (out.version == Version::v5) {
    const auto code = read_properties(reader, PropertyPlace::connect, out.properties);
    if (code != Code::success) return code;
  }
  out.client_id = reader.text();
  if (reader.failed()) return kMalformed;
  if (flags & 0x04) {
    if (const auto code = read_will(reader, flags, out); code != Code::success) return code;
  }
  if (flags & 0x80) out.user_name = reader.text();
  if (flags & 0x40) out.password = reader.binary();
  return reader.failed() || !reader.empty() ? kMalformed : Code::success;
}

Code parse_publish(const Frame& frame, Version version, Publish& out, Properties& properties, PropertyPlace place) {
  out.qos = frame.flags >> 1 & 3;
  out.duplicate = frame.flags & 0x08;
  out.retain = frame.flags & 0x01;
  if (out.qos == 3 || (out.qos == 0 && out.duplicate)) return kMalformed;
  Reader reader(frame.body);
  out.topic = reader.text();
  if (reader.failed()) return kMalformed;
  if (out.qos) {
    out.packet_id = reader.u16();
    if (reader.failed()) return kMalformed;
    if (out.packet_id == 0) return Code::protocol_error;
  }
  if (version == Version::v5) {
    const auto code = read_properties(reader, place, properties);
    if (code != Code::success) return code;
  }
  if (out.topic.empty() && !(version == Version::v5 && properties.has_topic_alias)) {
    return version == Version::v5 ? Code::protocol_error : kMalformed;
  }
  if (!out.topic.empty() && !valid_topic_name(out.topic)) return Code::protocol_error;
  out.payload = reader.rest();
  return Code::success;
}

Code parse_acknowledgement(const Frame& frame, Version version, Acknowledgement& out) {
  if (frame.type == PacketType::pubrel ? !valid_flags(frame.flags, version) : frame.flags != 0) return kMalformed;
  Reader reader(frame.body);
  if (const auto code = read_packet_id(reader, out.packet_id); code != Code::success) return code;
  if (version != Version::v5) return reader.empty() ? Code::success : kMalformed;
  if (reader.empty()) return Code::success;
  out.code = static_cast<Code>(reader.u8());
  if (!reader.empty()) {
    Properties ignored;
    if (const auto code = read_properties(reader, PropertyPlace::acknowledgement, ignored); code != Code::success) {
      return code;
    }
  }
  return reader.failed() || !reader.empty() ? kMalformed : Code::success;
}

Code parse_subscribe(const Frame& frame, Version version, Subscribe& out) {
  if (!valid_flags(frame.flags, version)) return kMalformed;
  Reader reader(frame.body);
  if (const auto code = read_packet_id(reader, out.packet_id); code != Code::success) return code;
  if (version == Version::v5) {
    Properties properties;
    if (const auto code = read_properties(reader, PropertyPlace::subscribe, properties); code != Code::success)
      return code;
    out.identifier = properties.subscription_identifier;
  }
  if (reader.empty()) return kMalformed;
  while (!reader.empty()) {
    SubscribeEntry entry{.filter = reader.text(), .options = {}};
    const auto byte = reader.u8();
    if (reader.failed()) return kMalformed;
    if (const auto code = read_subscribe_options(byte, version, entry.options); code != Code::success) return code;
    const bool shared = entry.filter.starts_with("$share/");
    if (shared && entry.options.no_local) return Code::protocol_error;
    out.entries.push_back(entry);
  }
  return Code::success;
}

Code parse_unsubscribe(const Frame& frame, Version version, Unsubscribe& out) {
  if (!valid_flags(frame.flags, version)) return kMalformed;
  Reader reader(frame.body);
  if (const auto code = read_packet_id(reader, out.packet_id); code != Code::success) return code;
  if (version == Version::v5) {
    Properties ignored;
    if (const auto code = read_properties(reader, PropertyPlace::unsubscribe, ignored); code != Code::success)
      return code;
  }
  if (reader.empty()) return kMalformed;
  while (!reader.empty()) {
    out.filters.push_back(reader.text());
    if (reader.failed()) return kMalformed;
  }
  return Code::success;
}

Code parse_disconnect(const Frame& frame, Version version, Disconnect& out, PropertyPlace place) {
  if (frame.flags) return kMalformed;
  Reader reader(frame.body);
  if (version != Version::v5) return reader.empty() ? Code::success : kMalformed;
  if (reader.empty()) return Code::success;
  out.code = static_cast<Code>(reader.u8());
  if (!reader.empty()) {
    const auto code = read_properties(reader, place, out.properties);
    if (code != Code::success) return code;
  }
  return reader.failed() || !reader.empty() ? kMalformed : Code::success;
}

Code parse_empty(const Frame& frame) { return frame.flags || !frame.body.empty() ? kMalformed : Code::success; }

}  // namespace qala::mqtt
