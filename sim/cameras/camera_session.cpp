#include "sim/cameras/camera_session.h"

#include <cerrno>
#include <deque>

#include <sys/socket.h>
#include <sys/uio.h>

#include "sim/chance.h"

namespace qala::sim {

namespace {

constexpr std::size_t kHead = 18;  // '$', channel, length; RTP; FU

socklen_t size_of(const sockaddr_storage& to) {
  return to.ss_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
}

struct Packet {
  std::array<char, kHead> head;
  std::size_t head_size = 0;
  std::string damaged;  ///< the payload, if it is not the loop's any more
  std::string_view payload;
  std::string junk;     ///< on the connection after it
};

double roll(const Wire& wire) { return unit(mix(++*wire.dice)); }
char any_byte(const Wire& wire) { return static_cast<char>(mix(++*wire.dice) >> 17 & 0xFF); }

void damage(Packet& packet, const Wire& wire, bool tcp) {
  const double fate = roll(wire);
  if (fate < 0.05 && !packet.payload.empty()) {
    packet.damaged = packet.payload;
    for (int flips = 0; flips < 3; flips++) {
      const auto at = static_cast<std::size_t>(roll(wire) * static_cast<double>(packet.damaged.size()));
      packet.damaged[at] = static_cast<char>(packet.damaged[at] ^ any_byte(wire));
    }
    packet.payload = packet.damaged;
  } else if (fate < 0.06) {
    packet.head[tcp ? 4 : 0] = any_byte(wire);  // version, padding, extension
  } else if (fate < 0.07 && tcp) {
    const auto size = static_cast<std::size_t>(1 + 40 * roll(wire));
    for (std::size_t i = 0; i < size; i++) packet.junk.push_back(static_cast<char>('A' + 26 * roll(wire)));
  }
}

void send_tcp(CameraConnection& connection, const std::deque<Packet>& packets) {
  if (!connection.output.empty()) {
    for (const Packet& packet : packets) {
      connection.output.append(packet.head.data(), packet.head_size);
      connection.output.append(packet.payload).append(packet.junk);
    }
    connection.flush();
    return;
  }
  std::vector<iovec> pieces;
  const auto add = [&](const char* data, std::size_t size) {
    if (size > 0) pieces.push_back({const_cast<char*>(data), size});
  };
  for (const Packet& packet : packets) {
    add(packet.head.data(), packet.head_size);
    add(packet.payload.data(), packet.payload.size());
    add(packet.junk.data(), packet.junk.size());
  }
  std::size_t done = 0;
  constexpr std::size_t kMost = 512;
  while (done < pieces.size()) {
    msghdr message{};
    message.msg_iov = pieces.data() + done;
    message.msg_iovlen = std::min(kMost, pieces.size() - done);
    auto n = ::sendmsg(connection.socket.descriptor(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno != EAGAIN) connection.broken = true;
    if (n < 0) break;
    while (n > 0 && static_cast<std::size_t>(n) >= pieces[done].iov_len)
      n -= static_cast<ssize_t>(pieces[done++].iov_len);
    if (n == 0) continue;
    pieces[done].iov_base = static_cast<char*>(pieces[done].iov_base) + n;
    pieces[done].iov_len -= static_cast<std::size_t>(n);
  }
  for (; done < pieces.size(); done++)
    connection.output.append(static_cast<const char*>(pieces[done].iov_base), pieces[done].iov_len);
}

void send_udp(int udp, const sockaddr_storage& to, const std::deque<Packet>& packets) {
  for (const Packet& packet : packets) {
    std::array<iovec, 2> pieces{iovec{const_cast<char*>(packet.head.data()), packet.head_size},
                                iovec{const_cast<char*>(packet.payload.data()), packet.payload.size()}};
    msghdr message{};
    message.msg_name = const_cast<sockaddr_storage*>(&to);
    message.msg_namelen = size_of(to);
    message.msg_iov = pieces.data();
    message.msg_iovlen = pieces.size();
    ::sendmsg(udp, &message, MSG_NOSIGNAL | MSG_DONTWAIT);  // what does not fit is lost, as it is with UDP
  }
}

}  // namespace

void CameraConnection::say(std::string_view bytes) {
  output += bytes;
  flush();
}

bool CameraConnection::flush() {
  std::size_t sent = 0;
  while (sent < output.size() && !broken) {
    const auto n = ::send(socket.descriptor(), output.data() + sent, output.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno != EAGAIN) broken = true;
    if (n < 0) break;
    sent += static_cast<std::size_t>(n);
  }
  output.erase(0, sent);
  return output.empty();
}

Delivered deliver(CameraConnection& connection, CameraSession& session, int udp, std::uint32_t rtp_time,
                  const std::vector<RtpPart>& parts, const Wire& wire) {
  Delivered out;
  const bool tcp = session.transport.tcp;
  if (tcp && connection.output.size() > CameraConnection::kMostWaiting) {
    out.dropped = true;
    return out;
  }
  std::deque<Packet> packets;
  for (const RtpPart& part : parts) {
    Packet packet;
    packet.payload = part.payload;
    const std::size_t size = 12 + part.prefix_size + part.payload.size();
    char* at = packet.head.data();
    if (tcp) {
      *at++ = '$';
      *at++ = static_cast<char>(session.transport.channel);
      *at++ = static_cast<char>(size >> 8);
      *at++ = static_cast<char>(size);
    }
    session.sender.head(rtp_time, part.marker, at);
    at += 12;
    for (std::uint8_t i = 0; i < part.prefix_size; i++) *at++ = static_cast<char>(part.prefix[i]);
    packet.head_size = static_cast<std::size_t>(at - packet.head.data());
    session.sender.count(size - 12);
    if (wire.loss > 0 && roll(wire) < wire.loss) {
      out.lost++;
      continue;
    }
    packets.push_back(std::move(packet));
    if (wire.damage) damage(packets.back(), wire, tcp);
    out.bytes += size;
  }
  if (tcp) send_tcp(connection, packets);
  else send_udp(udp, session.rtp_to, packets);
  return out;
}

void deliver_report(CameraConnection& connection, const CameraSession& session, int udp, const std::string& report) {
  if (!session.transport.tcp) {
    ::sendto(udp, report.data(), report.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
             reinterpret_cast<const sockaddr*>(&session.rtcp_to), size_of(session.rtcp_to));
    return;
  }
  std::string bytes{'$', static_cast<char>(session.transport.channel + 1), static_cast<char>(report.size() >> 8),
                    static_cast<char>(report.size())};
  connection.say(bytes + report);
}

}  // namespace qala::sim
