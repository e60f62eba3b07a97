#include "mqtt/broker.h"

#include <algorithm>
#include <utility>

namespace qala::mqtt {

Broker::Broker(Handler& handler, Transport& transport, const Limits& limits, const Clock& clock, Random& random)
    : handler_(handler),
      transport_(transport),
      limits_(limits),
      clock_(clock),
      random_(random),
      now_ns_(clock.monotonic_ns()) {}

Broker::~Broker() = default;

void Broker::use_store(SessionStore& store, Worker& worker, Journal::Hooks hooks) {
  hooks.committed = [this] { committed(); };
  hooks.failed = [this] { counters_.store_failures++; };
  journal_ = Journal(store, worker, std::move(hooks));
}

Connection* Broker::open(std::string peer, bool anonymous_listener) {
  if (counters_.connections >= limits_.connections) {
    counters_.refused_limits++;
    return nullptr;
  }
  if (free_slots_.empty()) {
    free_slots_.push_back(static_cast<std::uint32_t>(connections_.size()));
    connections_.emplace_back();
  }
  const auto index = free_slots_.back();
  free_slots_.pop_back();
  auto& slot = connections_[index];
  slot.connection = std::make_unique<Connection>();
  auto& c = *slot.connection;
  c.id = {index, ++slot.generation};
  c.peer = std::move(peer);
  c.anonymous_listener = anonymous_listener;
  c.heard_ns = clock_.monotonic_ns();
  counters_.connections++;
  return &c;
}

Connection* Broker::find(ConnectionId id) {
  if (id.slot >= connections_.size() || connections_[id.slot].generation != id.generation) return nullptr;
  return connections_[id.slot].connection.get();
}

void Broker::lost(Connection& c) {
  now_ns_ = clock_.monotonic_ns();
  close(c, true);
  const auto slot = c.id.slot;
  connections_[slot].connection.reset();
  free_slots_.push_back(slot);
  counters_.connections--;
}

std::size_t Broker::packet_limit(const Connection& c) const {
  const bool bus = c.session && c.session->principal.role == Principal::Role::bus;
  return bus ? limits_.packet_bytes : limits_.telemetry_packet_bytes;
}

bool Broker::paused(const Connection& c) const {
  if (c.state == Connection::State::authenticating || c.throttled || c.stuffed) return true;
  if (crowded_ && c.session && c.session->principal.role == Principal::Role::bus) return true;
  // Version 5 clients know the receive maximum; of others no more is read until the oldest are answered.
  return c.acks.size() >= 2u * limits_.receive_maximum ||
         (c.version != Version::v5 && c.acks.size() >= limits_.receive_maximum);
}

std::size_t Broker::feed(Connection& c, std::string_view bytes) {
  now_ns_ = clock_.monotonic_ns();
  std::size_t done = 0;
  while (!c.over() && !paused(c)) {
    Frame frame;
    const auto status = next_frame(bytes.substr(done), frame);
    if (status == FrameStatus::malformed) {
      end(c, Code::malformed_packet);
      break;
    }
    if (frame.size > packet_limit(c)) {
      end(c, Code::packet_too_large);
      break;
    }
    if (status == FrameStatus::incomplete) break;
    if (frame.type == PacketType::publish && c.session) {
      const auto& principal = c.session->principal;
      if (principal.messages_per_second &&
          !rates_[principal.token.value].take(principal.messages_per_second, now_ns_)) {
        c.throttled = true;
        counters_.throttled++;
        break;
      }
    }
    c.heard_ns = c.read_ns = now_ns_;
    done += frame.size;
    if (const auto code = dispatch(c, frame); code != Code::success) {
      end(c, code);
      break;
    }
    c.stuffed = c.out.size() - c.sent > 2 * limits_.output_bytes;
  }
  counters_.bytes_in += done;
  return done;
}

Code Broker::dispatch(Connection& c, const Frame& frame) {
  if (c.state == Connection::State::new_born) {
    return frame.type == PacketType::connect ? on_connect(c, frame) : Code::protocol_error;
  }
  switch (frame.type) {
    case PacketType::publish: return on_publish(c, frame);
    case PacketType::puback: return on_puback(c, frame);
    case PacketType::pubrec: return on_pubrec(c, frame);
    case PacketType::pubrel: return on_pubrel(c, frame);
    case PacketType::pubcomp: return on_pubcomp(c, frame);
    case PacketType::subscribe: return on_subscribe(c, frame);
    case PacketType::unsubscribe: return on_unsubscribe(c, frame);
    case PacketType::disconnect: return on_disconnect(c, frame);
    case PacketType::pingreq:
      if (const auto code = parse_empty(frame); code != Code::success) return code;
      write_pingresp(c.out);
      transport_.wake(c);
      return Code::success;
    case PacketType::auth: return Code::protocol_error;
    default: return hang_up(c), Code::success;  // a second CONNECT, or what only a server sends
  }
}

void Broker::hang_up(Connection& c) {
  counters_.protocol_errors++;
  c.linger = true;
  close(c, true);
}

void Broker::end(Connection& c, Code code, bool with_will) {
  if (c.over()) return;
  const bool theirs = code == Code::malformed_packet || code == Code::protocol_error ||
                      code == Code::packet_too_large || code == Code::topic_alias_invalid ||
                      code == Code::receive_maximum_exceeded || code == Code::topic_name_invalid ||
                      code == Code::topic_filter_invalid;
  if (theirs) counters_.protocol_errors++;
  if (c.version == Version::v5 && c.state == Connection::State::open) write_disconnect(c.out, code, {});
  c.linger = true;
  close(c, with_will);
}

/// Until when the client had every answer that it was given: it still spoke long after that, and one that takes nothing
/// for so long gives the line up. Who need not speak says nothing of the line: 0.
Instant Broker::answered_until(const Connection& c) const {
  static constexpr std::int64_t kLeast = 2 * Instant::kMinute;
  if (!c.keep_alive) return {};
  const auto margin = std::max(kLeast, std::int64_t{c.keep_alive} * Instant::kSecond * 3 / 2);
  return {clock_.now().ns - (now_ns_ - c.read_ns) - margin};
}

void Broker::close(Connection& c, bool with_will) {
  if (c.over()) return;
  const bool was_open = c.state == Connection::State::open;
  c.state = Connection::State::closing;
  c.connecting.reset();
  transport_.wake(c);
  if (!was_open || !c.session) return;
  auto& s = *c.session;
  c.session = nullptr;
  s.connection = nullptr;
  s.answered_until = answered_until(c);
  const auto principal = s.principal;
  const auto client_id = s.client_id;
  requeue(s);
  s.gone_ms = clock_.now().ms();
  if (stopping_) store_session(s);
  else part(s, with_will);
  handler_.disconnected(principal, client_id);
}

/// The client is gone and the server stays: what becomes of session and will.
void Broker::part(Session& s, bool with_will) {
  if (!with_will) replace_will(s, nullptr);
  s.will_due_ns = s.will ? now_ns_ + std::int64_t{s.will->delay} * Instant::kSecond : 0;
  s.expires_ns = s.expiry == 0xffffffff ? 0 : now_ns_ + std::int64_t{s.expiry} * Instant::kSecond;
  const bool will_waits = s.will && s.will->delay > 0 && (s.expiry > 0 || s.keeps_will);
  if (s.will && !will_waits) publish_will(s);
  if (s.expiry == 0 && !will_waits) return erase_session(s);
  if (s.expiry == 0) leave_only_will(s);
  else store_session(s);
  schedule(s);
}

void Broker::pending_ack(Connection& c, PendingAck ack) {
  if (ack.type == PacketType::puback) c.unacknowledged++;
  c.acks.push_back(std::move(ack));
  drain(c);
}

void Broker::drain(Connection& c) {
  if (c.over()) return;
  const bool was_paused = paused(c);
  const auto before = c.out.size();
  while (!c.acks.empty()) {
    auto& ack = c.acks.front();
    if (ack.waiting) break;
    if (ack.commit > journal_.committed()) {
      wait_for_commit(c);
      break;
    }
    if (ack.packet) c.out.append(*ack.packet);
    else write_acknowledgement(c.out, c.version, ack.type, ack.packet_id, ack.code);
    if (ack.type == PacketType::puback) c.unacknowledged--;
    c.acks.pop_front();
    c.ack_base++;
  }
  if (c.out.size() != before) transport_.wake(c);
  if (was_paused && !paused(c)) transport_.resume(c);
}

void Broker::wait_for_commit(Connection& c) {
  if (!std::exchange(c.commit_waiter, true)) commit_waiters_.push_back(c.id);
}

void Broker::end_round() {
  journal_.flush();
  crowded_ = crowded_ || journal_.backlog() > limits_.unwritten_changes;
}

void Broker::committed() {
  now_ns_ = clock_.monotonic_ns();
  if (crowded_ && journal_.backlog() <= limits_.unwritten_changes) {
    crowded_ = false;
    each_connection([this](Connection& c) { transport_.resume(c); });
  }
  for (auto count = commit_waiters_.size(); count > 0; count--) {
    const auto id = commit_waiters_.front();
    commit_waiters_.pop_front();
    if (auto* c = find(id)) {
      c->commit_waiter = false;
      drain(*c);
      if (c->session && !c->over()) go_on(*c->session);
    }
  }
}

void Broker::drained(Connection& c) {
  if (c.session && !c.over()) go_on(*c.session);
  if (std::exchange(c.stuffed, false)) transport_.resume(c);
}

/// Since the last tick.
bool Broker::takes_some(Connection& c) {
  const auto left = c.out.size() - c.sent;
  return left < std::exchange(c.left, left);
}

/// How long the connection may stay silent, or take nothing of what it is sent; 0: for ever.
std::int64_t Broker::patience_ns(const Connection& c) const {
  if (c.keep_alive) return std::int64_t{c.keep_alive} * Instant::kSecond * 3 / 2;
  return c.stuffed ? std::int64_t{limits_.unread_s} * Instant::kSecond : 0;
}

void Broker::tick() {
  now_ns_ = clock_.monotonic_ns();
  for (auto& slot : connections_) {
    if (!slot.connection || slot.connection->over()) continue;
    auto& c = *slot.connection;
    const auto silent = now_ns_ - c.heard_ns;
    if (c.state != Connection::State::open) {
      if (silent > static_cast<std::int64_t>(limits_.unauthenticated_ms) * 1'000'000) {
        counters_.timed_out_unauthenticated++;
        close(c, false);
      }
    } else if (c.throttled) {
      c.heard_ns = now_ns_;  // it may have spoken: we do not listen
      c.throttled = false;
      transport_.resume(c);
    } else if (c.stuffed ? takes_some(c) : paused(c)) {
      c.heard_ns = now_ns_;
    } else if (const auto patience = patience_ns(c); patience && silent > patience) {
      counters_.timed_out_keep_alive++;
      end(c, Code::keep_alive_timeout);
    }
  }
  run_timers();
  purge_retained();
  journal_.flush();
}

void Broker::shut_down() {
  stopping_ = true;
  for (auto& slot : connections_) {
    if (!slot.connection || slot.connection->over()) continue;
    auto& c = *slot.connection;
    if (c.version == Version::v5 && c.state == Connection::State::open) {
      write_disconnect(c.out, Code::server_shutting_down, {});
    }
    close(c, false);
  }
  journal_.flush();
}

void Broker::drop(TokenId token) {
  for (auto& slot : connections_) {
    auto* c = slot.connection.get();
    if (c && c->session && c->session->principal.token == token) end(*c, Code::not_authorized);
  }
  for (auto* s : sessions_of(token)) give_up(*s);
}

const Counters& Broker::counters() {
  counters_.sessions = sessions_.size();
  counters_.queued = 0;
  for (const auto& [key, session] : sessions_) counters_.queued += session->out.size();
  counters_.subscriptions = tree_.size();
  counters_.retained = retained_.size();
  return counters_;
}

}  // namespace qala::mqtt
