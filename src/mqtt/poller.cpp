#include "mqtt/poller.h"

#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <utility>

namespace qala::mqtt {

namespace asio = boost::asio;

Poller::Poller(asio::io_context& io, OnEvent on_event, OnRound on_round)
    : epoll_(io), on_event_(std::move(on_event)), on_round_(std::move(on_round)) {}

Result<> Poller::start() {
  const int fd = epoll_create1(EPOLL_CLOEXEC);
  if (fd < 0) return from_errno(errno, "epoll_create1");
  epoll_.assign(fd);
  wait();
  return {};
}

void Poller::stop() {
  *alive_ = false;
  boost::system::error_code ignored;
  epoll_.close(ignored);
}

Result<> Poller::add(int socket, std::uint64_t tag) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.u64 = tag;
  if (epoll_ctl(epoll_.native_handle(), EPOLL_CTL_ADD, socket, &event) < 0) return from_errno(errno, "epoll_ctl");
  return {};
}

void Poller::remove(int socket) { epoll_ctl(epoll_.native_handle(), EPOLL_CTL_DEL, socket, nullptr); }

void Poller::wait() {
  epoll_.async_wait(asio::posix::stream_descriptor::wait_read, [this, alive = alive_](boost::system::error_code ec) {
    if (ec || !*alive) return;
    round();
    if (*alive) wait();
  });
}

void Poller::round() {
  std::array<epoll_event, 512> events;
  const int count = epoll_wait(epoll_.native_handle(), events.data(), static_cast<int>(events.size()), 0);
  for (int i = 0; i < count; i++) {
    const auto& event = events[static_cast<std::size_t>(i)];
    on_event_({.tag = event.data.u64,
               .readable = (event.events & EPOLLIN) != 0,
               .writable = (event.events & EPOLLOUT) != 0,
               .broken = (event.events & (EPOLLERR | EPOLLHUP | EPOLLRDHUP)) != 0});
  }
  on_round_();
}

}  // namespace qala::mqtt
