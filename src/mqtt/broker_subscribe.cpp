#include <string_view>
#include <unordered_map>
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
  std::vector<const SubscribeEntry*> with_retained;  // once a filter, however often it is named
  std::unordered_map<std::string_view, std::size_t> places;
  for (const auto& entry : packet.entries) {
    bool existed = false;
    const auto code = subscribe(c, entry, packet.identifier, existed);
    if (code == Code::topic_filter_invalid) return Code::malformed_packet;
    codes.push_back(code);
    const auto handling = entry.options.retain_handling;
    if (is_error(code) || entry.filter.starts_with("$share/")) continue;
    const auto place = places.find(entry.filter);
    if (place != places.end()) {
      with_retained[place->second] = &entry;
    } else if (handling == 0 || (handling == 1 && !existed)) {
      places.emplace(entry.filter, with_retained.size());
      with_retained.push_back(&entry);
    }
  }
  std::string answer;
  write_suback(answer, c.version, packet.packet_id, codes);
  answer_later(c, std::move(answer));
  for (const auto* entry : with_retained) {
    if (!c.over()) send_retained(c, *entry, packet.identifier);
  }
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

void Broker::send_retained(Connection& c, const SubscribeEntry& entry, std::uint32_t identifier) {
  auto& s = *c.session;
  if (s.principal.role != Principal::Role::bus) return;  // nothing is retained on their topics
  std::vector<std::uint32_t> identifiers;
  if (identifier) identifiers.push_back(identifier);
  const auto give = [&](const MessagePtr& message) {
    if (expired(*message)) return;
    deliver(s, message, std::min(entry.options.qos, message->qos), true, identifiers, true);
  };
  const auto wildcard = entry.filter.find_first_of("+#");
  if (wildcard == std::string_view::npos) {
    const auto found = retained_.find(entry.filter);
    if (found != retained_.end()) give(found->second);
    return;
  }
  // Topics are in order: those with the filter's plain beginning stand together. "a/#" covers "a" as well.
  auto beginning = entry.filter.substr(0, wildcard);
  if (beginning.ends_with('/')) beginning.remove_suffix(1);
  for (auto at = retained_.lower_bound(beginning); at != retained_.end() && at->first.starts_with(beginning); ++at) {
    if (topic_matches(entry.filter, at->first)) give(at->second);
  }
}

}  // namespace qala::mqtt
