#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "mqtt/packet.h"
#include "mqtt/wire.h"

namespace qala::mqtt::testing {

inline constexpr std::chrono::seconds kPatience(60);

/// A packet from the server, taken apart as far as tests need.
struct Packet {
  PacketType type{};
  std::uint8_t flags = 0;
  std::string body;
  // PUBLISH
  std::string topic{}, payload{};
  std::uint16_t id = 0;
  std::uint8_t qos = 0;
  bool retain = false, duplicate = false;
  Code code{};  ///< CONNACK, acknowledgements, DISCONNECT, the first of a SUBACK
  bool session_present = false;
  std::multimap<std::uint32_t, std::string> properties{};  ///< numbers as decimal text, pairs as "name=value"

  std::string property(std::uint32_t identifier) const {
    const auto found = properties.find(identifier);
    return found == properties.end() ? "" : found->second;
  }
};

inline std::multimap<std::uint32_t, std::string> read_list(Reader& reader) {
  std::multimap<std::uint32_t, std::string> out;
  Reader list(reader.bytes(reader.varint()));
  while (!list.empty()) {
    const auto id = list.varint();
    std::string value;
    switch (id) {
      case 0x01:
      case 0x17:
      case 0x19:
      case 0x24:
      case 0x25:
      case 0x28:
      case 0x29:
      case 0x2a: value = std::to_string(list.u8()); break;
      case 0x13:
      case 0x21:
      case 0x22:
      case 0x23: value = std::to_string(list.u16()); break;
      case 0x02:
      case 0x11:
      case 0x18:
      case 0x27: value = std::to_string(list.u32()); break;
      case 0x0b: value = std::to_string(list.varint()); break;
      case 0x26:
        value = std::string(list.text()) + "=";
        value += list.text();
        break;
      default: value = list.binary();
    }
    out.emplace(id, value);
  }
  return out;
}

inline Packet take_apart(const Frame& frame, Version version) {
  Packet p{.type = frame.type, .flags = frame.flags, .body = std::string(frame.body)};
  const bool v5 = version == Version::v5;
  Reader reader(frame.body);
  switch (frame.type) {
    case PacketType::connack:
      p.session_present = reader.u8();
      p.code = static_cast<Code>(reader.u8());
      if (v5) p.properties = read_list(reader);
      break;
    case PacketType::publish:
      p.qos = frame.flags >> 1 & 3;
      p.retain = frame.flags & 1;
      p.duplicate = frame.flags & 8;
      p.topic = reader.text();
      if (p.qos) p.id = reader.u16();
      if (v5) p.properties = read_list(reader);
      p.payload = reader.rest();
      break;
    case PacketType::suback:
    case PacketType::unsuback:
      p.id = reader.u16();
      if (v5) read_list(reader);
      if (!reader.empty()) p.code = static_cast<Code>(reader.u8());
      break;
    case PacketType::disconnect: p.code = reader.empty() ? Code::success : static_cast<Code>(reader.u8()); break;
    case PacketType::pingresp: break;
    default:
      p.id = reader.u16();
      if (!reader.empty()) p.code = static_cast<Code>(reader.u8());
  }
  return p;
}

/// How a client says hello.
struct Hello {
  Version version = Version::v5;
  std::string id = "tester";
  bool clean = true;
  std::uint16_t keep_alive = 0;
  std::string properties{};  ///< encoded, without the length
  std::string user{};
  std::string will_topic{}, will_payload{}, will_properties{};
  std::uint8_t will_qos = 0;
  bool will_retain = false;
};

struct Message {
  std::string topic;
  std::string payload{};
  std::uint8_t qos = 0;
  std::uint16_t id = 0;
  bool retain = false;
  bool duplicate = false;
  std::string properties{};
};

inline std::string packet_of(PacketType type, std::uint8_t flags, const std::string& body) {
  std::string out;
  put_u8(out, static_cast<std::uint8_t>(static_cast<std::uint8_t>(type) << 4 | flags));
  put_varint(out, static_cast<std::uint32_t>(body.size()));
  return out + body;
}

inline void put_list(std::string& out, const std::string& properties) {
  put_varint(out, static_cast<std::uint32_t>(properties.size()));
  out += properties;
}

inline std::string connect_packet(const Hello& hello) {
  std::string body;
  put_text(body, hello.version == Version::v31 ? "MQIsdp" : "MQTT");
  put_u8(body, static_cast<std::uint8_t>(hello.version));
  const bool will = !hello.will_topic.empty();
  put_u8(body, static_cast<std::uint8_t>((hello.clean ? 2 : 0) | (will ? 4 | hello.will_qos << 3 : 0) |
                                         (will && hello.will_retain ? 0x20 : 0) | (hello.user.empty() ? 0 : 0x80)));
  put_u16(body, hello.keep_alive);
  const bool v5 = hello.version == Version::v5;
  if (v5) put_list(body, hello.properties);
  put_text(body, hello.id);
  if (will) {
    if (v5) put_list(body, hello.will_properties);
    put_text(body, hello.will_topic);
    put_text(body, hello.will_payload);
  }
  if (!hello.user.empty()) put_text(body, hello.user);
  return packet_of(PacketType::connect, 0, body);
}

inline std::string publish_packet(Version version, const Message& m) {
  std::string body;
  put_text(body, m.topic);
  if (m.qos) put_u16(body, m.id);
  if (version == Version::v5) put_list(body, m.properties);
  body += m.payload;
  return packet_of(PacketType::publish,
                   static_cast<std::uint8_t>((m.duplicate ? 8 : 0) | m.qos << 1 | (m.retain ? 1 : 0)), body);
}

/// A client over a real socket, in the thread that also runs the server: waiting for a packet runs the io_context.
class Client {
 public:
  Client(boost::asio::io_context& io, std::uint16_t port) : io_(io) {
    socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<sockaddr*>(&at), sizeof at) < 0) ::perror("connect");
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() { cut(); }

  void cut() {
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  }
  void send(const std::string& bytes) {
    std::size_t at = 0;
    while (at < bytes.size()) {
      const auto n = ::send(socket_, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (n > 0) at += static_cast<std::size_t>(n);
      else if (n < 0 && errno != EAGAIN) return;
      else step();
    }
  }
  Packet connect(Hello hello = {}) {
    version = hello.version;
    send(connect_packet(hello));
    return next();
  }
  void publish(const Message& m) { send(publish_packet(version, m)); }
  /// QoS 2 to the end; true when PUBCOMP came.
  bool hand_over(Message m) {
    m.qos = 2;
    publish(m);
    if (next_of(PacketType::pubrec).id != m.id) return false;
    acknowledge(PacketType::pubrel, m.id);
    return next_of(PacketType::pubcomp).id == m.id;
  }
  void acknowledge(PacketType type, std::uint16_t id) {
    std::string out;
    write_acknowledgement(out, version, type, id, Code::success);
    send(out);
  }
  Packet subscribe(const std::string& filter, std::uint8_t options = 0, const std::string& properties = {}) {
    std::string body;
    put_u16(body, 77);
    if (version == Version::v5) put_list(body, properties);
    put_text(body, filter);
    put_u8(body, options);
    send(packet_of(PacketType::subscribe, 2, body));
    return next_of(PacketType::suback);
  }
  Packet unsubscribe(const std::string& filter) {
    std::string body;
    put_u16(body, 78);
    if (version == Version::v5) put_list(body, {});
    put_text(body, filter);
    send(packet_of(PacketType::unsubscribe, 2, body));
    return next_of(PacketType::unsuback);
  }
  void ping() { send(packet_of(PacketType::pingreq, 0, {})); }
  void disconnect(const std::string& body = {}) {
    send(packet_of(PacketType::disconnect, 0, body));
    wait_closed();
  }

  /// The next packet; type 0 when the server closed or nothing came for a minute.
  Packet next() {
    for (const auto end = std::chrono::steady_clock::now() + kPatience;;) {
      Frame frame;
      if (next_frame(in_, frame) == FrameStatus::complete) {
        auto packet = take_apart(frame, version);
        in_.erase(0, frame.size);
        return packet;
      }
      if (closed || std::chrono::steady_clock::now() > end) return {};
      fill();
    }
  }
  /// Packets of other kinds are put aside for later next().
  Packet next_of(PacketType type) {
    std::string aside;
    for (const auto end = std::chrono::steady_clock::now() + kPatience;;) {
      Frame frame;
      while (next_frame(in_, frame) != FrameStatus::complete && !closed && std::chrono::steady_clock::now() < end)
        fill();
      if (next_frame(in_, frame) != FrameStatus::complete) return {};
      if (frame.type == type) {
        auto packet = take_apart(frame, version);
        in_ = aside + in_.substr(frame.size);
        return packet;
      }
      aside += in_.substr(0, frame.size);
      in_.erase(0, frame.size);
    }
  }
  bool wait_closed() {
    for (const auto end = std::chrono::steady_clock::now() + kPatience;
         !closed && std::chrono::steady_clock::now() < end;) {
      fill();
    }
    return closed;
  }
  /// True if the server has answered everything sent so far with nothing but the answer to a PINGREQ.
  bool silent() {
    ping();
    return next().type == PacketType::pingresp;
  }

  Version version = Version::v5;
  bool closed = false;

 private:
  void step() { io_.run_one_for(std::chrono::milliseconds(5)); }
  void fill() {
    char bytes[65536];
    const auto n = ::recv(socket_, bytes, sizeof bytes, MSG_DONTWAIT);
    if (n > 0) {
      in_.append(bytes, static_cast<std::size_t>(n));
      return;
    }
    if (n == 0 || (errno != EAGAIN && errno != EINTR)) closed = true;
    else step();
  }

  boost::asio::io_context& io_;
  int socket_ = -1;
  std::string in_;
};

}  // namespace qala::mqtt::testing
