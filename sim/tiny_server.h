#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>

#include <unistd.h>

#include "sim/socket.h"

namespace qala::sim {

/// For tests: accepts on a free loopback port and hands every connection to `serve` on a thread of its own. The
/// destructor ends all connections and waits for the threads.
class TinyServer {
 public:
  explicit TinyServer(std::function<void(Socket&, int connection)> serve) : serve_(std::move(serve)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(listener_, reinterpret_cast<sockaddr*>(&at), sizeof(at));
    ::listen(listener_, 64);
    socklen_t size = sizeof(at);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size);
    port_ = ntohs(at.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
  }
  ~TinyServer() {
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    ::close(listener_);
    {
      const std::lock_guard lock(mutex_);
      for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
    }
    for (std::thread& thread : threads_) thread.join();
  }
  Endpoint endpoint() const { return {"127.0.0.1", std::to_string(port_)}; }

 private:
  void accept_all() {
    for (int count = 0;; count++) {
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) return;
      const std::lock_guard lock(mutex_);
      open_.push_back(fd);
      threads_.emplace_back([this, fd, count] {
        Socket socket(fd);
        serve_(socket, count);
        const std::lock_guard done(mutex_);
        open_.remove(fd);
        socket.close();
      });
    }
  }

  std::function<void(Socket&, int)> serve_;
  int listener_ = -1;
  int port_ = 0;
  std::thread acceptor_;
  std::mutex mutex_;
  std::list<int> open_;
  std::list<std::thread> threads_;
};

}  // namespace qala::sim
