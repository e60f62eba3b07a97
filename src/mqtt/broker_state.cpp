#include <algorithm>
#include <cstring>
#include <unordered_set>
#include <utility>

#include <fmt/core.h>

#include "base/log.h"
#include "mqtt/broker.h"
#include "mqtt/topic.h"

namespace qala::mqtt {

/// Devices of different tokens may use the same client id without meeting each other's sessions.
std::string Broker::session_key(TokenId token, std::string_view client_id) {
  return fmt::format("{}/{}", token.value, client_id);
}

std::vector<Session*> Broker::sessions_of(TokenId token) {
  std::vector<Session*> found;
  const auto beginning = session_key(token, {});
  for (auto at = sessions_.lower_bound(beginning); at != sessions_.end() && at->first.starts_with(beginning); ++at) {
    found.push_back(at->second.get());
  }
  return found;
}

/// Ends a session without a connection before its time.
void Broker::give_up(Session& s) {
  publish_will(s);
  erase_session(s);
}

Session& Broker::make_session(std::string key, std::string client_id) {
  auto session = std::make_unique<Session>();
  auto& s = *session;
  s.number = next_session_++;
  s.key = std::move(key);
  s.client_id = std::move(client_id);
  by_number_[s.number] = &s;
  sessions_[s.key] = std::move(session);
  return s;
}

void Broker::erase_session(Session& s) {
  timers_.erase(&s);
  replace_will(s, nullptr);
  empty_session(s);
  by_number_.erase(s.number);
  sessions_.erase(std::string(s.key));
}

/// Subscriptions, queue and what it took end; in the store all of it.
void Broker::empty_session(Session& s) {
  for (const auto& [filter, details] : s.subscriptions) {
    const auto shared = split_shared(filter);
    tree_.remove(scope_filter(s, shared.filter), shared.group, &s);
  }
  for (std::size_t i = 0; i < s.out.size(); i++) {
    auto& entry = s.out[i];
    if (!entry.stored) continue;
    journal_.cancel(entry.stored_at);
    unkeep(*entry.message);
  }
  for (const auto& incoming : s.incoming) {
    if (incoming.stored) unkeep(*incoming.message);
  }
  if (s.stored) journal_.append({.kind = Change::Kind::drop_session, .session = s.number});
}

void Broker::leave_only_will(Session& s) {
  empty_session(s);
  s.subscriptions.clear();
  s.out.clear();
  s.incoming.clear();
  s.unsent = s.held_bytes = s.queued_bytes = 0;
  s.stored = false;
  s.ended = true;
  s.expires_ns = s.will_due_ns;
}

void Broker::schedule(Session& s) {
  timers_.erase(&s);
  s.deadline_ns = 0;
  if (s.connection) {
    s.expires_ns = s.will_due_ns = 0;
    return;
  }
  const auto will = s.will ? s.will_due_ns : 0;
  s.deadline_ns = will && s.expires_ns ? std::min(will, s.expires_ns) : std::max(will, s.expires_ns);
  if (s.deadline_ns) timers_.insert(&s);
}

void Broker::run_timers() {
  while (!timers_.empty() && (*timers_.begin())->deadline_ns <= now_ns_) {
    auto& s = **timers_.begin();
    const bool over = s.expires_ns && s.expires_ns <= now_ns_;
    if (s.will && (over || s.will_due_ns <= now_ns_)) publish_will(s);
    if (over) erase_session(s);
    else schedule(s);
  }
}

bool Broker::expired(const Message& message) const {
  return message.expires_ms && message.expires_ms <= clock_.now().ms();
}

std::string Broker::scoped(TokenId token, std::string_view topic) {
  return fmt::format("\x01{}/{}", token.value, topic);
}

std::string Broker::scope_filter(const Session& s, std::string_view filter) const {
  if (s.principal.role == Principal::Role::bus) return std::string(filter);
  return scoped(s.principal.token, filter);
}

void Broker::keep(Message& message) {
  if (message.stored_references++ > 0) return;
  message.stored_number = next_message_++;
  message.stored_at = journal_.append({.kind = Change::Kind::put_message,
                                       .qos = message.qos,
                                       .retain = message.retain,
                                       .message = message.stored_number,
                                       .at = message.expires_ms,
                                       .text = std::string(message.topic()),
                                       .second = std::string(message.payload()),
                                       .third = std::string(message.forward())});
}

void Broker::unkeep(Message& message) {
  if (--message.stored_references > 0) return;
  if (journal_.cancel(message.stored_at)) return;
  journal_.append({.kind = Change::Kind::drop_message, .message = message.stored_number});
}

void Broker::set_retained(const MessagePtr& message) {
  const auto topic = message->topic();
  const auto found = retained_.find(topic);
  const bool durable_topic = journal_.enabled() && message->durable;
  if (message->payload().empty()) {
    if (found == retained_.end()) return;
    if (found->second->stored_references) {
      journal_.append({.kind = Change::Kind::drop_retained, .text = std::string(topic)});
      unkeep(*found->second);
    }
    retained_bytes_ -= found->second->size();
    retained_.erase(found);
    return;
  }
  const auto before = found == retained_.end() ? 0 : found->second->size();
  const bool too_many = found == retained_.end() && retained_.size() >= limits_.retained;
  if (too_many || (message->size() > before && retained_bytes_ - before + message->size() > limits_.retained_bytes)) {
    counters_.dropped_full++;
    return;
  }
  if (durable_topic) {
    keep(*message);
    journal_.append(
        {.kind = Change::Kind::put_retained, .message = message->stored_number, .text = std::string(topic)});
  }
  retained_bytes_ += message->size() - before;
  if (found == retained_.end()) {
    retained_.emplace(topic, message);
    return;
  }
  if (durable_topic && found->second->durable) unkeep(*found->second);
  found->second = message;
}

void Broker::purge_retained() {
  constexpr int kAtOnce = 64;
  auto at = retained_.lower_bound(purged_to_);
  for (int i = 0; i < kAtOnce && at != retained_.end(); i++) {
    if (!expired(*at->second)) {
      ++at;
      continue;
    }
    counters_.expired++;
    if (at->second->stored_references) {
      journal_.append({.kind = Change::Kind::drop_retained, .text = at->first});
      unkeep(*at->second);
    }
    retained_bytes_ -= at->second->size();
    at = retained_.erase(at);
  }
  purged_to_ = at == retained_.end() ? std::string() : at->first;
}

void Broker::store_session(const Session& s) {
  if (!durable(s)) return;
  journal_.append({.kind = Change::Kind::put_session,
                   .version = s.version,
                   .role = s.principal.role,
                   .token = s.principal.token,
                   .session = s.number,
                   .number = s.expiry,
                   .sent = s.sent_to,
                   .at = s.gone_ms,
                   .text = s.key,
                   .second = s.client_id});
}

void Broker::restore(const StoredState& state) {
  std::unordered_map<std::uint64_t, MessagePtr> messages;
  std::vector<Session*> over;
  const auto session_of = [&](const Change& change) {
    const auto found = by_number_.find(change.session);
    return found == by_number_.end() ? nullptr : found->second;
  };
  now_ns_ = clock_.monotonic_ns();
  for (const auto& change : state.changes) {
    auto* s = session_of(change);
    switch (change.kind) {
      case Change::Kind::put_session: restore_session(change, over); break;
      case Change::Kind::put_subscription:
        if (!s) break;
        s->subscriptions[change.text] = {change.options, static_cast<std::uint32_t>(change.number)};
        add_to_tree(*s, change.text, s->subscriptions[change.text]);
        break;
      case Change::Kind::put_message: {
        auto message = make_message({.topic = change.text,
                                     .payload = change.second,
                                     .forward = change.third,
                                     .qos = change.qos,
                                     .retain = change.retain,
                                     .durable = true,
                                     .expires_ms = change.at});
        message->stored_number = change.message;
        next_message_ = std::max(next_message_, change.message + 1);
        messages[change.message] = std::move(message);
        break;
      }
      case Change::Kind::put_queued:
        if (s) restore_queued(*s, change, messages[change.message]);
        break;
      case Change::Kind::set_released:
        if (s) restore_released(*s, change.number);
        break;
      case Change::Kind::put_inbound:
        if (s) restore_incoming(*s, change, messages[change.message]);
        break;
      case Change::Kind::put_will: restore_will(change, messages[change.message]); break;
      case Change::Kind::put_retained:
        if (auto& message = messages[change.message]) {
          message->stored_references++;
          retained_bytes_ += message->size();
          retained_[change.text] = message;
        }
        break;
      default: break;
    }
  }
  for (auto* s : over) end_restored(*s);
  // Messages that nothing points to: left behind by a store of which a part was lost.
  for (auto& [number, message] : messages) {
    if (message && message->stored_references == 0) {
      journal_.append({.kind = Change::Kind::drop_message, .message = number});
    }
  }
  journal_.flush();
}

void Broker::keep_only(std::span<const TokenId> tokens) {
  const std::unordered_set<TokenId> good(tokens.begin(), tokens.end());
  std::vector<Session*> over;
  for (const auto& [key, session] : sessions_) {
    const TokenId token = session->principal.token;
    if (token && !good.contains(token)) over.push_back(session.get());
  }
  for (auto* s : over) erase_session(*s);
  if (!over.empty()) log::info("mqtt sessions of withdrawn tokens ended", {{"count", over.size()}});
  journal_.flush();
}

void Broker::restore_session(const Change& change, std::vector<Session*>& over) {
  next_session_ = change.session;
  auto& s = make_session(change.text, change.second);
  s.principal.role = change.role;
  s.principal.token = change.token;
  s.version = change.version;
  s.expiry = static_cast<std::uint32_t>(change.number);
  s.stored = true;
  s.first = s.sent_to = change.sent;
  s.cut_off = change.at == 0;
  const auto now_ms = clock_.now().ms();
  s.gone_ms = change.at ? change.at : now_ms;
  const auto left = std::max<std::int64_t>(0, s.gone_ms + std::int64_t{s.expiry} * 1000 - now_ms);
  if (s.expiry != 0xffffffff) s.expires_ns = now_ns_ + left * 1'000'000;
  if (left == 0) over.push_back(&s);
  else schedule(s);
}

/// Who does not come back soon after a start was cut off by the end before it.
void Broker::restore_will(const Change& change, const MessagePtr& message) {
  if (!message) return;
  const auto found = by_number_.find(change.session);
  const bool alone = found == by_number_.end();
  if (alone && sessions_.contains(change.text)) return;  // a later session of this client: the will is not its own
  if (alone) {
    const auto next = std::exchange(next_session_, change.session);
    make_session(change.text, change.second);
    next_session_ = std::max(next, next_session_);
  }
  auto& s = *by_number_[change.session];
  s.principal.role = Principal::Role::bus;
  s.principal.token = change.token;
  message->stored_references++;
  s.will = std::make_unique<Will>(message, static_cast<std::uint32_t>(change.number), true);
  const auto wait_s = std::max(s.will->delay, limits_.will_grace);
  s.will_due_ns = now_ns_ + std::int64_t{wait_s} * Instant::kSecond;
  if (!alone) return schedule(s);
  s.ended = true;
  s.expires_ns = s.will_due_ns;
  schedule(s);
}

/// A session that ran out while the program was down.
void Broker::end_restored(Session& s) {
  if (!s.will) return erase_session(s);
  leave_only_will(s);
  schedule(s);
}

void Broker::restore_incoming(Session& s, const Change& change, const MessagePtr& message) {
  Incoming incoming{.packet_id = static_cast<std::uint16_t>(change.number)};
  if (change.message && message) {
    message->stored_references++;
    s.held_bytes += message->size();
    incoming.message = message;
    incoming.stored = true;
  }
  s.incoming.push_back(std::move(incoming));
}

void Broker::restore_queued(Session& s, const Change& change, const MessagePtr& message) {
  if (!message) return;
  if (s.out.empty()) s.first = change.number;
  // Positions between were done before: they keep the packet ids of the others in place.
  while (s.first + s.out.size() < change.number) {
    s.out.push_back(Outgoing()).state = Outgoing::State::done;
  }
  std::vector<std::uint32_t> identifiers(change.third.size() / 4);
  if (!identifiers.empty()) std::memcpy(identifiers.data(), change.third.data(), identifiers.size() * 4);
  if (s.cut_off) s.sent_to = std::max(s.sent_to, change.number + 1);
  message->stored_references++;
  s.queued_bytes += message->size();
  s.out.push_back({.message = message,
                   .identifiers = std::move(identifiers),
                   .qos = change.qos,
                   .retain = change.retain,
                   .duplicate = change.number < s.sent_to,
                   .stored = true});
}

void Broker::restore_released(Session& s, std::uint64_t position) {
  const auto index = position - s.first;
  if (index < s.out.size()) s.out[index].state = Outgoing::State::released;
}

void Broker::publish(std::string_view topic, std::string_view payload, bool retain, std::uint8_t qos) {
  const auto message = make_message({.topic = topic, .payload = payload, .qos = qos, .retain = retain});
  if (retain) set_retained(message);
  route(topic, message, nullptr);
}

void Broker::publish_to(TokenId token, std::string_view topic, std::string_view payload, std::uint8_t qos) {
  const auto message = make_message({.topic = topic, .payload = payload, .qos = qos});
  route(scoped(token, topic), message, nullptr);
}

}  // namespace qala::mqtt
