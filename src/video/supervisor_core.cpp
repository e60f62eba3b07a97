#include "video/supervisor_core.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <fmt/core.h>

#include "base/log.h"

namespace qala::video {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kMaxOutgoing = 64u << 20;  ///< to a worker that does not read
constexpr std::int64_t kLivedLong = 10 * Instant::kSecond;

}  // namespace

SupervisorCore::SupervisorCore(asio::io_context& network, const Clock& clock, Supervisor::Options options,
                               Supervisor::Listener* listener)
    : network_(network),
      clock_(clock),
      options_(std::move(options)),
      listener_(listener),
      acceptor_(network),
      restart_(network),
      silence_(network),
      back_off_(options_.restart_first) {
  incoming_.resize(256 * 1024);
  health_.words = "not started";
}

Result<> SupervisorCore::start() {
  if (options_.program.empty()) {
    TRY(options_.program, beside_ourselves("qala-video"));
  }
  if (options_.socket.size() > 107) {
    return fail(ErrorKind::invalid, fmt::format("{}: the path of a socket has at most 107 bytes", options_.socket));
  }
  ::unlink(options_.socket.c_str());
  boost::system::error_code ec;
  const asio::local::stream_protocol::endpoint endpoint(options_.socket);
  acceptor_.open(endpoint.protocol(), ec);
  if (!ec) acceptor_.bind(endpoint, ec);
  if (!ec && ::chmod(options_.socket.c_str(), 0600) != 0) return from_errno(errno, "closing " + options_.socket);
  if (!ec) acceptor_.listen(4, ec);
  if (ec) return fail(ErrorKind::unavailable, fmt::format("{}: {}", options_.socket, ec.message()));
  accept();
  launch();
  watch_silence();
  return {};
}

void SupervisorCore::launch() {
  if (closed_ || stopping_) return;
  launched_ns_ = heard_ns_ = clock_.monotonic_ns();
  auto child = Child::start(network_, {.program = options_.program, .arguments = {options_.socket}},
                            [self = weak_from_this()](const std::string& words) {
                              if (const auto core = self.lock()) core->child_ended(words);
                            });
  if (!child) return launch_later(child.error().message);
  child_ = std::move(*child);
  log::info("video worker started", {{"pid", child_->pid()}});
}

void SupervisorCore::child_ended(const std::string& words) {
  child_.reset();
  if (closed_) return;
  lost();
  if (stopping_) return;
  log::error("video worker ended", {{"how", words}});
  launch_later("qala-video " + words);
}

void SupervisorCore::launch_later(const std::string& words) {
  if (clock_.monotonic_ns() - launched_ns_ >= kLivedLong) back_off_ = options_.restart_first;
  set_health([&](WorkerHealth& health) {
    health.running = false;
    health.restarts++;
    health.words = words;
    health.since = clock_.now();
  });
  restart_.expires_after(back_off_);
  back_off_ = std::min(back_off_ * 2, options_.restart_most);
  restart_.async_wait([self = shared_from_this()](const boost::system::error_code& ec) {
    if (!ec) self->launch();
  });
}

void SupervisorCore::lost() {
  socket_.reset();
  connection_++;
  ready_ = false;
  outgoing_.clear();
  outgoing_bytes_ = 0;
  for (auto& [subject, question] : questions_) {
    question->answer = fail(ErrorKind::unavailable, "the video worker ended");
    question->timer.cancel();
  }
  questions_.clear();
  // A sink may end its subscription, or any other, from within.
  std::vector<std::uint32_t> subjects;
  for (const auto& [subject, subscribed] : subscriptions_) subjects.push_back(subject);
  for (const std::uint32_t subject : subjects) {
    const auto found = subscriptions_.find(subject);
    if (found == subscriptions_.end()) continue;
    Sink* sink = found->second.sink;
    found->second.consumed = 0;
    if (found->second.type == Type::watch) {
      sink->on_interrupted();
      continue;
    }
    subscriptions_.erase(found);
    sink->on_ended({Why::lost, "the video worker ended"});
  }
}

bool SupervisorCore::is_our_child(Socket& socket) const {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  return child_ && peer.pid == child_->pid();
}

void SupervisorCore::accept() {
  acceptor_.async_accept([self = shared_from_this()](const boost::system::error_code& ec, Socket socket) {
    if (self->closed_ || ec == asio::error::operation_aborted) return;
    if (!ec && self->is_our_child(socket)) self->connected(std::move(socket));
    self->accept();
  });
}

void SupervisorCore::connected(Socket socket) {
  socket_ = std::move(socket);
  connection_++;
  reader_ = {};
  heard_ns_ = clock_.monotonic_ns();
  read(connection_);
}

void SupervisorCore::read(std::uint64_t connection) {
  socket_->async_read_some(asio::buffer(incoming_), [self = shared_from_this(), connection](
                                                        const boost::system::error_code& ec, std::size_t size) {
    if (self->closed_ || connection != self->connection_) return;
        // The worker without its socket is of no use; its end brings the next one.
    if (ec) return self->child_ ? self->child_->kill() : void();
    self->reader_.feed(std::string_view(self->incoming_).substr(0, size));
    while (connection == self->connection_) {
      const auto message = self->reader_.next();
      if (!message) {
        log::error("video worker talks nonsense", {{"what", message.error().message}});
        return self->child_ ? self->child_->kill() : void();
      }
      if (!*message) break;
      self->take(**message);
    }
    if (!self->closed_ && connection == self->connection_) self->read(connection);
  });
}

void SupervisorCore::send(Type type, std::uint32_t subject, std::string_view payload) {
  if (!socket_ || closed_) return;
  std::string frame;
  append_frame(frame, type, subject, payload);
  outgoing_bytes_ += frame.size();
  outgoing_.push_back(std::move(frame));
  if (outgoing_bytes_ > kMaxOutgoing) {
    log::error("video worker does not read", {{"bytes", outgoing_bytes_}});
    if (child_) child_->kill();
    return;
  }
  if (outgoing_.size() == 1) write(connection_);
}

void SupervisorCore::write(std::uint64_t connection) {
  asio::async_write(*socket_, asio::buffer(outgoing_.front()),
                    [self = shared_from_this(), connection](const boost::system::error_code& ec, std::size_t) {
                      if (self->closed_ || connection != self->connection_ || ec) return;
                      self->outgoing_bytes_ -= self->outgoing_.front().size();
                      self->outgoing_.pop_front();
                      if (!self->outgoing_.empty()) self->write(connection);
                    });
}

void SupervisorCore::watch_silence() {
  silence_.expires_after(std::chrono::seconds(1));
  silence_.async_wait([self = shared_from_this()](const boost::system::error_code& ec) {
    if (ec || self->closed_) return;
    const std::int64_t silent = self->clock_.monotonic_ns() - self->heard_ns_;
    if (self->child_ && !self->stopping_ && silent > Duration(self->options_.silence).count()) {
      log::error("video worker is silent", {{"seconds", silent / Instant::kSecond}});
      self->heard_ns_ = self->clock_.monotonic_ns();
      self->child_->kill();
    }
    self->watch_silence();
  });
}

asio::awaitable<void> SupervisorCore::stop() {
  const auto self = shared_from_this();
  stopping_ = true;
  restart_.cancel();
  send(Type::stop, 0);
  asio::steady_timer wait(network_);
  const std::int64_t until = clock_.monotonic_ns() + Duration(options_.stop).count();
  while (child_ && clock_.monotonic_ns() < until) {
    wait.expires_after(std::chrono::milliseconds(10));
    co_await wait.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  close();
}

void SupervisorCore::close() {
  if (closed_) return;
  closed_ = true;
  restart_.cancel();
  silence_.cancel();
  boost::system::error_code ignored;
  if (acceptor_.is_open()) {
    acceptor_.close(ignored);
    ::unlink(options_.socket.c_str());
  }
  socket_.reset();
  child_.reset();
  for (auto& [subject, question] : questions_) {
    question->answer = fail(ErrorKind::unavailable, "the video worker is being stopped");
    question->timer.cancel();
  }
  questions_.clear();
  subscriptions_.clear();
  listener_ = nullptr;
  set_health([&](WorkerHealth& health) {
    health.running = false;
    health.words = "stopped";
  });
}

void SupervisorCore::configure(Configuration configuration) {
  configuration_ = print(configuration);
  if (ready_) send(Type::configure, 0, configuration_);
}

void SupervisorCore::motion(std::uint32_t camera) {
  if (ready_) send(Type::motion, camera);
}

std::shared_ptr<const Status> SupervisorCore::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

WorkerHealth SupervisorCore::health() const {
  const std::lock_guard lock(mutex_);
  return health_;
}

void SupervisorCore::set_health(const std::function<void(WorkerHealth&)>& change) {
  WorkerHealth now;
  {
    const std::lock_guard lock(mutex_);
    change(health_);
    now = health_;
  }
  if (listener_) listener_->on_worker(now);
}

}  // namespace qala::video
