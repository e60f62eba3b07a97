#include "mqtt_client.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "client.h"

namespace qala::bench {

namespace {

void put_text(std::string& out, std::string_view text) {
  out += static_cast<char>(text.size() >> 8);
  out += static_cast<char>(text.size() & 255);
  out += text;
}

void put_length(std::string& out, std::size_t length) {
  do {
    const auto low = static_cast<unsigned>(length & 127);
    length >>= 7;
    out += static_cast<char>(length > 0 ? low | 128u : low);
  } while (length > 0);
}

}  // namespace

MqttConnection::MqttConnection(int port, const std::string& client_id, const std::string& user)
    : socket_(connect_to(port)) {
  std::string body;
  put_text(body, "MQTT");
  body += '\x04';
  body += user.empty() ? '\x02' : '\x82';
  body.append("\0\0", 2);  // no keep-alive
  put_text(body, client_id);
  if (!user.empty()) put_text(body, user);
  std::string out = "\x10";
  put_length(out, body.size());
  send(out + body);
  char answer[4];
  if (::recv(socket_, answer, 4, MSG_WAITALL) != 4 || answer[0] != 0x20 || answer[3] != 0)
    give_up("MQTT: " + client_id + " was refused");
  ::fcntl(socket_, F_SETFL, ::fcntl(socket_, F_GETFL) | O_NONBLOCK);
}

MqttConnection::~MqttConnection() { ::close(socket_); }

void MqttConnection::subscribe(std::string_view filter) {
  std::string body("\0\1", 2), out = "\x82";
  put_text(body, filter);
  body += '\1';
  put_length(out, body.size());
  send(out + body);
  pollfd wait{socket_, POLLIN, 0};
  std::uint8_t head = 0;
  std::string_view answer;
  do {
    ::poll(&wait, 1, 10'000);
    if (!fill()) give_up("MQTT: no SUBACK");
  } while (!packet(head, answer));
  if (head != 0x90) give_up("MQTT: no SUBACK");
}

void MqttConnection::publish(std::string_view topic, std::string_view payload, std::int64_t due_ns) {
  if (++last_id_ == 0) last_id_ = 1;
  std::string out = "\x32";
  put_length(out, 2 + topic.size() + 2 + payload.size());
  put_text(out, topic);
  out += static_cast<char>(last_id_ >> 8);
  out += static_cast<char>(last_id_ & 255);
  out += payload;
  waiting_.push_back({last_id_, due_ns});
  send(out);
}

bool MqttConnection::fill() {
  in_.erase(0, at_);
  at_ = 0;
  char bytes[65536];
  const ssize_t n = ::recv(socket_, bytes, sizeof bytes, 0);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (n <= 0) give_up("MQTT: the server closed a connection");
  in_.append(bytes, static_cast<std::size_t>(n));
  return true;
}

bool MqttConnection::packet(std::uint8_t& head, std::string_view& body) {
  std::size_t length = 0, at = at_ + 1;
  for (int shift = 0;; shift += 7, at++) {
    if (at >= in_.size()) return false;
    const auto byte = static_cast<std::uint8_t>(in_[at]);
    length |= static_cast<std::size_t>(byte & 127) << shift;
    if (byte < 128) break;
  }
  at++;
  if (in_.size() - at < length) return false;
  head = static_cast<std::uint8_t>(in_[at_]);
  body = std::string_view(in_).substr(at, length);
  at_ = at + length;
  return true;
}

void MqttConnection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(n));
      continue;
    }
    if (errno != EAGAIN && errno != EINTR) give_up(std::string("MQTT: ") + std::strerror(errno));
    pollfd wait{socket_, POLLOUT, 0};
    ::poll(&wait, 1, 1000);
  }
}

std::int64_t MqttConnection::acknowledged(std::string_view body) {
  const auto id =
      static_cast<std::uint16_t>(static_cast<std::uint8_t>(body[0]) << 8 | static_cast<std::uint8_t>(body[1]));
  for (auto it = waiting_.begin(); it != waiting_.end(); ++it) {
    if (it->id != id) continue;
    const std::int64_t due = it->due_ns;
    waiting_.erase(it);
    return due;
  }
  give_up("MQTT: an acknowledgement of nothing");
}

void MqttConnection::acknowledge(std::string_view publish, std::uint8_t head, std::string& out) const {
  if ((head >> 1 & 3) == 0) return;
  const auto topic =
      static_cast<std::size_t>(static_cast<std::uint8_t>(publish[0]) << 8 | static_cast<std::uint8_t>(publish[1]));
  out.append("\x40\x02", 2).append(publish.substr(2 + topic, 2));
}

}  // namespace qala::bench
