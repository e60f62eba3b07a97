#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/result.h"
#include "modbus/frame.h"

namespace qala::modbus {

/// One connection to an endpoint, made when something is asked. One question at a time; network thread.
/// An answer that comes after its deadline is recognised by its number and thrown away; whatever else is not in order
/// ends the connection, and the next question makes a new one.
class Client {
 public:
  Client(boost::asio::any_io_executor network, std::string host, std::uint16_t port)
      : host_(std::move(host)), port_(port), resolver_(network), socket_(network), deadline_(network) {}

  /// `timeout`: nobody answered in time; `unavailable`: no connection; `invalid`: what came is not an answer;
  /// `cancelled`: stop() was called. An exception of the device is an answer.
  boost::asio::awaitable<Result<Answer>> ask(Request request, std::chrono::milliseconds patience);
  bool connected() const { return socket_.is_open(); }
  void close();
  /// For good: what is under way ends at once.
  void stop();

 private:
  boost::asio::awaitable<Result<Answer>> exchange(const Request& request);
  boost::asio::awaitable<Result<>> connect();
  boost::asio::awaitable<Result<Answer>> read_answer(const Request& request);

  std::string host_;
  std::uint16_t port_;
  boost::asio::ip::tcp::resolver resolver_;
  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer deadline_;
  std::vector<std::uint8_t> in_;
  std::uint16_t transaction_ = 0;
  bool stopped_ = false;
};

}  // namespace qala::modbus
