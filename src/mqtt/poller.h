#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "base/result.h"

namespace qala::mqtt {

/// Many sockets behind one wake-up of the io_context: an epoll of our own, edge-triggered, each socket registered once
/// for its whole life, itself waited for by Asio. One handler then sees all sockets that have something (a *round*),
/// so that a batch of 500 publishes costs 500 reads and no other bookkeeping: no handler per read, no buffer per
/// socket.
class Poller {
 public:
  struct Event {
    std::uint64_t tag = 0;
    bool readable = false;
    bool writable = false;
    bool broken = false;  ///< error or hang-up; read to find out
  };
  using OnEvent = std::function<void(const Event&)>;
  using OnRound = std::function<void()>;

  /// `on_event` for each socket, then `on_round`. Neither may destroy the poller.
  Poller(boost::asio::io_context& io, OnEvent on_event, OnRound on_round);

  Result<> start();
  void stop();
  Result<> add(int socket, std::uint64_t tag);
  /// Before the socket is closed.
  void remove(int socket);

 private:
  void wait();
  void round();

  boost::asio::posix::stream_descriptor epoll_;
  OnEvent on_event_;
  OnRound on_round_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace qala::mqtt
