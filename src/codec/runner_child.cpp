// The runner's child: how it is started, spoken to, watched, and what follows from its end.
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <fmt/core.h>

#include "base/log.h"
#include "codec/runner_core.h"

namespace qala::codec {

namespace asio = boost::asio;

namespace {

constexpr int kUnexplained = 3;

std::int64_t ns(std::chrono::milliseconds time) { return std::chrono::nanoseconds(time).count(); }

/// Both ends of a socket pair, closed by themselves.
struct Ends {
  int files[2] = {-1, -1};
  ~Ends() {
    for (const int file : files) {
      if (file >= 0) ::close(file);
    }
  }
};

}  // namespace

void RunnerCore::launch() {
  launched_ns_ = clock_.monotonic_ns();
  if (options_.program.empty()) {
    auto program = beside_ourselves("qala-codec");
    if (!program) return launch_later(program.error().message);
    options_.program = std::move(*program);
  }
  Ends ends;
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.files) != 0) {
    return launch_later(from_errno(errno, "speaking to qala-codec").message);
  }
  auto page = SharedPage::make();
  if (!page) return launch_later(page.error().message);
  auto child = Child::start(network_,
                            {.program = options_.program,
                             .input = page->file(),
                             .output = ends.files[1],
                             .environment = std::vector<std::string>{"TZ=UTC", "LANG=C.UTF-8"}},
                            [self = weak_from_this()](const std::string& words) {
                              if (const auto core = self.lock()) core->child_ended(words);
                            });
  if (!child) return launch_later(child.error().message);
  child_ = std::move(*child);
  page_ = std::move(*page);
  socket_.emplace(network_);
  socket_->assign(asio::local::stream_protocol(), std::exchange(ends.files[0], -1));
  connection_++;
  frames_ = FrameCutter(kMaxFrame);
  kill_reason_.clear();
  mark_ = {.wall_ns = launched_ns_};
  health_.pid = child_->pid();
  read(connection_);
}

void RunnerCore::launch_later(const std::string& words) {
  health_.running = false;
  health_.words = words;
  failed_starts_++;
  log::error("codec worker does not begin", {{"what", words}});
  restarting_ = true;
  restart_.expires_after(back_off_);
  back_off_ = std::min(back_off_ * 2, options_.restart_most);
  restart_.async_wait([self = shared_from_this()](const boost::system::error_code& ec) {
    if (ec || self->closed_) return;
    self->restarting_ = false;
    self->launch();
    self->pump();
  });
  if (failed_starts_ >= kUnexplained) nobody_answers(words);
}

void RunnerCore::read(std::uint64_t connection) {
  socket_->async_read_some(asio::buffer(incoming_), [self = shared_from_this(), connection](
                                                        const boost::system::error_code& ec, std::size_t size) {
    if (self->closed_ || connection != self->connection_) return;
    if (ec) return self->kill("");  // how it ended is known in a moment
    self->take(std::string_view(self->incoming_).substr(0, size));
    if (self->closed_ || connection != self->connection_) return;
    self->pump();
    self->read(connection);
  });
}

void RunnerCore::take(std::string_view bytes) {
  frames_.feed(bytes);
  for (const std::uint64_t connection = connection_; connection == connection_ && !closed_;) {
    const auto frame = frames_.next();
    if (!frame) return nonsense(frame.error().message);
    if (!*frame) return;
    take(**frame);
  }
}

void RunnerCore::take(const Frame& frame) {
  switch (static_cast<Kind>(frame.kind)) {
    case Kind::hello:
      if (const auto said = parse_hello(frame.payload); !said) return nonsense(said.error().message);
      ready_ = health_.running = true;
      failed_starts_ = 0;
      back_off_ = options_.restart_first;
      return;
    case Kind::answer: return take_answer(frame);
    default: return nonsense("a frame of a kind that is not for qala");
  }
}

/// A machine that stands still looks like a codec that does not end: one that has answered before is tried once more
/// before it counts.
bool RunnerCore::deserves_another(const Request& blamed) const {
  const auto found = known_.find(blamed.run.codec);
  return !blamed.again && found != known_.end() && found->second.answers;
}

void RunnerCore::nonsense(const std::string& words) {
  log::error("codec worker talks nonsense", {{"what", words}});
  kill(words);
}

void RunnerCore::write(std::uint64_t connection) {
  writing_ = std::exchange(next_, {});
  asio::async_write(*socket_, asio::buffer(writing_),
                    [self = shared_from_this(), connection](const boost::system::error_code& ec, std::size_t) {
                      if (self->closed_ || connection != self->connection_ || ec) return;
                      self->writing_.clear();
                      self->pump();
                    });
}

// ---- watching

void RunnerCore::watch() {
  watching_ = true;
  watch_.expires_after(options_.tick);
  watch_.async_wait([self = shared_from_this()](const boost::system::error_code& ec) {
    self->watching_ = false;
    if (ec || self->closed_ || !self->child_) return;
    self->look();
    // An idle child is not looked at: the next request begins it again.
    if (!self->sent_.empty() || !self->ready_) self->watch();
    else self->look_idle();
  });
}

void RunnerCore::look() {
  const std::int64_t now = clock_.monotonic_ns();
  if (!ready_) {
    if (now - launched_ns_ > ns(options_.start)) kill("it does not say hello");
    return;
  }
  const auto spent = spent_by(child_->pid());
  if (!spent) return;  // its end is on the way
  if (spent->resident > options_.memory) return kill(fmt::format("it takes more than {} MB", options_.memory >> 20));
  const Progress& progress = page_->progress();
  const std::uint32_t request = progress.request, step = progress.step;
  if (request == 0 || request != mark_.request || step != mark_.step) {
    mark_ = {request, step, spent->cpu_ns, now};
    return;
  }
  if (spent->cpu_ns - mark_.cpu_ns >= ns(options_.deadline)) {
    return kill(fmt::format("it takes longer than {} ms", options_.deadline.count()));
  }
  if (now - mark_.wall_ns >= ns(options_.patience)) {
    kill(fmt::format("it is not done after {} s", ns(options_.patience) / Instant::kSecond));
  }
}

void RunnerCore::look_idle() {
  const auto spent = spent_by(child_->pid());
  if (spent && spent->resident > options_.keep) kill("");
}

void RunnerCore::kill(std::string why) {
  if (!child_) return;
  if (kill_reason_.empty()) kill_reason_ = std::move(why);
  child_->kill();
}

void RunnerCore::child_ended(const std::string& words) {
  if (closed_) return;
  // What it had answered counts.
  while (socket_) {
    boost::system::error_code ec;
    socket_->non_blocking(true, ec);
    const std::size_t size = ec ? 0 : socket_->read_some(asio::buffer(incoming_), ec);
    if (ec || size == 0) break;
    take(std::string_view(incoming_).substr(0, size));
    if (closed_) return;
  }
  const bool had_begun = ready_;
  const std::uint32_t at = page_ ? page_->progress().request.load() : 0;
  child_.reset();
  socket_.reset();
  connection_++;
  ready_ = health_.running = false;
  writing_.clear();
  next_.clear();
  for (auto& [codec, known] : known_) known.loaded = loaded_.end();
  loaded_.clear();
  sent_bytes_ = 0;
  const std::string how = kill_reason_.empty() ? "qala-codec " + words : kill_reason_;
  if (!had_begun) return launch_later(kill_reason_.empty() ? how : "qala-codec: " + how);
  health_.restarts++;
  health_.words = how;
  const auto guilty = std::find_if(sent_.begin(), sent_.end(), [&](const Request& one) { return one.number == at; });
  std::optional<Request> blamed;
  if (guilty != sent_.end()) {
    blamed = std::move(*guilty);
    sent_.erase(guilty);
    unexplained_ = 0;
  } else if (!sent_.empty()) {
    unexplained_++;
  }
  // All others are run again, before what came after them.
  waiting_.insert(waiting_.begin(), std::make_move_iterator(sent_.begin()), std::make_move_iterator(sent_.end()));
  sent_.clear();
  if (unexplained_ >= kUnexplained) nobody_answers(how), unexplained_ = 0;
  if (blamed && deserves_another(*blamed)) {
    blamed->again = true;
    waiting_.push_front(std::move(*blamed));
  } else if (blamed) {
    const std::string reason = kill_reason_.empty() ? "with it the sandbox " + words : kill_reason_;
    const std::string text = strike(blamed->run.codec, reason);
    answer(std::move(*blamed), Outcome::stopped, text);
  }
  if (!waiting_.empty()) pump();
}

}  // namespace qala::codec
