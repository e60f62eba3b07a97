#include <algorithm>
#include <string_view>
#include <utility>

#include "mqtt/access_rules.h"
#include "mqtt/broker.h"
#include "mqtt/topic.h"

namespace qala::mqtt {

void Broker::add_to_tree(Session& s, const std::string& filter, const SubscriptionDetails& details) {
  const auto shared = split_shared(filter);
  tree_.put(scope_filter(s, shared.filter), shared.group, {&s, details.options, details.identifier});
}

Code Broker::subscribe(Connection& c, const SubscribeEntry& entry, std::uint32_t identifier, bool& existed) {
  auto& s = *c.session;
  if (!valid_topic_filter(entry.filter)) return Code::topic_filter_invalid;
  if (!may_subscribe(s.principal.role, split_shared(entry.filter).filter)) {
    counters_.refused_subscriptions++;
    return Code::not_authorized;
  }
  const auto found = s.subscriptions.find(entry.filter);
  existed = found != s.subscriptions.end();
  if (!existed && s.subscriptions.size() >= limits_.subscriptions) return Code::quota_exceeded;
  const SubscriptionDetails details{entry.options, identifier};
  const std::string filter(entry.filter);
  s.subscriptions[filter] = details;
  add_to_tree(s, filter, details);
  if (durable(s)) {
    journal_.append({.kind = Change::Kind::put_subscription,
                     .options = entry.options,
                     .session = s.number,
                     .number = identifier,
                     .text = filter});
  }
  return static_cast<Code>(entry.options.qos);
}

Code Broker::on_subscribe(Connection& c, const Frame& frame) {
  Subscribe packet;
  if (const auto code = parse_subscribe(frame, c.version, packet); code != Code::success) return code;
  std::vector<Code> codes;
  for (const auto& entry : packet.entries) {
    bool existed = false;
    const auto code = subscribe(c, entry, packet.identifier, existed);
    if (code == Code::topic_filter_invalid) return Code::malformed_packet;
    codes.push_back(code);
    const auto handling = entry.options.retain_handling;
    // Nothing is retained on the topics of devices. A filter that is named again walks once, from the beginning.
    const bool walks = !is_error(code) && c.session->principal.role == Principal::Role::bus &&
                       !entry.filter.starts_with("$share/") && (handling == 0 || (handling == 1 && !existed));
    if (walks) {
      c.walks.insert_or_assign(std::string(entry.filter),
                               RetainedWalk{.qos = entry.options.qos, .identifier = packet.identifier});
    }
  }
  std::string answer;
  write_suback(answer, c.version, packet.packet_id, codes);
  answer_later(c, std::move(answer));
  send_retained(c);
  return Code::success;
}

Code Broker::on_unsubscribe(Connection& c, const Frame& frame) {
  Unsubscribe packet;
  if (const auto code = parse_unsubscribe(frame, c.version, packet); code != Code::success) return code;
  auto& s = *c.session;
  std::vector<Code> codes;
  for (const auto filter : packet.filters) {
    const auto found = s.subscriptions.find(filter);
    if (found == s.subscriptions.end()) {
      if (!valid_topic_filter(filter)) return Code::malformed_packet;
      codes.push_back(Code::no_subscription_existed);
      continue;
    }
    s.subscriptions.erase(found);
    if (const auto walk = c.walks.find(filter); walk != c.walks.end()) c.walks.erase(walk);
    const auto shared = split_shared(filter);
    tree_.remove(scope_filter(s, shared.filter), shared.group, &s);
    if (durable(s)) {
      journal_.append({.kind = Change::Kind::drop_subscription, .session = s.number, .text = std::string(filter)});
    }
    codes.push_back(Code::success);
  }
  std::string answer;
  write_unsuback(answer, c.version, packet.packet_id, codes);
  answer_later(c, std::move(answer));
  return Code::success;
}

void Broker::answer_later(Connection& c, std::string packet) {
  const bool wait = durable(*c.session);
  if (!wait && c.acks.empty()) {
    c.out.append(packet);
    return transport_.wake(c);
  }
  pending_ack(c, {.commit = wait ? journal_.gathering() : 0,
                  .packet = std::make_unique<std::string>(std::move(packet)),
                  .type = PacketType::suback});
}

/// As much as there is room for; the rest follows when there is (go_on).
void Broker::send_retained(Connection& c) {
  while (!c.over() && !c.walks.empty() && walk(c, c.walks.begin()->first, c.walks.begin()->second)) {
    c.walks.erase(c.walks.begin());
  }
}

/// Half of a queue is left to what is published meanwhile.
bool Broker::has_room(const Connection& c, std::uint8_t qos, const Message& message) const {
  if (qos == 0) return c.out.size() - c.sent < limits_.output_bytes;
  const auto& s = *c.session;
  return s.out.empty() ||
         (s.out.size() < limits_.queued_messages / 2 && s.queued_bytes + message.size() <= limits_.queued_bytes / 2);
}

/// False: there is no more room now.
bool Broker::walk(Connection& c, std::string_view filter, RetainedWalk& walk) {
  std::vector<std::uint32_t> identifiers;
  if (walk.identifier) identifiers.push_back(walk.identifier);
  // Topics are in order: those with the filter's plain beginning stand together. "a/#" covers "a" as well.
  const auto wildcard = filter.find_first_of("+#");
  const bool plain = wildcard == std::string_view::npos;
  auto beginning = filter.substr(0, wildcard);
  if (!plain && beginning.ends_with('/')) beginning.remove_suffix(1);
  for (auto at = retained_.lower_bound(std::max(beginning, std::string_view(walk.next)));
       at != retained_.end() && (plain ? at->first == beginning : at->first.starts_with(beginning)); ++at) {
    const auto& message = at->second;
    if (expired(*message) || !topic_matches(filter, at->first)) continue;
    const auto qos = std::min(walk.qos, message->qos);
    if (!has_room(c, qos, *message)) {
      walk.next = at->first;
      return false;
    }
    deliver(*c.session, message, qos, true, identifiers);
  }
  return true;
}

}  // namespace qala::mqtt
