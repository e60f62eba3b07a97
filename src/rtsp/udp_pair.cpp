#include "rtsp/udp_pair.h"

#include <sys/socket.h>

#include <utility>

#include "rtsp/wire.h"

namespace qala::rtsp {

using boost::asio::ip::udp;

struct UdpPair::State : std::enable_shared_from_this<UdpPair::State> {
  State(boost::asio::io_context& io, boost::asio::ip::address from, OnPacket packet)
      : sockets{udp::socket(io), udp::socket(io)}, camera(std::move(from)), on_packet(std::move(packet)) {}

  std::array<udp::socket, 2> sockets;
  boost::asio::ip::address camera;
  unsigned control_port = 0;
  OnPacket on_packet;
  Reorder reorder;
  bool waited = false;
  bool closed = false;
  std::array<char, 65'536> buffer;

  bool bind(const boost::asio::ip::address& local) {
    for (int attempt = 0; attempt < 40; attempt++) {
      boost::system::error_code ec;
      const auto bound = [&](udp::socket& socket, unsigned port) {
        socket.close(ec);
        socket.open(local.is_v6() ? udp::v6() : udp::v4(), ec);
        if (!ec) socket.bind({local, static_cast<std::uint16_t>(port)}, ec);
        return !ec;
      };
      if (!bound(sockets[0], 0)) return false;
      const auto port = sockets[0].local_endpoint(ec).port();
      if (ec || port % 2 != 0 || port == 65'534 || !bound(sockets[1], port + 1u)) continue;
      for (auto& socket : sockets) {
        socket.non_blocking(true, ec);
        // A key frame comes as a burst of hundreds of packets.
        socket.set_option(boost::asio::socket_base::receive_buffer_size(1024 * 1024), ec);
      }
      return true;
    }
    return false;
  }

  void wait(std::size_t which) {
    sockets[which].async_wait(udp::socket::wait_read,
                              [self = shared_from_this(), which](const boost::system::error_code& ec) {
                                if (!ec && !self->closed) self->read(which);
                              });
  }

  void read(std::size_t which) {
    for (int i = 0; i < 256 && !closed; i++) {
      udp::endpoint from;
      boost::system::error_code ec;
      const auto size = sockets[which].receive_from(boost::asio::buffer(buffer), from, 0, ec);
      if (ec == boost::asio::error::would_block) break;
      if (ec || from.address() != camera) continue;
      const std::string_view packet(buffer.data(), size);
      if (which == 1) on_packet(true, packet);
      else if (size >= 12) in_order(packet);
    }
    if (!closed) wait(which);
  }

  void in_order(std::string_view packet) {
    reorder.push(static_cast<std::uint16_t>(get16(packet, 2)), packet, [this](std::string_view bytes) {
      if (!closed) on_packet(false, bytes);
    });
  }
};

Result<std::unique_ptr<UdpPair>> UdpPair::open(boost::asio::io_context& io, const boost::asio::ip::address& local,
                                               const boost::asio::ip::address& camera, OnPacket on_packet) {
  auto state = std::make_shared<State>(io, camera, std::move(on_packet));
  if (!state->bind(local)) return fail(ErrorKind::unavailable, "no pair of UDP ports is free");
  state->wait(0);
  state->wait(1);
  return std::unique_ptr<UdpPair>(new UdpPair(std::move(state)));
}

UdpPair::~UdpPair() { close(); }

void UdpPair::close() {
  if (std::exchange(state_->closed, true)) return;
  boost::system::error_code ignored;
  for (auto& socket : state_->sockets) socket.close(ignored);
}

std::uint16_t UdpPair::port() const {
  boost::system::error_code ignored;
  return state_->sockets[0].local_endpoint(ignored).port();
}

void UdpPair::camera_control_port(unsigned port) { state_->control_port = port; }

void UdpPair::send_control(std::string_view packet) {
  if (state_->control_port == 0 || state_->closed) return;
  boost::system::error_code ignored;  // a report that is lost is followed by the next
  state_->sockets[1].send_to(boost::asio::buffer(packet),
                             {state_->camera, static_cast<std::uint16_t>(state_->control_port)}, 0, ignored);
}

void UdpPair::tick() {
  if (state_->closed) return;
  if (!std::exchange(state_->waited, state_->reorder.waiting())) return;
  const auto state = state_;
  state->reorder.release([&](std::string_view bytes) {
    if (!state->closed) state->on_packet(false, bytes);
  });
  state->waited = false;
}

}  // namespace qala::rtsp
