#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/write.hpp>

#include <fmt/format.h>

#include "rtsp/message.h"
#include "rtsp/test_packets.h"
#include "rtsp/text.h"

namespace qala::rtsp::testing {

/// A camera on a free loopback port that does what the script says: real sockets, one connection at a time, on the same
/// io_context as the client.
class TestCamera {
 public:
  struct Request {
    std::string method, uri, authorization, transport, text;
    std::string number;
  };
  /// The answer's first line and headers without CSeq, and a body: {"200 OK", "Session: 1\r\n", ""}. No status:
  /// silence.
  struct Answer {
    std::string status, headers, body;
  };

  explicit TestCamera(boost::asio::io_context& io)
      : io_(io),
        acceptor_(io, {boost::asio::ip::make_address("127.0.0.1"), 0}),
        port_(acceptor_.local_endpoint().port()) {
    accept();
  }
  ~TestCamera() {
    *alive_ = false;
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    cut();
  }

  std::string url(std::string_view credentials = {}) const {
    return fmt::format("rtsp://{}127.0.0.1:{}/live/main", credentials, port_);
  }

  std::string sdp;
  /// Overrides the answer to a method; empty function: the usual one.
  std::map<std::string, std::function<Answer(const Request&)>> script;
  std::vector<Request> requests;
  std::string received;  ///< interleaved bytes of the client
  int connections = 0;
  bool playing = false;

  std::size_t count(std::string_view method) const {
    std::size_t n = 0;
    for (const auto& request : requests) n += request.method == method;
    return n;
  }

  /// Bytes to the client, as they are.
  void send(std::string_view bytes) {
    if (!socket_) return;
    boost::system::error_code ignored;
    boost::asio::write(*socket_, boost::asio::buffer(bytes), ignored);
  }
  void cut() {
    if (!socket_) return;
    boost::system::error_code ignored;
    socket_->close(ignored);
    socket_.reset();
    playing = false;
  }
  /// Nobody listens on the port any more; later again.
  void go_away() {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    cut();
  }
  void come_back() {
    acceptor_ = boost::asio::ip::tcp::acceptor(io_, {boost::asio::ip::make_address("127.0.0.1"), port_});
    accept();
  }
  unsigned client_port = 0;  ///< UDP

 private:
  using Socket = boost::asio::ip::tcp::socket;

  void accept() {
    acceptor_.async_accept([this, alive = alive_](const boost::system::error_code& ec, Socket socket) {
      if (ec || !*alive) return;
      connections++;
      playing = false;
      in_.clear();
      socket_ = std::make_shared<Socket>(std::move(socket));
      read(socket_);
      accept();
    });
  }
  void read(std::shared_ptr<Socket> socket) {
    auto buffer = std::make_shared<std::vector<char>>(4'096);
    auto* const raw = socket.get();
    raw->async_read_some(boost::asio::buffer(*buffer),
                         [this, alive = alive_, socket, buffer](const boost::system::error_code& ec, std::size_t size) {
                           if (ec || !*alive || socket != socket_) return;
                           in_.append(buffer->data(), size);
                           take();
                           if (socket == socket_) read(socket);
                         });
  }
  void take() {
    while (!in_.empty() && socket_) {
      if (in_[0] == '$') {
        if (in_.size() < 4) return;
        const std::size_t whole = 4 + get16(in_, 2);
        if (in_.size() < whole) return;
        received += in_.substr(0, whole);
        in_.erase(0, whole);
        continue;
      }
      Message message;
      std::size_t size = 0;
      if (parse_message(in_, message, size) != Parsed::complete) return;
      const auto text = in_.substr(0, size);
      const auto header = [&](std::string_view name) { return std::string(message.header(name).value_or("")); };
      auto line = std::string_view(text);
      cut_word(line);
      Request request{.method = std::string(message.method),
                      .uri = std::string(cut_word(line)),
                      .authorization = header("Authorization"),
                      .transport = header("Transport"),
                      .text = text,
                      .number = header("CSeq")};
      in_.erase(0, size);
      if (message.answer) continue;
      requests.push_back(request);
      const auto scripted = script.find(request.method);
      const auto reply = scripted != script.end() && scripted->second ? scripted->second(request) : usual(request);
      if (!reply.status.empty()) answer(request, reply);
    }
  }
  static std::string_view cut_word(std::string_view& text) { return rtsp::cut(text, ' '); }

 public:
  void answer(const Request& request, const Answer& reply) {
    auto out = fmt::format("RTSP/1.0 {}\r\nCSeq: {}\r\n{}", reply.status, request.number, reply.headers);
    if (!reply.body.empty()) out += fmt::format("Content-Length: {}\r\n", reply.body.size());
    if (request.method == "PLAY" && reply.status.starts_with("200")) playing = true;
    send(out + "\r\n" + reply.body);
  }
  Answer usual(const Request& request) {
    if (request.method == "OPTIONS") return {"200 OK", "Public: OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER\r\n", ""};
    if (request.method == "DESCRIBE") return {"200 OK", fmt::format("Content-Base: {}/\r\n", url()), sdp};
    if (request.method == "SETUP") {
      return {"200 OK", fmt::format("Session: 4711;timeout=60\r\nTransport: {}\r\n", request.transport), ""};
    }
    return {"200 OK", "Session: 4711\r\n", ""};
  }

 private:
  boost::asio::io_context& io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  const std::uint16_t port_;
  std::shared_ptr<Socket> socket_;
  std::string in_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace qala::rtsp::testing
