#include <algorithm>
#include <cstring>
#include <utility>

#include "mqtt/broker.h"

namespace qala::mqtt {
namespace {

std::string packed(const std::vector<std::uint32_t>& identifiers) {
  std::string out(identifiers.size() * 4, '\0');
  if (!out.empty()) std::memcpy(out.data(), identifiers.data(), out.size());
  return out;
}

}  // namespace

bool Broker::route(std::string_view match_topic, const MessagePtr& message, const Session* from) {
  matches_.clear();
  tree_.match(match_topic, matches_);
  if (matches_.empty()) return false;
  // Overlapping subscriptions of one session become one message with the highest QoS and all identifiers.
  round_++;
  receivers_.clear();
  for (const auto& match : matches_) {
    auto& s = *match.session;
    if (match.options.no_local && &s == from) continue;
    if (s.match_round != round_) {
      s.match_round = round_;
      s.match_index = static_cast<std::uint32_t>(receivers_.size());
      receivers_.push_back({.session = &s, .identifiers = {}});
    }
    auto& receiver = receivers_[s.match_index];
    receiver.qos = std::max(receiver.qos, match.options.qos);
    receiver.retain_as_published |= match.options.retain_as_published;
    if (match.identifier) receiver.identifiers.push_back(match.identifier);
  }
  for (const auto& receiver : receivers_) {
    deliver(*receiver.session, message, std::min(receiver.qos, message->qos),
            message->retain && receiver.retain_as_published, receiver.identifiers);
  }
  return true;
}

void Broker::deliver(Session& s, const MessagePtr& message, std::uint8_t qos, bool retain,
                     const std::vector<std::uint32_t>& identifiers) {
  if (qos == 0) {
    auto* c = s.connection;
    if (!c) return;
    if (c->out.size() - c->sent > limits_.output_bytes) {
      counters_.dropped_slow++;
      return;
    }
    send(*c, message,
         {.qos = 0, .retain = retain, .identifiers = identifiers.data(), .identifier_count = identifiers.size()});
    return;
  }
  const auto size = message->size();
  if (s.out.size() >= limits_.queued_messages || s.queued_bytes + size > limits_.queued_bytes) {
    counters_.dropped_full++;
    return;
  }
  s.queued_bytes += size;
  auto& entry = s.out.push_back({.message = message, .identifiers = identifiers, .qos = qos, .retain = retain});
  if (durable(s) && message->durable) {
    keep(*message);
    entry.stored = true;
    entry.stored_at = journal_.append({.kind = Change::Kind::put_queued,
                                       .qos = qos,
                                       .retain = retain,
                                       .session = s.number,
                                       .message = message->stored_number,
                                       .number = s.first + s.out.size() - 1,
                                       .third = packed(identifiers)});
  }
  if (s.connection) pump(s);
}

void Broker::pump(Session& s) {
  auto* c = s.connection;
  if (!c || c->state != Connection::State::open) return;
  while (s.unsent < s.out.size() && s.inflight < c->receive_maximum && c->out.size() - c->sent < limits_.output_bytes) {
    auto& entry = s.out[s.unsent];
    // A crash that forgot it would give its id to another message, which the client would take for this one.
    if (entry.qos == 2 && entry.stored_at.batch > journal_.committed()) return wait_for_commit(*c);
    const auto index = s.unsent++;
    if (entry.state == Outgoing::State::done) continue;
    const auto id = Session::packet_id(s.first + index);
    if (entry.state == Outgoing::State::released) {
      s.inflight++;
      pending_ack(*c, {.commit = 0, .packet_id = id, .type = PacketType::pubrel});
      continue;
    }
    const auto sent = send(*c, entry.message,
                           {.packet_id = id,
                            .qos = entry.qos,
                            .duplicate = entry.duplicate,
                            .retain = entry.retain,
                            .identifiers = entry.identifiers.data(),
                            .identifier_count = entry.identifiers.size()});
    if (sent == Sent::yes) {
      s.inflight++;
      entry.state = Outgoing::State::sent;
    } else {
      s.inflight++;  // finish() takes it off again
      finish(s, index);
    }
  }
}

/// There is room again.
void Broker::go_on(Session& s) {
  pump(s);
  if (s.connection) send_retained(*s.connection);
}

Broker::Sent Broker::send(Connection& c, const MessagePtr& message, Delivery d) {
  if (message->expires_ms) {
    const auto left = std::max<std::int64_t>(0, message->expires_ms - clock_.now().ms());
    if (left == 0 && !d.duplicate) {  // what the client may have had is sent again [MQTT-4.4.0-1]
      counters_.expired++;
      return Sent::expired;
    }
    d.has_expiry = true;
    d.expiry_seconds = static_cast<std::uint32_t>((left + 999) / 1000);
  }
  d.topic = message->topic();
  d.payload = message->payload();
  d.forward = message->forward();
  bool new_alias = false;
  if (c.alias_maximum && c.version == Version::v5) {
    if (!c.aliases) c.aliases = std::make_unique<TopicAliases>();
    auto& aliases = c.aliases->to_client;
    const auto found = aliases.find(std::string(d.topic));
    if (found != aliases.end()) {
      d.topic = {};
      d.topic_alias = found->second;
    } else if (aliases.size() < c.alias_maximum) {
      d.topic_alias = static_cast<std::uint16_t>(aliases.size() + 1);
      new_alias = true;
    }
  }
  const auto fits = [&] { return !c.maximum_packet || publish_size(c.version, d) <= c.maximum_packet; };
  if (new_alias && !fits()) {  // an alias in its first packet is three bytes more
    d.topic_alias = 0;
    new_alias = false;
  }
  if (!fits()) {
    counters_.dropped_large++;
    return Sent::too_large;
  }
  if (new_alias) c.aliases->to_client.emplace(d.topic, d.topic_alias);
  write_publish(c.out, c.version, d);
  counters_.delivered++;
  transport_.wake(c);
  return Sent::yes;
}

void Broker::finish(Session& s, std::size_t index) {
  auto& entry = s.out[index];
  s.inflight--;
  s.queued_bytes -= entry.message->size();
  if (entry.stored) {
    if (!journal_.cancel(entry.stored_at)) {
      journal_.append({.kind = Change::Kind::drop_queued, .session = s.number, .number = s.first + index});
    }
    unkeep(*entry.message);
  }
  entry = Outgoing();
  entry.state = Outgoing::State::done;
  while (!s.out.empty() && s.out.front().state == Outgoing::State::done) {
    s.out.pop_front();
    s.first++;
    if (s.unsent) s.unsent--;
  }
}

void Broker::requeue(Session& s) {
  s.sent_to = std::max(s.sent_to, s.first + s.unsent);
  for (std::size_t i = 0; i < s.unsent; i++) {
    auto& entry = s.out[i];
    if (entry.state != Outgoing::State::sent) continue;
    entry.state = Outgoing::State::queued;
    entry.duplicate = true;
  }
  s.unsent = 0;
  s.inflight = 0;
}

Code Broker::on_puback(Connection& c, const Frame& frame) {
  Acknowledgement packet;
  if (const auto code = parse_acknowledgement(frame, c.version, packet); code != Code::success) return code;
  auto& s = *c.session;
  const auto index = s.find(packet.packet_id);
  if (index >= s.unsent || s.out[index].state == Outgoing::State::done) return Code::success;
  if (s.out[index].qos != 1) return hang_up(c), Code::success;
  finish(s, index);
  go_on(s);
  return Code::success;
}

Code Broker::on_pubrec(Connection& c, const Frame& frame) {
  Acknowledgement packet;
  if (const auto code = parse_acknowledgement(frame, c.version, packet); code != Code::success) return code;
  auto& s = *c.session;
  const auto index = s.find(packet.packet_id);
  const bool known = index < s.unsent && s.out[index].qos == 2 && s.out[index].state != Outgoing::State::done;
  if (index < s.unsent && s.out[index].qos == 1 && s.out[index].state == Outgoing::State::sent) {
    return hang_up(c), Code::success;
  }
  if (known && is_error(packet.code)) {
    finish(s, index);
    go_on(s);
    return Code::success;
  }
  std::uint64_t commit = 0;
  if (known) {
    auto& entry = s.out[index];
    entry.state = Outgoing::State::released;
    // Once PUBREL is out the client may forget the id: the store must know that this message is not to be sent again.
    if (entry.stored) {
      journal_.append({.kind = Change::Kind::set_released, .session = s.number, .number = s.first + index});
      commit = journal_.gathering();
    }
  }
  pending_ack(c, {.commit = commit,
                  .packet_id = packet.packet_id,
                  .type = PacketType::pubrel,
                  .code = known ? Code::success : Code::packet_identifier_not_found});
  return Code::success;
}

Code Broker::on_pubcomp(Connection& c, const Frame& frame) {
  Acknowledgement packet;
  if (const auto code = parse_acknowledgement(frame, c.version, packet); code != Code::success) return code;
  auto& s = *c.session;
  const auto index = s.find(packet.packet_id);
  if (index >= s.unsent || s.out[index].state == Outgoing::State::done) return Code::success;
  if (s.out[index].state != Outgoing::State::released) return hang_up(c), Code::success;
  finish(s, index);
  go_on(s);
  return Code::success;
}

}  // namespace qala::mqtt
