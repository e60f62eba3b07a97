#pragma once

#include <cstdint>
#include <future>
#include <stdexcept>
#include <thread>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "http/server.h"

namespace qala::test {

/// A server on a free port of loopback with its own network thread, for tests. Stops gracefully at the end.
/// `TestServer server(std::move(router)); HttpClient client(server.port());`
class TestServer {
 public:
  explicit TestServer(http::Router router, http::ServerOptions options = {})
      : router_(std::move(router)), server_(context_, router_, with_listener(std::move(options))) {
    if (auto started = server_.start(); !started) throw std::runtime_error(started.error().message);
    thread_ = std::thread([this] { context_.run(); });
  }
  ~TestServer() { stop(); }

  std::uint16_t port(std::size_t listener = 0) const { return server_.endpoints().at(listener).second; }
  boost::asio::io_context& context() { return context_; }
  /// Only while the network thread rests: use run() otherwise.
  http::Server& server() { return server_; }

  /// Runs `work` on the network thread and waits for it.
  template <class Work>
  auto run(Work work) {
    std::packaged_task<decltype(work())()> task(std::move(work));
    auto done = task.get_future();
    boost::asio::post(context_, [&task] { task(); });
    return done.get();
  }

  void stop() {
    if (!thread_.joinable()) return;
    boost::asio::co_spawn(context_, server_.stop(), [this](const std::exception_ptr&) { guard_.reset(); });
    thread_.join();
  }

 private:
  static http::ServerOptions with_listener(http::ServerOptions options) {
    if (options.listeners.empty()) options.listeners.push_back({"127.0.0.1", 0, false});
    return options;
  }

  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_{context_.get_executor()};
  http::Router router_;
  http::Server server_;
  std::thread thread_;
};

}  // namespace qala::test
