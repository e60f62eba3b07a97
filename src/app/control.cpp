#include "app/control.h"

#include <sys/stat.h>

#include <filesystem>
#include <memory>
#include <optional>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include "base/log.h"

namespace qala::app {

namespace asio = boost::asio;
using Socket = asio::local::stream_protocol::socket;
constexpr auto tuple = asio::as_tuple(asio::use_awaitable);

/// One asker. Shared by the coroutine that talks and the one that runs the command: a command that outlasts its limit
/// keeps it, and prints to nobody.
class Control::Conversation final : public ControlOutput, public std::enable_shared_from_this<Conversation> {
 public:
  Conversation(Socket socket, const ControlLimits& limits)
      : socket_(std::move(socket)), deadline_(socket_.get_executor()), done_(socket_.get_executor()), limits_(limits) {}

  /// The command's line without its end; nothing if it did not come in time.
  asio::awaitable<std::optional<std::string>> line() {
    std::string text;
    arm(limits_.line);
    auto [ec, n] = co_await asio::async_read_until(socket_, asio::dynamic_buffer(text, 8192), '\n', tuple);
    deadline_.cancel();
    if (ec) co_return std::nullopt;
    text.resize(n - 1);
    co_return text;
  }

  asio::awaitable<bool> print(std::string text) override {
    if (text.empty()) co_return !gone_;
    text.insert(0, fmt::format("text {}\n", text.size()));
    co_return co_await write(std::move(text));
  }

  asio::awaitable<bool> write(std::string text) {
    if (gone_) co_return false;
    writing_ = true;
    arm(limits_.take);
    auto [ec, n] = co_await asio::async_write(socket_, asio::buffer(text), tuple);
    deadline_.cancel();
    writing_ = false;
    gone_ = gone_ || ec;
    co_return !gone_;
  }

  /// Runs the command; `timeout` if it is not done within the limit.
  asio::awaitable<Result<std::string>> run(const Command& command, std::string line) {
    done_.expires_after(limits_.work);
    asio::co_spawn(socket_.get_executor(), command(std::move(line), *this),
                   [self = shared_from_this()](const std::exception_ptr& thrown, Result<std::string> result) {
                     self->result_ =
                         thrown ? fail(ErrorKind::internal, "the command failed within the server") : std::move(result);
                     self->done_.cancel();
                   });
    while (!result_) {
      auto [ec] = co_await done_.async_wait(tuple);
      if (!ec && !result_) break;
    }
    if (result_) co_return std::move(*result_);
    co_return fail(ErrorKind::timeout,
                   fmt::format("not done after {} minutes: the server goes on with it, its log says how it ends",
                               std::chrono::duration_cast<std::chrono::minutes>(limits_.work).count()));
  }

  /// Says how it ended, unless the command is still in the middle of printing.
  asio::awaitable<void> finish(const Result<std::string>& answer) {
    if (!writing_) co_await write(answer ? "ok " + *answer + "\n" : "error " + answer.error().message + "\n");
    gone_ = true;
    close();
  }

 private:
  void arm(std::chrono::milliseconds limit) {
    deadline_.expires_after(limit);
    deadline_.async_wait([weak = weak_from_this()](boost::system::error_code ec) {
      if (const auto self = weak.lock(); self && !ec) self->close();
    });
  }
  void close() {
    boost::system::error_code ignored;
    socket_.close(ignored);
  }

  Socket socket_;
  asio::steady_timer deadline_;  ///< of what is being read or written; closes the socket
  asio::steady_timer done_;
  const ControlLimits limits_;
  std::optional<Result<std::string>> result_;
  bool writing_ = false;
  bool gone_ = false;
};

Control::Control(asio::io_context& network, std::string path, Command command, ControlLimits limits)
    : network_(network), path_(std::move(path)), command_(std::move(command)), limits_(limits), acceptor_(network) {}

Result<> Control::start() {
  if (path_.size() > kLongestSocketPath) {
    return fail(
        ErrorKind::invalid,
        fmt::format("{} has {} bytes, and the path of a socket at most {}: name the data folder by a shorter path",
                    path_, path_.size(), kLongestSocketPath));
  }
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);  // of a server that was killed; the folder's lock is ours
  boost::system::error_code ec;
  const asio::local::stream_protocol::endpoint endpoint(path_);
  acceptor_.open(endpoint.protocol(), ec);
  if (!ec) acceptor_.bind(endpoint, ec);
  if (!ec) acceptor_.listen(4, ec);
  if (ec) return fail(ErrorKind::unavailable, "the control socket " + path_ + ": " + ec.message());
  ::chmod(path_.c_str(), 0600);
  return {};
}

asio::awaitable<void> Control::run() {
  for (;;) {
    auto [ec, socket] = co_await acceptor_.async_accept(tuple);
    if (ec) break;
    asio::co_spawn(network_, talk(std::move(socket)), asio::detached);
  }
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
}

asio::awaitable<void> Control::talk(Socket socket) {
  const auto conversation = std::make_shared<Conversation>(std::move(socket), limits_);
  if (open_ >= limits_.conversations) {
    co_await conversation->finish(
        fail(ErrorKind::unavailable, "the server is busy with other commands: try again later"));
    co_return;
  }
  open_++;
  if (auto line = co_await conversation->line()) {
    const auto answer = co_await conversation->run(command_, *line);
    if (!answer)
      log::warn("command failed",
                {{"command", line->substr(0, line->find_first_of(" \t"))}, {"why", answer.error().message}});
    co_await conversation->finish(answer);
  }
  open_--;
}

void Control::stop() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
}

}  // namespace qala::app
