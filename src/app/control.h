#pragma once

#include <functional>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include "base/result.h"

namespace qala::app {

/// The data folder's control socket (mode 0600): one line in, one line out, for commands that need the running server
/// ("backup FOLDER", "settle"). Network thread.
class Control {
 public:
  using Command = std::function<boost::asio::awaitable<Result<std::string>>(std::string line)>;
  Control(boost::asio::io_context& network, std::string path, Command command);
  Result<> start();
  boost::asio::awaitable<void> run();
  void stop();

 private:
  boost::asio::awaitable<void> talk(boost::asio::local::stream_protocol::socket socket);
  boost::asio::io_context& network_;
  std::string path_;
  Command command_;
  boost::asio::local::stream_protocol::acceptor acceptor_;
  int open_ = 0;
};

/// Asks a running server: its answer, `unavailable` if none runs there, else what it said went wrong.
Result<std::string> ask_server(const std::string& path, const std::string& line);

}  // namespace qala::app
