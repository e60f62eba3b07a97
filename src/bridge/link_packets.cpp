// What a broker's packets mean for a connection.
#include <algorithm>

#include <fmt/format.h>

#include "bridge/link.h"
#include "mqtt/wire.h"

namespace qala::bridge {

using mqtt::Code;
using mqtt::Frame;
using mqtt::PacketType;
using mqtt::Version;

std::string_view words_of(Code code) {
  switch (code) {
    case Code::success: return "no reason given";
    case Code::unspecified_error: return "unspecified error";
    case Code::malformed_packet: return "malformed packet";
    case Code::protocol_error: return "protocol error";
    case Code::implementation_error: return "implementation error";
    case Code::unsupported_protocol_version: return "unsupported protocol version";
    case Code::client_identifier_not_valid: return "client_id is not valid";
    case Code::bad_user_name_or_password: return "wrong user or password";
    case Code::not_authorized: return "not authorized: user, password or what they may do";
    case Code::server_unavailable: return "the broker is unavailable";
    case Code::server_busy: return "the broker is busy";
    case Code::server_shutting_down: return "the broker is shutting down";
    case Code::bad_authentication_method: return "bad authentication method";
    case Code::keep_alive_timeout: return "keep alive timeout";
    case Code::session_taken_over: return "somebody else has the same client_id";
    case Code::topic_filter_invalid: return "the topic filter is invalid";
    case Code::topic_name_invalid: return "the topic name is invalid";
    case Code::packet_too_large: return "packet too large";
    case Code::quota_exceeded: return "quota exceeded";
    case Code::receive_maximum_exceeded: return "receive maximum exceeded";
    default: return "another reason";
  }
}

namespace {

std::string with_reason(std::string_view words, std::string_view reason) {
  return reason.empty() ? std::string(words) : fmt::format("{} ({})", words, reason.substr(0, 200));
}

/// A person has to look before it can go on.
bool needs_somebody(Code code) {
  return code == Code::client_identifier_not_valid || code == Code::bad_user_name_or_password ||
         code == Code::not_authorized || code == Code::bad_authentication_method || code == Code::session_taken_over;
}

}  // namespace

Result<> Link::greet() {
  TRY(const auto password, password_of(setup_));
  mqtt::Connect hello;
  hello.version = version_;
  hello.clean_start = false;
  hello.keep_alive = options_.keep_alive_s;
  hello.client_id = setup_.client_id;
  hello.user_name = setup_.user;
  hello.password = password;
  hello.properties.has_session_expiry = true;
  hello.properties.session_expiry = options_.session_expiry_s;
  hello.properties.receive_maximum = static_cast<std::uint16_t>(std::min<std::size_t>(options_.window, 65'534));
  hello.properties.maximum_packet_size = options_.most_bytes;
  std::string packet;
  mqtt::write_connect(packet, hello);
  send(packet);
  return {};
}

void Link::subscribe() {
  stage_ = Stage::subscribing;
  stage_until_ns_ = clock_.monotonic_ns() + options_.patience_ns;
  mqtt::Subscribe wish;
  wish.packet_id = 1;
  for (const auto& topic : setup_.topics) {
    const bool shared = topic.starts_with("$share/");  // with them it would be an error [MQTT-3.8.3-4]
    wish.entries.push_back({topic, {.qos = setup_.qos, .no_local = !shared, .retain_handling = 1}});
  }
  std::string packet;
  mqtt::write_subscribe(packet, version_, wish);
  send(packet);
}

void Link::handle(const Frame& frame) {
  if (stage_ == Stage::greeting) {
    if (frame.type == PacketType::connack) return on_connack(frame);
    return end(End::Why::unreachable, "the broker does not begin with CONNACK");
  }
  switch (frame.type) {
    case PacketType::publish: return on_publish(frame);
    case PacketType::suback: return on_suback(frame);
    case PacketType::puback:
    case PacketType::pubrel: return on_acknowledgement(frame);
    case PacketType::pingresp: ping_until_ns_ = 0; return;
    case PacketType::disconnect: return on_disconnect(frame);
    default: end(End::Why::unreachable, "the broker sends what no broker sends");
  }
}

void Link::on_connack(const Frame& frame) {
  mqtt::Connack answer;
  if (mqtt::parse_connack(frame, version_, answer) != Code::success)
    return end(End::Why::unreachable, "the broker's CONNACK is malformed");
  if (answer.code == Code::unsupported_protocol_version)
    return end(End::Why::version, "the broker speaks neither MQTT 5 nor 3.1.1");
  if (answer.code != Code::success) {
    return end(needs_somebody(answer.code) ? End::Why::refused : End::Why::unreachable,
               "the broker refuses: " + with_reason(words_of(answer.code), answer.properties.reason));
  }
  const auto& told = answer.properties;
  broker_window_ = told.receive_maximum;
  broker_most_bytes_ = told.maximum_packet_size;
  broker_qos_ = told.maximum_qos;
  if (told.has_server_keep_alive) keep_alive_ns_ = told.server_keep_alive * Instant::kSecond;
  subscribe();
}

void Link::on_suback(const Frame& frame) {
  mqtt::Suback answer;
  const bool good = mqtt::parse_suback(frame, version_, answer) == Code::success && stage_ == Stage::subscribing &&
                    answer.packet_id == 1 && answer.codes.size() == setup_.topics.size();
  if (!good) return end(End::Why::unreachable, "the broker's SUBACK is malformed");
  std::string refused;
  std::size_t count = 0;
  std::uint8_t granted = 0;
  for (std::size_t i = 0; i < answer.codes.size(); i++) {
    if (!mqtt::is_error(answer.codes[i])) {
      granted = std::max(granted, static_cast<std::uint8_t>(answer.codes[i]));
      continue;
    }
    count++;
    if (!refused.empty()) refused += ", ";
    refused += setup_.topics[i];
  }
  if (count > 0) refused = "the broker refuses the topics " + refused;
  if (count == answer.codes.size()) return end(End::Why::refused, refused);
  // The Things Stack gives QoS 0 to everybody: it acknowledges nothing, then.
  if (setup_.qos > 0 && granted == 0) broker_qos_ = 0;
  stage_ = Stage::ready;
  user_.ready(std::move(refused));
}

void Link::on_publish(const Frame& frame) {
  mqtt::Publish message;
  mqtt::Properties properties;
  const auto code = mqtt::parse_publish(frame, version_, message, properties, mqtt::PropertyPlace::server_publish);
  if (code != Code::success || properties.has_topic_alias)  // aliases are not allowed by our CONNECT
    return end(End::Why::unreachable, "the broker's PUBLISH is malformed");
  const auto number = inbox_.add(message.qos, message.packet_id);
  if (!number) return acknowledge();
  user_.arrived({.topic = message.topic,
                 .payload = message.payload,
                 .packet_id = message.packet_id,
                 .qos = message.qos,
                 .duplicate = message.duplicate},
                [weak = weak_from_this(), number = *number](Verdict verdict) {
                  if (const auto self = weak.lock()) self->settle(number, verdict);
                });
}

void Link::settle(std::uint64_t number, Verdict verdict) {
  if (over()) return;
  inbox_.settle(number, verdict);
  acknowledge();
  if (inbox_.stuck()) return end(End::Why::busy, "a message could not be kept; the broker is to send it again");
  if (!inbox_.full()) room_.cancel();
}

void Link::acknowledge() {
  std::string packets;
  for (const auto& [type, id] : inbox_.take_due())
    mqtt::write_acknowledgement(packets, version_, type, id, Code::success);
  if (!packets.empty()) send(packets);
}

void Link::on_acknowledgement(const Frame& frame) {
  mqtt::Acknowledgement answer;
  if (mqtt::parse_acknowledgement(frame, version_, answer) != Code::success)
    return end(End::Why::unreachable, "the broker's acknowledgement is malformed");
  if (frame.type == PacketType::pubrel) {
    inbox_.release(answer.packet_id);
    std::string packet;
    mqtt::write_acknowledgement(packet, version_, PacketType::pubcomp, answer.packet_id, Code::success);
    return send(packet);
  }
  const auto found = letters_.find(answer.packet_id);
  if (found == letters_.end()) return;
  Letter& letter = *found->second;
  letter.done = true;
  letter.outcome = Result<>();
  if (mqtt::is_error(answer.code))
    letter.outcome = fail(ErrorKind::denied, "the broker refuses it: " + std::string(words_of(answer.code)));
  letter.settled.cancel();
}

void Link::on_disconnect(const Frame& frame) {
  mqtt::Disconnect goodbye;
  const auto code = mqtt::parse_disconnect(frame, version_, goodbye, mqtt::PropertyPlace::server_disconnect);
  if (code != Code::success || version_ != Version::v5)
    return end(End::Why::unreachable, "the broker's DISCONNECT is malformed");
  end(needs_somebody(goodbye.code) ? End::Why::refused : End::Why::unreachable,
      "the broker ended the connection: " + with_reason(words_of(goodbye.code), goodbye.properties.reason));
}

/// Before version 5 nobody tells a broker how much we take. A message that is too large would come again for ever: it
/// is acknowledged unseen, and counted. How much of `bytes` is used up; 0: its beginning is not there yet.
std::size_t Link::on_large(std::string_view bytes, const Frame& frame) {
  const auto said = fmt::format("the broker sends a packet of {} bytes, more than {}", frame.size, options_.most_bytes);
  if (version_ == Version::v5 || frame.type != PacketType::publish || stage_ == Stage::greeting) {
    end(End::Why::unreachable, said);
    return 0;
  }
  std::size_t header = 1;
  while (bytes[header++] & 0x80) {
  }
  mqtt::Reader reader(bytes.substr(header));
  const auto topic = reader.text();
  const auto qos = static_cast<std::uint8_t>(frame.flags >> 1 & 3);
  const auto id = qos > 0 ? reader.u16() : std::uint16_t{0};
  if (reader.failed()) {
    if (bytes.size() > 70'000) end(End::Why::unreachable, said);
    return 0;
  }
  user_.too_large(topic, frame.size);
  const auto number = inbox_.add(qos, id);
  if (number) inbox_.settle(*number, Verdict::bad);
  const std::size_t here = std::min(bytes.size(), frame.size);
  discard_ = frame.size - here;
  acknowledge();
  return here;
}

}  // namespace qala::bridge
