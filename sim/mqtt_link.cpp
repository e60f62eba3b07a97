#include "sim/mqtt_link.h"

#include <algorithm>

#include "sim/mqtt_packets.h"

namespace qala::sim {

namespace {

constexpr std::chrono::milliseconds kConnectWait{2000}, kLongestBackoff{10'000};
constexpr std::uint8_t kConnack = 2, kPuback = 4;

}  // namespace

void MqttLink::advance(Time now) {
  if (broken_) drop(now);
  if (held_) return;
  if (state_ == State::down) {
    if (now >= next_try_) connect(now);
    return;
  }
  const bool expects = state_ == State::asked || !waiting_.empty();
  if (now - last_heard_ > kKeepAlive + kAnswerWithin ||
      (expects && now - std::max(last_heard_, last_sent_) > kAnswerWithin)) {
    drop(now);
  } else if (state_ == State::up && now - last_sent_ > kKeepAlive / 2) {
    send(kPing);
    last_sent_ = now;
  }
}

void MqttLink::connect(Time now) {
  auto socket = Socket::connect(server_, kConnectWait);
  if (!socket) return drop(now);
  socket_ = std::move(*socket);
  input_.clear();
  state_ = State::asked;
  last_heard_ = last_sent_ = now;
  send(connect_packet(who_.client_id, who_.user_name, static_cast<std::uint16_t>(kKeepAlive.count()), false));
}

void MqttLink::received(Time now) {
  if (!socket_.open()) return;
  if (!socket_.read_some(input_)) return drop(now);
  last_heard_ = now;
  for (;;) {
    const auto packet = first_packet(input_);
    if (!packet) return drop(now);
    if (!*packet) return;
    const auto [type, body, size] = **packet;
    if (type == kConnack && body.size() >= 2) welcomed(body[1] == 0);
    if (type == kPuback && body.size() >= 2) taken(big_endian(body));
    if (broken_) return drop(now);
    input_.erase(0, size);
  }
}

void MqttLink::welcomed(bool accepted) {
  if (!accepted) {
    refused_++;
    backoff_ = kLongestBackoff;
    broken_ = true;
    return;
  }
  state_ = State::up;
  backoff_ = std::chrono::milliseconds(250);
  for (Waiting& message : waiting_) {
    mark_repeated(message.packet);
    repeated_++;
    send(message.packet);
  }
}

void MqttLink::publish(std::string_view topic, std::string_view payload) {
  const std::uint16_t id = next_id_;
  next_id_ = next_id_ == 0xffff ? 1 : static_cast<std::uint16_t>(next_id_ + 1);
  waiting_.push_back({id, publish_packet(topic, payload, id)});
  send(waiting_.back().packet);
  last_sent_ = std::chrono::steady_clock::now();
}

void MqttLink::taken(std::uint16_t id) {
  const auto found = std::find_if(waiting_.begin(), waiting_.end(), [id](const Waiting& w) { return w.id == id; });
  if (found == waiting_.end()) return;
  waiting_.erase(found);
  acknowledged_++;
  lives_without_ack_ = 0;
}

void MqttLink::hold() {
  if (held_) return;
  held_ = true;
  if (up()) send(kDisconnect);
  socket_.close();
  state_ = State::down;
}

void MqttLink::drop(Time now) {
  if (up() && !waiting_.empty() && ++lives_without_ack_ >= kLives) {
    waiting_.pop_front();
    given_up_++;
    lives_without_ack_ = 0;
  }
  socket_.close();
  state_ = State::down;
  broken_ = false;
  next_try_ = now + backoff_;
  backoff_ = std::min(2 * backoff_, kLongestBackoff);
}

void MqttLink::send(std::string_view bytes) {
  if (socket_.open() && !socket_.write_all(bytes)) broken_ = true;
}

}  // namespace qala::sim
