#include "http/connection.h"

#include <cstring>

#include <boost/asio/error.hpp>

namespace qala::http {
namespace {

constexpr std::size_t kFirstBuffer = 4 * 1024;  // small: what it holds of a body is copied once more
constexpr std::size_t kMaxDrained = 16 << 20;

}  // namespace

Connection::Connection(std::shared_ptr<Core> core, std::unique_ptr<Transport> transport, std::string peer, bool secure)
    : core_(std::move(core)), transport_(std::move(transport)), peer_(std::move(peer)) {
  frame_ = {core_->options.server_name, core_->options.content_security_policy, secure};
  in_.resize(kFirstBuffer);
  core_->open.insert(this);
}

Connection::~Connection() { core_->open.erase(this); }

asio::awaitable<void> Connection::run() {
  wait_at_most(core_->options.timeouts.header);
  waits_ = true;
  if (!co_await transport_->handshake()) co_await serve();
  wait_freely();
  if (transport_) transport_->close();
}

asio::awaitable<void> Connection::serve() {
  while (!core_->stopping) {
    Head head;
    waits_ = true;
    const auto took = co_await read_head(head);
    first_ = waits_ = false;
    if (took == Took::end) co_return;
    if (!co_await answer(std::move(head))) co_return;
  }
}

asio::awaitable<Connection::Took> Connection::read_head(Head& head) {
  if (buffered().starts_with("\r\n")) consume(2);  // some clients end a body with a line break of their own
  std::size_t searched = 0;
  const auto header_deadline = [this] { return core_->now_ns() + core_->options.timeouts.header.count() * 1'000'000; };
  std::int64_t deadline = buffered().empty() ? 0 : header_deadline();
  while (true) {
    const auto bytes = buffered();
    const auto end = find_head_end(bytes, searched);
    if (!end) {
      co_await refuse_head(end.error());
      co_return Took::end;
    }
    if (*end) {
      auto checked = check_head(bytes.substr(0, *end));
      if (!checked) {
        co_await refuse_head(checked.error());
        co_return Took::end;
      }
      consume(*end);
      wait_freely();
      head = std::move(*checked);
      co_return Took::request;
    }
    searched = bytes.size();
    idle_ = bytes.empty();
    if (idle_) wait_at_most(first_ ? core_->options.timeouts.header : core_->options.timeouts.idle);
    if (!idle_ && deadline == 0) deadline = header_deadline();
    if (!idle_) deadline_ = deadline;
    const auto failed = co_await fill();
    const bool was_idle = std::exchange(idle_, false);
    if (!failed) continue;
    if (failed == asio::error::operation_aborted && !was_idle && woken_)
      co_await refuse_head({408, "http.header_timeout", "the header took too long"});
    co_return Took::end;
  }
}

asio::awaitable<error_code> Connection::fill() {
  if (begin_ == end_) begin_ = end_ = 0;
  if (end_ == in_.size() && begin_ > 0) {
    std::memmove(in_.data(), in_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == in_.size()) in_.resize(in_.size() * 2);
  const auto [failed, bytes] = co_await transport_->read_some(asio::buffer(in_.data() + end_, in_.size() - end_));
  end_ += bytes;
  co_return failed;
}

void Connection::consume(std::size_t bytes) {
  begin_ += bytes;
  if (begin_ == end_) begin_ = end_ = 0;
}

/// Closing with unread bytes would reset the connection and destroy the answer on its way.
asio::awaitable<void> Connection::drain() {
  wait_at_most(core_->options.timeouts.stop);
  co_await transport_->shutdown_send();
  const auto deadline = deadline_;
  std::size_t drained = 0;
  while (drained < kMaxDrained) {
    begin_ = end_ = 0;
    deadline_ = deadline;
    if (co_await fill()) break;
    drained += end_;
  }
}

void Connection::wait_at_most(std::chrono::milliseconds time) {
  deadline_ = core_->now_ns() + time.count() * 1'000'000;
  woken_ = false;
}

void Connection::check_deadline(std::int64_t now_ns) {
  if (now_ns < deadline_ || !transport_) return;
  if (woken_) return transport_->close();
  woken_ = true;
  deadline_ = now_ns + 1'000'000'000;
  transport_->cancel();
}

void Connection::make_room() {
  waits_ = false;
  if (transport_) transport_->close();
}

void Connection::finish() {
  if (socket_) return socket_->finish();
  if (idle_ && transport_) transport_->cancel();
}

void Connection::abort() {
  if (socket_) return socket_->abort();
  if (transport_) transport_->close();
}

}  // namespace qala::http
