#include <algorithm>
#include <utility>

#include "mqtt/access_rules.h"
#include "mqtt/broker.h"

namespace qala::mqtt {
namespace {

auto find_incoming(Session& s, std::uint16_t id) { return std::ranges::find(s.incoming, id, &Incoming::packet_id); }

bool good(Reason reason) { return static_cast<std::uint8_t>(reason) < 0x80; }

}  // namespace

Code Broker::resolve_alias(Connection& c, Publish& packet, const Properties& properties, std::string& topic) {
  if (!properties.has_topic_alias) return Code::success;
  const auto alias = properties.topic_alias;
  if (alias > limits_.topic_alias_maximum) return Code::topic_alias_invalid;
  if (!c.aliases) c.aliases = std::make_unique<TopicAliases>();
  auto& known = c.aliases->from_client;
  if (known.size() < alias) known.resize(alias);
  if (!packet.topic.empty()) {
    known[alias - 1u] = packet.topic;
    return Code::success;
  }
  topic = known[alias - 1u];
  packet.topic = topic;
  return topic.empty() ? Code::protocol_error : Code::success;
}

Code Broker::on_publish(Connection& c, const Frame& frame) {
  Publish packet;
  Properties properties;
  if (const auto code = parse_publish(frame, c.version, packet, properties); code != Code::success) return code;
  std::string topic;
  if (const auto code = resolve_alias(c, packet, properties, topic); code != Code::success) return code;
  counters_.received++;
  auto& s = *c.session;
  if (packet.qos == 2) {
    if (const auto known = find_incoming(s, packet.packet_id); known != s.incoming.end()) {
      counters_.duplicates++;
      // While the handler has not answered, its answer is this packet's too.
      pending_ack(c, {.commit = durable(s) ? journal_.gathering() : 0,
                      .packet_id = packet.packet_id,
                      .type = PacketType::pubrec,
                      .code = Code::success,
                      .waiting = known->waiting});
      return Code::success;
    }
  }
  if (packet.qos && c.version == Version::v5 && c.unacknowledged + s.incoming.size() >= limits_.receive_maximum) {
    return Code::receive_maximum_exceeded;
  }
  const auto right = publish_right(s.principal.role, packet.topic);
  if (right == PublishRight::refused) return refuse_publish(c, packet), Code::success;
  if (right == PublishRight::telemetry) return to_handler(c, packet), Code::success;

  const auto now_ms = properties.has_message_expiry ? clock_.now().ms() : 0;
  const auto message = make_message(
      {.topic = packet.topic,
       .payload = packet.payload,
       .forward = properties.forward,
       .qos = packet.qos,
       .retain = packet.retain,
       .durable = true,
       .expires_ms = properties.has_message_expiry ? now_ms + std::int64_t{properties.message_expiry} * 1000 : 0});
  if (packet.qos == 2) return hold(c, packet.packet_id, message), Code::success;
  const bool wanted = hand_on(message, &s);
  if (packet.qos == 0) return Code::success;
  pending_ack(c, {.commit = is_kept(*message) ? journal_.gathering() : 0,
                  .packet_id = packet.packet_id,
                  .type = PacketType::puback,
                  .code = wanted ? Code::success : Code::no_matching_subscribers});
  return Code::success;
}

bool Broker::hand_on(const MessagePtr& message, const Session* from) {
  if (message->retain) set_retained(message);
  const bool wanted = route(message->topic(), message, from);
  if (overheard_ && message->topic().starts_with(overheard_below_)) overheard_(message->topic(), message->payload());
  return wanted;
}

/// A QoS 2 message is handed on when its PUBREL comes (MQTT 5, figure 4.3, method B). If too much waits already it is
/// handed on at once, which the standard allows as well.
void Broker::hold(Connection& c, std::uint16_t packet_id, const MessagePtr& message) {
  auto& s = *c.session;
  Incoming incoming{.packet_id = packet_id};
  if (s.held_bytes + message->size() <= limits_.queued_bytes) incoming.message = message;
  else hand_on(message, &s);
  take_incoming(s, std::move(incoming));
  const bool kept = durable(s) || is_kept(*message);
  pending_ack(c, {.commit = kept ? journal_.gathering() : 0, .packet_id = packet_id, .type = PacketType::pubrec});
}

void Broker::to_handler(Connection& c, const Publish& packet) {
  auto& s = *c.session;
  counters_.telemetry++;
  const Telemetry message{.topic = packet.topic,
                          .payload = packet.payload,
                          .qos = packet.qos,
                          .duplicate = packet.duplicate,
                          .packet_id = packet.packet_id,
                          .persistent_session = s.expiry > 0,
                          .unanswered_since = s.unanswered_since,
                          .client_id = s.client_id};
  if (packet.qos == 0) return handler_.telemetry(s.principal, message, {});
  const auto sequence = c.ack_base + static_cast<std::uint32_t>(c.acks.size());
  pending_ack(c, {.commit = 0,
                  .packet_id = packet.packet_id,
                  .type = packet.qos == 1 ? PacketType::puback : PacketType::pubrec,
                  .code = Code::success,
                  .waiting = true});
  if (packet.qos == 1) {
    // This and two numbers fit into std::function's own storage: slot and generation below 2^20, sequence below 2^24.
    const std::uint64_t token = std::uint64_t{c.id.slot & 0xfffffu} << 44 |
                                std::uint64_t{c.id.generation & 0xfffffu} << 24 | (sequence & 0xffffffu);
    return handler_.telemetry(s.principal, message, [this, token](Reason reason) { answered(token, reason); });
  }
  s.incoming.push_back({.packet_id = packet.packet_id, .waiting = true});
  handler_.telemetry(s.principal, message, [this, number = s.number, id = packet.packet_id](Reason reason) {
    answered_qos2(number, id, reason);
  });
}

void Broker::answered(std::uint64_t token, Reason reason) {
  if (!good(reason)) counters_.telemetry_rejected++;
  const auto slot = static_cast<std::uint32_t>(token >> 44);
  if (slot >= connections_.size() || !connections_[slot].connection) return;
  if ((connections_[slot].generation & 0xfffffu) != (token >> 24 & 0xfffffu)) return;
  auto& c = *connections_[slot].connection;
  const auto offset = (static_cast<std::uint32_t>(token) - c.ack_base) & 0xffffffu;
  if (c.over() || offset >= c.acks.size()) return;
  settle(c, c.acks[offset], reason);
}

void Broker::answered_qos2(std::uint64_t session, std::uint16_t packet_id, Reason reason) {
  if (!good(reason)) counters_.telemetry_rejected++;
  const auto found = by_number_.find(session);
  if (found == by_number_.end()) return;
  auto& s = *found->second;
  const auto incoming = find_incoming(s, packet_id);
  if (incoming == s.incoming.end() || !std::exchange(incoming->waiting, false)) return;
  if (good(reason)) keep_incoming(s, *incoming);
  else s.incoming.erase(incoming);
  if (!s.connection) return;
  auto& c = *s.connection;
  // More than one if the client sent it again meanwhile. drain() takes the answered ones away: look anew each time.
  for (std::size_t i = 0; i < c.acks.size();) {
    auto& ack = c.acks[i];
    const bool hit = ack.waiting && ack.type == PacketType::pubrec && ack.packet_id == packet_id;
    if (!hit) {
      i++;
      continue;
    }
    ack.commit = good(reason) && durable(s) ? journal_.gathering() : 0;
    settle(c, ack, reason);
    if (c.over()) return;
    i = 0;
  }
}

void Broker::settle(Connection& c, PendingAck& ack, Reason reason) {
  ack.waiting = false;
  ack.code = static_cast<Code>(reason);
  if (!good(reason) && c.version != Version::v5) return end(c, ack.code);  // no other way to say no
  if (&ack == &c.acks.front()) drain(c);
}

void Broker::refuse_publish(Connection& c, const Publish& packet) {
  counters_.refused_publishes++;
  if (packet.qos == 0) return;
  // Before version 5 there is no "no": like ThingsBoard and Mosquitto the packet is acknowledged and dropped, so that a
  // device that also answers RPCs is not disconnected for it.
  const bool v5 = c.version == Version::v5;
  if (packet.qos == 2 && !v5) take_incoming(*c.session, {.packet_id = packet.packet_id});
  pending_ack(c, {.commit = 0,
                  .packet_id = packet.packet_id,
                  .type = packet.qos == 1 ? PacketType::puback : PacketType::pubrec,
                  .code = v5 ? Code::not_authorized : Code::success});
}

Code Broker::on_pubrel(Connection& c, const Frame& frame) {
  Acknowledgement packet;
  if (const auto code = parse_acknowledgement(frame, c.version, packet); code != Code::success) return code;
  auto& s = *c.session;
  bool wait = false;
  if (const auto found = find_incoming(s, packet.packet_id); found != s.incoming.end()) {
    const auto incoming = std::move(*found);
    s.incoming.erase(found);
    // The id may be used again once PUBCOMP is out: then the store must have forgotten it.
    wait = durable(s);
    if (wait) journal_.append({.kind = Change::Kind::drop_inbound, .session = s.number, .number = packet.packet_id});
    if (const auto& message = incoming.message) {
      s.held_bytes -= message->size();
      hand_on(message, &s);
      wait = wait || is_kept(*message);
      if (incoming.stored) unkeep(*message);
    }
  }
  // Unknown: its PUBCOMP was lost.
  pending_ack(c,
              {.commit = wait ? journal_.gathering() : 0, .packet_id = packet.packet_id, .type = PacketType::pubcomp});
  return Code::success;
}

void Broker::take_incoming(Session& s, Incoming incoming) {
  if (incoming.message) s.held_bytes += incoming.message->size();
  keep_incoming(s, s.incoming.emplace_back(std::move(incoming)));
}

void Broker::keep_incoming(Session& s, Incoming& incoming) {
  if (!durable(s)) return;
  incoming.stored = static_cast<bool>(incoming.message);
  if (incoming.stored) keep(*incoming.message);
  journal_.append({.kind = Change::Kind::put_inbound,
                   .session = s.number,
                   .message = incoming.stored ? incoming.message->stored_number : 0,
                   .number = incoming.packet_id});
}

void Broker::publish_will(Session& s) {
  if (!s.will) return;
  auto message = s.will->message;
  s.will_due_ns = 0;
  if (message->expires_ms < 0) {
    message = make_message({.topic = message->topic(),
                            .payload = message->payload(),
                            .forward = message->forward(),
                            .qos = message->qos,
                            .retain = message->retain,
                            .durable = message->durable,
                            .expires_ms = clock_.now().ms() - message->expires_ms});
  }
  if (publish_right(s.principal.role, message->topic()) == PublishRight::telemetry) {
    counters_.telemetry++;
    handler_.telemetry(s.principal,
                       {.topic = message->topic(), .payload = message->payload(), .client_id = s.client_id}, {});
  } else {
    hand_on(message, nullptr);
  }
  replace_will(s, nullptr);
}

/// Wills of the bus survive the program; those of devices do not: a restart is not their death.
void Broker::replace_will(Session& s, std::unique_ptr<Will> will) {
  if (s.will && s.will->stored) {
    journal_.append({.kind = Change::Kind::drop_will, .session = s.number});
    unkeep(*s.will->message);
  }
  s.will = std::move(will);
  if (!s.will || !journal_.enabled() || s.principal.role != Principal::Role::bus) return;
  s.will->stored = true;
  keep(*s.will->message);
  journal_.append({.kind = Change::Kind::put_will,
                   .token = s.principal.token,
                   .session = s.number,
                   .message = s.will->message->stored_number,
                   .number = s.will->delay,
                   .text = s.key,
                   .second = s.client_id});
}

}  // namespace qala::mqtt
