#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace qala::mqtt {

// A packet on the wire (MQTT 3.1.1 and 5, section 2):
//   type:4 flags:4 | remaining length: 1..4 bytes of 7 bits, low first | body
// Text is length:16 big-endian and UTF-8 without U+0000. Version 5 adds property lists: length (7-bit bytes), then
// identifier and value of each.
// All functions here are pure: bytes in, values out, no clock, no I/O. Views point into the bytes given.

enum class PacketType : std::uint8_t {
  connect = 1,
  connack,
  publish,
  puback,
  pubrec,
  pubrel,
  pubcomp,
  subscribe,
  suback,
  unsubscribe,
  unsuback,
  pingreq,
  pingresp,
  disconnect,
  auth,
};

/// Reason codes of MQTT 5. `handler.h` has the few that Qala itself gives.
enum class Code : std::uint8_t {
  success = 0x00,
  disconnect_with_will = 0x04,
  no_matching_subscribers = 0x10,
  no_subscription_existed = 0x11,
  unspecified_error = 0x80,
  malformed_packet = 0x81,
  protocol_error = 0x82,
  implementation_error = 0x83,
  unsupported_protocol_version = 0x84,
  client_identifier_not_valid = 0x85,
  bad_user_name_or_password = 0x86,
  not_authorized = 0x87,
  server_unavailable = 0x88,
  server_busy = 0x89,
  server_shutting_down = 0x8b,
  bad_authentication_method = 0x8c,
  keep_alive_timeout = 0x8d,
  session_taken_over = 0x8e,
  topic_filter_invalid = 0x8f,
  topic_name_invalid = 0x90,
  packet_identifier_in_use = 0x91,
  packet_identifier_not_found = 0x92,
  receive_maximum_exceeded = 0x93,
  topic_alias_invalid = 0x94,
  packet_too_large = 0x95,
  quota_exceeded = 0x97,
  payload_format_invalid = 0x99,
  shared_subscriptions_not_supported = 0x9e,
};
constexpr bool is_error(Code code) { return static_cast<std::uint8_t>(code) >= 0x80; }

enum class Version : std::uint8_t { v31 = 3, v311 = 4, v5 = 5 };

/// One packet found in a buffer.
struct Frame {
  PacketType type{};
  std::uint8_t flags = 0;
  std::string_view body;
  std::size_t size = 0;  ///< header and body
};
enum class FrameStatus { complete, incomplete, malformed };
/// When the header is complete and the body is not, `out.size` says how long the packet will be; else it is 0.
FrameStatus next_frame(std::string_view bytes, Frame& out);

/// Where a property list stands; decides which properties may be in it.
enum class PropertyPlace : std::uint16_t {
  connect = 1,
  will = 2,
  publish = 4,
  subscribe = 8,
  unsubscribe = 16,
  acknowledgement = 32,
  disconnect = 64,
  auth = 128,
  // What a server sends, and a client reads. The lists of SUBACK and UNSUBACK are those of an acknowledgement.
  connack = 256,
  server_publish = 512,
  server_disconnect = 1024,
};

/// The properties that are read. Absent ones have the value the specification gives to their absence.
struct Properties {
  std::uint32_t session_expiry = 0;
  bool has_session_expiry = false;
  std::uint32_t will_delay = 0;
  std::uint32_t message_expiry = 0;
  bool has_message_expiry = false;
  std::uint32_t maximum_packet_size = 0;  ///< 0: no limit
  std::uint32_t subscription_identifier = 0;
  std::uint16_t receive_maximum = 65535;
  std::uint16_t topic_alias_maximum = 0;
  std::uint16_t topic_alias = 0;
  bool has_topic_alias = false;
  bool request_problem_information = true;
  bool has_authentication_method = false;
  bool payload_is_text = false;
  // Only servers send these.
  bool has_server_keep_alive = false;
  std::uint16_t server_keep_alive = 0;
  std::uint8_t maximum_qos = 2;
  std::string_view reason = {};  ///< words of an acknowledgement or a DISCONNECT, too
  /// Payload format, content type, response topic, correlation data and user properties, encoded as they came and in
  /// their order: what a PUBLISH passes on to its receivers.
  std::string forward;
};

struct Connect {
  Version version = Version::v311;
  bool clean_start = true;
  std::uint16_t keep_alive = 0;
  std::string_view client_id;
  std::string_view user_name;
  std::string_view password;
  Properties properties;
  bool has_will = false;
  std::uint8_t will_qos = 0;
  bool will_retain = false;
  std::string_view will_topic;
  std::string_view will_payload;
  Properties will_properties;
};

struct Publish {
  std::string_view topic;
  std::string_view payload;
  std::uint16_t packet_id = 0;
  std::uint8_t qos = 0;
  bool duplicate = false;
  bool retain = false;
};

struct SubscribeOptions {
  std::uint8_t qos = 0;
  bool no_local = false;
  bool retain_as_published = false;
  std::uint8_t retain_handling = 0;
  friend bool operator==(const SubscribeOptions&, const SubscribeOptions&) = default;
};
struct SubscribeEntry {
  std::string_view filter;
  SubscribeOptions options;
};
struct Subscribe {
  std::uint16_t packet_id = 0;
  std::uint32_t identifier = 0;
  std::vector<SubscribeEntry> entries;
};
struct Unsubscribe {
  std::uint16_t packet_id = 0;
  std::vector<std::string_view> filters;
};
struct Acknowledgement {
  std::uint16_t packet_id = 0;
  Code code = Code::success;
};
struct Disconnect {
  Code code = Code::success;
  Properties properties;
};

// Each returns Code::success or why the connection must end. A CONNECT with a version we do not speak gives
// unsupported_protocol_version (and fills `out.version` as far as it is known).
Code parse_connect(const Frame& frame, Connect& out);
/// `properties` is touched only for version 5. `place`: server_publish for what a server sends.
Code parse_publish(const Frame& frame, Version version, Publish& out, Properties& properties,
                   PropertyPlace place = PropertyPlace::publish);
Code parse_acknowledgement(const Frame& frame, Version version, Acknowledgement& out);
Code parse_subscribe(const Frame& frame, Version version, Subscribe& out);
Code parse_unsubscribe(const Frame& frame, Version version, Unsubscribe& out);
/// `place`: server_disconnect for what a server sends.
Code parse_disconnect(const Frame& frame, Version version, Disconnect& out,
                      PropertyPlace place = PropertyPlace::disconnect);
/// PINGREQ and PINGRESP: no flags, no body.
Code parse_empty(const Frame& frame);

// The client's side (packet_client.cpp).

struct Connack {
  bool session_present = false;
  Code code = Code::success;  ///< return codes before version 5 as those of version 5
  Properties properties = {};
};
struct Suback {
  std::uint16_t packet_id = 0;
  std::vector<Code> codes = {};  ///< 0, 1, 2: the QoS that is granted
};
/// A broker that does not speak version 5 may answer in the form of 3.1.1: taken, too, if it is a refusal.
Code parse_connack(const Frame& frame, Version version, Connack& out);
Code parse_suback(const Frame& frame, Version version, Suback& out);

/// A CONNECT without a will. Of the properties: session_expiry, receive_maximum and maximum_packet_size.
void write_connect(std::string& out, const Connect& connect);
void write_subscribe(std::string& out, Version version, const Subscribe& subscribe);
void write_pingreq(std::string& out);
/// The client goes, and wants no will to be published.
void write_goodbye(std::string& out, Version version);

/// What a CONNACK of version 5 tells the client; zero or empty: left out.
struct ConnackProperties {
  std::uint32_t session_expiry = 0;
  bool has_session_expiry = false;
  std::uint16_t receive_maximum = 0;
  std::uint32_t maximum_packet_size = 0;
  std::uint16_t topic_alias_maximum = 0;
  std::uint16_t server_keep_alive = 0;
  bool has_server_keep_alive = false;
  std::string_view assigned_client_id = {};
  std::string_view reason = {};
};

/// What varies from receiver to receiver of a message.
struct Delivery {
  std::string_view topic{};  ///< empty when the alias says it
  std::string_view payload{};
  std::string_view forward{};
  std::uint16_t packet_id = 0;
  std::uint16_t topic_alias = 0;  ///< 0: none
  std::uint8_t qos = 0;
  bool duplicate = false;
  bool retain = false;
  bool has_expiry = false;
  std::uint32_t expiry_seconds = 0;
  const std::uint32_t* identifiers = nullptr;
  std::size_t identifier_count = 0;
};

// Encoders append to `out`.
void write_connack(std::string& out, Version version, bool session_present, Code code,
                   const ConnackProperties& properties);
/// The encoded size of the packet, header included.
std::size_t publish_size(Version version, const Delivery& delivery);
void write_publish(std::string& out, Version version, const Delivery& delivery);
/// PUBACK, PUBREC, PUBREL and PUBCOMP.
void write_acknowledgement(std::string& out, Version version, PacketType type, std::uint16_t packet_id, Code code);
void write_suback(std::string& out, Version version, std::uint16_t packet_id, const std::vector<Code>& codes);
void write_unsuback(std::string& out, Version version, std::uint16_t packet_id, const std::vector<Code>& codes);
void write_pingresp(std::string& out);
/// Version 5 only: earlier servers just close.
void write_disconnect(std::string& out, Code code, std::string_view reason);

}  // namespace qala::mqtt
