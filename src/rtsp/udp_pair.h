#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>

#include "base/result.h"
#include "rtsp/rtp.h"

namespace qala::rtsp {

/// Two UDP sockets on neighbouring ports, the even one for RTP, for one track. Takes packets of the camera's address
/// only, and puts RTP into order. Lives in a shared_ptr with its handlers; silent after close().
class UdpPair {
 public:
  /// (control, packet): RTCP or RTP.
  using OnPacket = std::function<void(bool control, std::string_view packet)>;
  static Result<std::unique_ptr<UdpPair>> open(boost::asio::io_context& io, const boost::asio::ip::address& local,
                                               const boost::asio::ip::address& camera, OnPacket on_packet);
  ~UdpPair();
  std::uint16_t port() const;
  /// Where reports go.
  void camera_control_port(unsigned port);
  void send_control(std::string_view packet);
  /// Called now and then: packets that wait for lost ones longer than from one call to the next are let go.
  void tick();
  void close();

 private:
  struct State;
  explicit UdpPair(std::shared_ptr<State> state) : state_(std::move(state)) {}
  std::shared_ptr<State> state_;
};

}  // namespace qala::rtsp
