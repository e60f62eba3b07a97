#include "mqtt/sockets.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <boost/asio/post.hpp>

#include "base/log.h"

namespace qala::mqtt {
namespace {

constexpr std::size_t kBuffer = 128 * 1024;
constexpr std::size_t kKeepOutput = 1024;      // capacity an idle connection may keep
constexpr std::size_t kCompact = 1024 * 1024;  // sent bytes before the rest moves to the front
constexpr int kReadsPerRound = 4;
constexpr std::int64_t kLingerNs = 2'000'000'000;

std::uint64_t tag_of(ConnectionId id) { return std::uint64_t{id.generation} << 32 | id.slot; }
ConnectionId id_of(std::uint64_t tag) {
  return {static_cast<std::uint32_t>(tag), static_cast<std::uint32_t>(tag >> 32)};
}

Attempt outcome(ssize_t result) {
  if (result > 0) return {.bytes = static_cast<std::size_t>(result)};
  if (result < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return {.again = true};
  return {.over = true};
}

}  // namespace

Sockets::Sockets(boost::asio::io_context& io)
    : io_(io),
      poller_(
          io, [this](const Poller::Event& event) { on_event(event); }, [this] { round(); }),
      buffer_(std::make_unique<char[]>(kBuffer)) {}

Sockets::~Sockets() {
  *alive_ = false;
  // The broker may be gone already: close without telling it.
  for (auto& line : lines_) {
    line.tls.reset();
    if (line.socket >= 0) ::close(line.socket);
  }
}

Result<> Sockets::start(Broker& broker, const Clock& clock) {
  broker_ = &broker;
  clock_ = &clock;
  return poller_.start();
}

void Sockets::adopt(int socket, std::string peer, std::unique_ptr<TlsStream> tls, bool anonymous_listener) {
  auto* c = stopped_ ? nullptr : broker_->open(std::move(peer), anonymous_listener);
  if (!c) {
    tls.reset();
    ::close(socket);
    return;
  }
  if (lines_.size() <= c->id.slot) lines_.resize(c->id.slot + 1u);
  auto& line = line_of(*c);
  line = Line();
  line.socket = socket;
  line.tls = std::move(tls);
  if (const auto added = poller_.add(socket, tag_of(c->id)); !added) {
    log::warn("mqtt connection not watched", {{"reason", added.error().message}});
    destroy(*c, line);
  }
}

Attempt Sockets::receive(Line& line, char* out, std::size_t size) {
  if (line.tls) return line.tls->read(out, size);
  return outcome(::recv(line.socket, out, size, 0));
}

Attempt Sockets::transmit(Line& line, const char* bytes, std::size_t size) {
  if (line.tls) return line.tls->write(bytes, size);
  return outcome(::send(line.socket, bytes, size, MSG_NOSIGNAL));
}

void Sockets::on_event(const Poller::Event& event) {
  in_round_ = true;
  auto* c = broker_->find(id_of(event.tag));
  if (!c) return;
  auto& line = line_of(*c);
  if (line.socket < 0) return;
  line.broken |= event.broken;
  if (event.writable && c->out.size() > c->sent) wake(*c);
  // A TLS handshake may have waited for room to write.
  if (!event.readable && !event.broken && !(line.tls && event.writable)) return;
  if (line.lingering) return discard(*c, line);
  if (c->over()) return;
  read(*c, line);
}

void Sockets::read(Connection& c, Line& line) {
  for (int i = 0; i < kReadsPerRound; i++) {
    if (c.over() || broker_->paused(c)) return;  // the broker resumes it
    bool more = false;
    if (!read_once(c, line, more)) return destroy(c, line);
    if (!more) return;
  }
  resume(c);  // fair to the others: the rest in the next round
}

/// False: the connection is at its end.
bool Sockets::read_once(Connection& c, Line& line, bool& more) {
  char* at = buffer_.get();
  const bool large = line.in.size() > kBuffer / 2;
  const auto kept = line.in.size();
  if (large) {
    line.in.resize(kept + kBuffer);
    at = line.in.data();
  } else if (kept) {
    std::memcpy(at, line.in.data(), kept);
  }
  const auto room = large ? kBuffer : kBuffer - kept;
  const auto got = receive(line, at + kept, room);
  if (large) line.in.resize(kept + got.bytes);
  if (got.over) return false;
  if (got.again) return true;
  if (line.tls && c.state == Connection::State::new_born && c.fingerprint.empty()) {
    c.fingerprint = line.tls->client_fingerprint();
  }
  const auto size = kept + got.bytes;
  const auto done = broker_->feed(c, {at, size});
  if (large) line.in.erase(0, done);
  else line.in.assign(at + done, size - done);
  if (line.in.empty() && line.in.capacity() > kKeepOutput) std::string().swap(line.in);
  more = line.tls || line.broken || got.bytes == room;
  return true;
}

void Sockets::feed_rest(Connection& c, Line& line) {
  if (line.in.empty() || c.over() || broker_->paused(c)) return;
  std::string bytes;
  bytes.swap(line.in);  // feeding may lead back here
  const auto done = broker_->feed(c, bytes);
  bytes.erase(0, done);
  line.in = std::move(bytes);
}

void Sockets::wake(Connection& c) {
  if (std::exchange(c.dirty, true)) return;
  dirty_.push_back(c.id);
  schedule();
}

void Sockets::resume(Connection& c) {
  auto& line = line_of(c);
  if (std::exchange(line.resuming, true)) return;
  resume_.push_back(c.id);
  schedule();
}

void Sockets::schedule() {
  if (in_round_ || std::exchange(scheduled_, true)) return;
  boost::asio::post(io_, [this, alive = alive_] {
    if (!*alive) return;
    scheduled_ = false;
    round();
  });
}

void Sockets::round() {
  if (stopped_) return;
  in_round_ = true;
  const auto resumed = std::exchange(resume_, {});
  for (const auto id : resumed) {
    auto* c = broker_->find(id);
    if (!c) continue;
    auto& line = line_of(*c);
    line.resuming = false;
    if (c->over()) continue;
    feed_rest(*c, line);
    read(*c, line);
  }
  broker_->end_round();
  // Flushing may bring forth more: queued messages that had no room before.
  for (std::size_t i = 0; i < dirty_.size(); i++) {
    auto* c = broker_->find(dirty_[i]);
    if (!c) continue;
    c->dirty = false;
    flush(*c, line_of(*c));
  }
  dirty_.clear();
  in_round_ = false;
  if (!resume_.empty()) schedule();
}

void Sockets::flush(Connection& c, Line& line) {
  if (line.socket < 0 || line.lingering) return;
  if (c.over() && !line.closing_ns) line.closing_ns = clock_->monotonic_ns();
  while (c.sent < c.out.size()) {
    const auto put = transmit(line, c.out.data() + c.sent, c.out.size() - c.sent);
    if (put.over) return destroy(c, line);
    if (put.again) {
      if (c.sent > kCompact) c.out.erase(0, std::exchange(c.sent, 0));
      return;
    }
    c.sent += put.bytes;
  }
  c.sent = 0;
  if (c.out.capacity() > kKeepOutput) std::string().swap(c.out);
  else c.out.clear();
  if (c.over()) return finish(c, line);
  broker_->drained(c);
}

/// Everything is said. If it was us who ended it: a socket closed with unread input would reset the connection and the
/// peer might never read our last words: so only our half is closed, and the peer's end is waited for, for a while.
void Sockets::finish(Connection& c, Line& line) {
  if (line.tls) line.tls->close();
  if (!c.linger) return destroy(c, line);
  ::shutdown(line.socket, SHUT_WR);
  line.lingering = true;
  discard(c, line);
}

void Sockets::discard(Connection& c, Line& line) {
  for (int i = 0; i < 64; i++) {
    const auto got = outcome(::recv(line.socket, buffer_.get(), kBuffer, 0));
    if (got.over) return destroy(c, line);
    if (got.again) return;
  }
  destroy(c, line);  // it does not listen
}

void Sockets::destroy(Connection& c, Line& line) {
  poller_.remove(line.socket);
  line.tls.reset();
  ::close(line.socket);
  line = Line();
  broker_->lost(c);
}

void Sockets::tick() {
  const auto now = clock_->monotonic_ns();
  broker_->each_connection([&](Connection& c) {
    auto& line = line_of(c);
    if (line.closing_ns && now - line.closing_ns > kLingerNs) destroy(c, line);
  });
}

void Sockets::stop() {
  if (std::exchange(stopped_, true)) return;
  broker_->each_connection([&](Connection& c) {
    auto& line = line_of(c);
    if (line.socket < 0) return;
    if (c.out.size() > c.sent) transmit(line, c.out.data() + c.sent, c.out.size() - c.sent);
    destroy(c, line);
  });
  poller_.stop();
}

}  // namespace qala::mqtt
