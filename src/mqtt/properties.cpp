#include <utility>

#include "mqtt/wire.h"

namespace qala::mqtt {
namespace {

using enum PropertyPlace;

constexpr std::uint16_t places(auto... place) {
  return static_cast<std::uint16_t>((0 | ... | std::to_underlying(place)));
}

enum class Form : std::uint8_t { none, byte, flag, two, four, varint, text, binary, pair };

struct Rule {
  Form form = Form::none;
  std::uint16_t where = 0;  ///< places it may be in
};

/// By identifier (MQTT 5, table 2-4).
constexpr Rule rule_of(std::uint32_t identifier) {
  switch (identifier) {
    case 0x01:
      return {Form::byte, places(publish, will, server_publish)};  // others than 0 and 1 are the receiver's to judge
    case 0x02: return {Form::four, places(publish, will, server_publish)};
    case 0x03: return {Form::text, places(publish, will, server_publish)};
    case 0x08: return {Form::text, places(publish, will, server_publish)};
    case 0x09: return {Form::binary, places(publish, will, server_publish)};
    case 0x0b: return {Form::varint, places(subscribe, server_publish)};
    case 0x11: return {Form::four, places(connect, disconnect, connack)};
    case 0x12: return {Form::text, places(connack)};
    case 0x13: return {Form::two, places(connack)};
    case 0x15: return {Form::text, places(connect, auth, connack)};
    case 0x16: return {Form::binary, places(connect, auth, connack)};
    case 0x17: return {Form::flag, places(connect)};
    case 0x18: return {Form::four, places(will)};
    case 0x19: return {Form::flag, places(connect)};
    case 0x1a: return {Form::text, places(connack)};
    case 0x1c: return {Form::text, places(connack, server_disconnect)};
    case 0x1f: return {Form::text, places(acknowledgement, disconnect, auth, connack, server_disconnect)};
    case 0x21: return {Form::two, places(connect, connack)};
    case 0x22: return {Form::two, places(connect, connack)};
    case 0x23: return {Form::two, places(publish, server_publish)};
    case 0x24: return {Form::flag, places(connack)};
    case 0x25: return {Form::flag, places(connack)};
    case 0x26: return {Form::pair, 0xffff};
    case 0x27: return {Form::four, places(connect, connack)};
    case 0x28: return {Form::flag, places(connack)};
    case 0x29: return {Form::flag, places(connack)};
    case 0x2a: return {Form::flag, places(connack)};
    default: return {};
  }
}

struct Value {
  std::uint32_t number = 0;
  std::string_view text;
};

Value read_value(Reader& reader, Form form) {
  switch (form) {
    case Form::byte:
    case Form::flag: return {reader.u8(), {}};
    case Form::two: return {reader.u16(), {}};
    case Form::four: return {reader.u32(), {}};
    case Form::varint: return {reader.varint(), {}};
    case Form::text: return {0, reader.text()};
    case Form::binary: return {0, reader.binary()};
    case Form::pair: reader.text(); return {0, reader.text()};
    case Form::none: break;
  }
  return {};
}

/// Keeps a value that passed the general rules, and checks what is particular to it.
Code keep(std::uint32_t identifier, const Value& value, Properties& out) {
  const auto small = static_cast<std::uint16_t>(value.number);
  switch (identifier) {
    case 0x01: out.payload_is_text = value.number != 0; break;
    case 0x02: out.message_expiry = value.number, out.has_message_expiry = true; break;
    case 0x08: return valid_topic_name(value.text) ? Code::success : Code::protocol_error;
    case 0x0b: out.subscription_identifier = value.number; return value.number ? Code::success : Code::malformed_packet;
    case 0x11: out.session_expiry = value.number, out.has_session_expiry = true; break;
    case 0x13: out.server_keep_alive = small, out.has_server_keep_alive = true; break;
    case 0x15: out.has_authentication_method = true; break;
    case 0x17: out.request_problem_information = value.number != 0; break;
    case 0x18: out.will_delay = value.number; break;
    case 0x1f: out.reason = value.text; break;
    case 0x21: out.receive_maximum = small; return small ? Code::success : Code::protocol_error;
    case 0x22: out.topic_alias_maximum = small; break;
    case 0x23:
      out.topic_alias = small, out.has_topic_alias = true;
      return small ? Code::success : Code::topic_alias_invalid;
    case 0x24: out.maximum_qos = static_cast<std::uint8_t>(value.number); break;
    case 0x27: out.maximum_packet_size = value.number; return value.number ? Code::success : Code::protocol_error;
    default: break;
  }
  return Code::success;
}

constexpr bool forwarded(std::uint32_t identifier) {
  return identifier == 0x01 || identifier == 0x03 || identifier == 0x08 || identifier == 0x09 || identifier == 0x26;
}

}  // namespace

Code read_properties(Reader& reader, PropertyPlace place, Properties& out) {
  const auto length = reader.varint();
  if (reader.failed() || reader.rest().size() < length) return Code::malformed_packet;
  Reader list(reader.bytes(length));
  const bool message = place == publish || place == will || place == server_publish;
  std::uint64_t seen = 0;
  while (!list.empty()) {
    const auto before = list.rest();
    const auto identifier = list.varint();
    const auto rule = rule_of(identifier);
    if (rule.form == Form::none) return Code::malformed_packet;
    const auto value = read_value(list, rule.form);
    if (list.failed()) return Code::malformed_packet;
    if (!(rule.where & std::to_underlying(place))) return Code::malformed_packet;
    const bool again = seen >> identifier & 1;
    const bool repeats = rule.form == Form::pair || (identifier == 0x0b && place == server_publish);
    if (again && !repeats) return Code::protocol_error;
    if (rule.form == Form::flag && value.number > 1) return Code::protocol_error;
    seen |= std::uint64_t{1} << identifier;
    if (const auto code = keep(identifier, value, out); code != Code::success) return code;
    if (message && forwarded(identifier)) out.forward.append(before.substr(0, before.size() - list.rest().size()));
  }
  if ((seen >> 0x16 & 1) && !(seen >> 0x15 & 1)) return Code::protocol_error;  // data without a method
  return Code::success;
}

}  // namespace qala::mqtt
