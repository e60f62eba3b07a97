#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include "base/result.h"

namespace qala::app {

/// What a command of the control socket prints while it works. Network thread; outlives the command.
class ControlOutput {
 public:
  virtual ~ControlOutput() = default;
  /// Hands `text` to whoever asked and waits until it is taken; false: nobody listens any more, end the command.
  virtual boost::asio::awaitable<bool> print(std::string text) = 0;
};

/// Shortened by tests only.
struct ControlLimits {
  std::chrono::milliseconds line{10'000};      ///< from connecting to the end of the command's line
  std::chrono::milliseconds take{60'000};      ///< until a printed piece, or the answer, is taken
  std::chrono::milliseconds work{7'200'000};   ///< until a command is done
  int conversations = 8;                       ///< at a time
};

/// The data folder's control socket (mode 0600) for commands that need the running server ("backup FOLDER", "settle",
/// "check", "export"). In: one line. Out: any number of `text N\n` with N bytes each, then `ok ANSWER\n` or
/// `error WHY\n`. A command that takes longer than the limit is told of as an error and goes on by itself, since what
/// runs on the writer cannot be broken off. Network thread.
class Control {
 public:
  using Command = std::function<boost::asio::awaitable<Result<std::string>>(std::string line, ControlOutput& output)>;
  Control(boost::asio::io_context& network, std::string path, Command command, ControlLimits limits = {});
  /// `invalid`: the path is longer than a socket's may be.
  Result<> start();
  boost::asio::awaitable<void> run();
  void stop();

 private:
  class Conversation;
  boost::asio::awaitable<void> talk(boost::asio::local::stream_protocol::socket socket);
  boost::asio::io_context& network_;
  std::string path_;
  Command command_;
  ControlLimits limits_;
  boost::asio::local::stream_protocol::acceptor acceptor_;
  int open_ = 0;  ///< conversations
};

/// A longer path is not one of a socket.
constexpr std::size_t kLongestSocketPath = 107;

using Printed = std::function<void(std::string_view piece)>;

/// Asks a running server: its answer, `unavailable` if none runs there, `timeout` if it says nothing for `patience`,
/// else what it said went wrong. `printed` gets what the command prints, as it comes.
Result<std::string> ask_server(const std::string& path, const std::string& line, const Printed& printed = {},
                               std::chrono::milliseconds patience = std::chrono::hours(3));

}  // namespace qala::app
