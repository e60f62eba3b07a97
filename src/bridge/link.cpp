// A connection's life: opening, the loops, the waits, the end. What packets mean: link_packets.cpp.
#include "bridge/link.h"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

namespace qala::bridge {

namespace asio = boost::asio;
using asio::awaitable;
using mqtt::Code;
using mqtt::Version;

namespace {

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);
/// What may wait to be sent: acknowledgements and downlinks are small.
constexpr std::size_t kMostOutgoing = 1u << 20;
constexpr std::size_t kMostLetters = 64;

}  // namespace

Link::Link(asio::io_context& network, const Clock& clock, const Setup& setup, Version version, const Options& options,
           User& user)
    : network_(network),
      clock_(clock),
      setup_(setup),
      version_(version),
      options_(options),
      user_(user),
      transport_(network.get_executor(), setup),
      inbox_(options.window),
      tick_(network),
      room_(network),
      keep_alive_ns_(options.keep_alive_s * Instant::kSecond) {}

awaitable<End> Link::run() {
  const auto self = shared_from_this();
  stage_until_ns_ = clock_.monotonic_ns() + options_.patience_ns;
  running_++;
  asio::co_spawn(network_, watch(), asio::detached);
  co_await converse();
  end(End::Why::unreachable, "the connection was lost");
  asio::steady_timer moment(network_);
  while (running_ > 0) {
    moment.expires_after(std::chrono::milliseconds(2));
    co_await moment.async_wait(kTuple);
  }
  co_return end_;
}

awaitable<void> Link::converse() {
  const auto opened = co_await transport_.open();
  if (over()) co_return;
  if (!opened) {
    const bool ours = opened.error().kind == ErrorKind::denied || opened.error().kind == ErrorKind::invalid;
    end(ours ? End::Why::refused : End::Why::unreachable, opened.error().message);
    co_return;
  }
  stage_ = Stage::greeting;
  stage_until_ns_ = clock_.monotonic_ns() + options_.patience_ns;
  if (const auto greeted = greet(); !greeted) {
    end(End::Why::refused, greeted.error().message);
    co_return;
  }
  co_await read();
}

awaitable<void> Link::read() {
  std::array<char, 16 << 10> block{};
  while (!over()) {
    if (inbox_.full()) {
      // The broker is not read: it has to wait, as our disk makes us wait.
      full_until_ns_ = clock_.monotonic_ns() + options_.commit_patience_ns;
      room_.expires_at(asio::steady_timer::time_point::max());
      co_await room_.async_wait(kTuple);
      hear_again();
      in_.erase(0, handle_all(in_));
      continue;
    }
    const auto [ec, size] = co_await transport_.read_some(block.data(), block.size());
    if (over()) co_return;
    if (ec) co_return end(End::Why::unreachable, "the connection was lost: " + ec.message());
    std::string_view fresh(block.data(), size);
    const std::size_t gone = std::min(discard_, fresh.size());
    discard_ -= gone;
    fresh.remove_prefix(gone);
    in_.append(fresh);
    in_.erase(0, handle_all(in_));
  }
}

/// As long as nothing was read the broker could not keep its deadlines.
void Link::hear_again() {
  full_until_ns_ = 0;
  const std::int64_t until_ns = clock_.monotonic_ns() + options_.patience_ns;
  if (ping_until_ns_ > 0) ping_until_ns_ = until_ns;
  for (auto& [id, letter] : letters_) letter->until_ns = until_ns;
}

/// What was used up.
std::size_t Link::handle_all(std::string_view bytes) {
  std::size_t used = 0;
  while (!over() && !inbox_.full()) {
    mqtt::Frame frame;
    const auto rest = bytes.substr(used);
    const auto status = mqtt::next_frame(rest, frame);
    if (status == mqtt::FrameStatus::malformed) {
      end(End::Why::unreachable, "what the broker sends is not MQTT");
      break;
    }
    if (frame.size > options_.most_bytes) {
      const std::size_t taken = on_large(rest, frame);
      if (taken == 0) break;
      used += taken;
      continue;
    }
    if (status == mqtt::FrameStatus::incomplete) break;
    handle(frame);
    used += frame.size;
  }
  return used;
}

void Link::send(std::string_view bytes) {
  if (over()) return;
  out_.append(bytes);
  sent_ns_ = clock_.monotonic_ns();
  if (out_.size() > kMostOutgoing) return end(End::Why::unreachable, "the broker does not read what it is sent");
  if (is_writing_) return;
  is_writing_ = true;
  running_++;
  asio::co_spawn(network_, write(), asio::detached);
}

awaitable<void> Link::write() {
  const auto self = shared_from_this();
  while (!over() && !out_.empty()) {
    writing_ = std::exchange(out_, {});
    write_until_ns_ = clock_.monotonic_ns() + options_.patience_ns;
    const auto ec = co_await transport_.write(writing_);
    write_until_ns_ = 0;
    if (ec) end(End::Why::unreachable, "the connection was lost: " + ec.message());
  }
  is_writing_ = false;
  if (leaving_) end(End::Why::stopped, "stopped");
  running_--;
}

/// Deadlines of everything that is waited for.
awaitable<void> Link::watch() {
  const auto self = shared_from_this();
  while (!over()) {
    tick_.expires_after(std::chrono::milliseconds(options_.tick_ms));
    co_await tick_.async_wait(kTuple);
    if (!over()) check_waits(clock_.monotonic_ns());
  }
  running_--;
}

void Link::check_waits(std::int64_t now_ns) {
  const auto passed = [now_ns](std::int64_t until_ns) { return until_ns > 0 && now_ns > until_ns; };
  const auto patience_s = options_.patience_ns / Instant::kSecond;
  if (stage_ != Stage::ready && passed(stage_until_ns_)) {
    static constexpr std::array<const char*, 3> kWaited{"a connection", "an answer to CONNECT",
                                                        "an answer to SUBSCRIBE"};
    return end(End::Why::unreachable,
               fmt::format("{} did not come within {} s", kWaited[static_cast<std::size_t>(stage_)], patience_s));
  }
  if (passed(write_until_ns_)) return end(End::Why::unreachable, "the broker does not read what it is sent");
  if (passed(full_until_ns_)) return end(End::Why::busy, "our own commits take too long");
  // While we do not read we see no answers; the broker wants to hear from us all the same [MQTT-3.1.2-20].
  const bool reading = full_until_ns_ == 0;
  if (reading && passed(ping_until_ns_)) return end(End::Why::unreachable, "the broker does not answer any more");
  for (auto& [id, letter] : letters_) {
    if (reading && passed(letter->until_ns))
      return end(End::Why::unreachable, "the broker does not acknowledge what it is sent");
  }
  if (stage_ != Stage::ready || keep_alive_ns_ == 0 || (reading && ping_until_ns_ > 0)) return;
  if (now_ns - sent_ns_ < keep_alive_ns_ / 2) return;
  std::string ping;
  mqtt::write_pingreq(ping);
  send(ping);
  ping_until_ns_ = now_ns + options_.patience_ns;
}

void Link::end(End::Why why, std::string words) {
  if (std::exchange(ended_, true)) return;
  end_ = {.why = why, .words = std::move(words)};
  transport_.close();
  tick_.cancel();
  room_.cancel();
  for (auto& [id, letter] : letters_) letter->settled.cancel();
}

void Link::stop() {
  // A broker that does not read just now will know us by our session, whether it hears this or not.
  if (stage_ != Stage::ready || is_writing_ || over()) return end(End::Why::stopped, "stopped");
  std::string goodbye;
  mqtt::write_goodbye(goodbye, version_);
  leaving_ = true;
  send(goodbye);
}

awaitable<Result<>> Link::publish(std::string topic, std::string payload) {
  const auto self = shared_from_this();
  if (stage_ != Stage::ready || over()) co_return fail(ErrorKind::unavailable, "not connected");
  if (letters_.size() >= std::min(broker_window_, kMostLetters))
    co_return fail(ErrorKind::full, "the broker has not acknowledged what it was sent before");
  mqtt::Delivery delivery{.topic = topic, .payload = payload};
  delivery.qos = std::min<std::uint8_t>(1, broker_qos_);
  if (delivery.qos > 0) delivery.packet_id = next_packet_id();
  if (broker_most_bytes_ > 0 && mqtt::publish_size(version_, delivery) > broker_most_bytes_)
    co_return fail(ErrorKind::invalid, fmt::format("the broker takes at most {} bytes", broker_most_bytes_));
  std::string packet;
  mqtt::write_publish(packet, version_, delivery);
  if (delivery.qos == 0) {
    send(packet);
    co_return Result<>();
  }
  const auto letter = std::make_shared<Letter>(network_);
  letter->until_ns = clock_.monotonic_ns() + options_.patience_ns;
  letter->settled.expires_at(asio::steady_timer::time_point::max());
  letters_[delivery.packet_id] = letter;
  running_++;
  send(packet);
  if (!over() && !letter->done) co_await letter->settled.async_wait(kTuple);
  letters_.erase(delivery.packet_id);
  running_--;
  co_return letter->outcome;
}

std::uint16_t Link::next_packet_id() {
  do packet_id_ = static_cast<std::uint16_t>(packet_id_ == 65'535 ? 1 : packet_id_ + 1);
  while (letters_.contains(packet_id_));
  return packet_id_;
}

}  // namespace qala::bridge
