// Sockets and bytes of a session: connecting, reading into the shared buffer, interleaved packets (RFC 2326 10.12):
//   '$' channel(1) length(2, big-endian) packet, between RTSP messages.
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <boost/asio/ip/address.hpp>

#include <fmt/format.h>

#include "rtsp/session.h"
#include "rtsp/wire.h"

namespace qala::rtsp {
namespace {

constexpr int kReadsAtOnce = 4;
constexpr std::size_t kMostOutput = 64 * 1024;
constexpr std::size_t kMostJunk = 256 * 1024;
constexpr std::size_t kKeepInput = 8 * 1024;  // capacity that an unfinished packet may leave behind

using boost::asio::ip::tcp;

/// The beginning of an answer or of a request that cameras send.
bool may_be_message(std::string_view bytes) {
  constexpr std::array<std::string_view, 7> kBeginnings = {"RTSP/",     "OPTIONS ",  "GET_PARAMETER ", "SET_PARAMETER ",
                                                           "ANNOUNCE ", "REDIRECT ", "PLAY_NOTIFY "};
  return std::ranges::any_of(kBeginnings, [&](std::string_view beginning) {
    return bytes.substr(0, beginning.size()) == beginning.substr(0, bytes.size());
  });
}

}  // namespace

void Session::start() {
  deadline_ns_ = clock_.monotonic_ns() + std::chrono::nanoseconds(timing_.connect).count();
  boost::system::error_code ec;
  const auto address = boost::asio::ip::make_address(wish_.url.host, ec);
  if (!ec) {
    endpoints_ = {tcp::endpoint(address, wish_.url.port)};
    return connect(0);
  }
  resolver_.async_resolve(
      wish_.url.host, std::to_string(wish_.url.port), tcp::resolver::numeric_service,
      [self = shared_from_this()](const boost::system::error_code& failed, const tcp::resolver::results_type& found) {
        if (self->closed_) return;
        if (failed || found.empty()) {
          return self->end(Reason::refused, fmt::format("the name {} is not known", self->wish_.url.host));
        }
        for (const auto& entry : found) self->endpoints_.push_back(entry.endpoint());
        self->connect(0);
      });
}

void Session::connect(std::size_t endpoint) {
  boost::system::error_code ec;
  socket_.close(ec);
  socket_.async_connect(endpoints_[endpoint],
                        [self = shared_from_this(), endpoint](const boost::system::error_code& failed) {
                          if (self->closed_) return;
                          if (!failed) return self->connected();
                          if (endpoint + 1 < self->endpoints_.size()) return self->connect(endpoint + 1);
                          const bool late = failed == boost::asio::error::timed_out;
                          self->end(late ? Reason::timeout : Reason::refused,
                                    late ? "no answer from the camera's address" : failed.message());
                        });
}

void Session::connected() {
  boost::system::error_code ec;
  socket_.non_blocking(true, ec);
  socket_.set_option(tcp::no_delay(true), ec);
  socket_.set_option(boost::asio::socket_base::keep_alive(true), ec);
  wait_for_bytes();
  ask(Step::options, State::describing);
}

void Session::shut() {
  boost::system::error_code ignored;
  resolver_.cancel();
  socket_.close(ignored);
  for (auto& pair : pairs_) {
    if (pair) pair->close();
  }
}

void Session::write(std::string_view bytes) {
  if (closed_ || !socket_.is_open()) return;
  if (out_.size() + bytes.size() > kMostOutput) return end(Reason::closed, "the camera reads nothing");
  out_ += bytes;
  if (!writing_) flush();
}

void Session::flush() {
  while (!out_.empty()) {
    const auto sent = ::send(socket_.native_handle(), out_.data(), out_.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      out_.erase(0, static_cast<std::size_t>(sent));
      continue;
    }
    if (errno == EINTR) continue;
    // What is broken is found out by reading.
    if (errno != EAGAIN && errno != EWOULDBLOCK) return out_.clear();
    writing_ = true;
    socket_.async_wait(tcp::socket::wait_write, [self = shared_from_this()](const boost::system::error_code& ec) {
      self->writing_ = false;
      if (!ec && !self->closed_) self->flush();
    });
    return;
  }
  if (out_.capacity() > 4096) std::string().swap(out_);
}

void Session::wait_for_bytes() {
  socket_.async_wait(tcp::socket::wait_read, [self = shared_from_this()](const boost::system::error_code& ec) {
    if (self->closed_) return;
    if (ec) return self->end(Reason::closed, ec.message());
    self->read();
    if (!self->closed_) self->wait_for_bytes();
  });
}

/// Into the shared buffer, behind what was left over; parsed in place.
void Session::read() {
  now_ns_ = clock_.monotonic_ns();
  const auto buffer = shared_.buffer();
  for (int i = 0; i < kReadsAtOnce && !closed_; i++) {
    const auto kept = in_.size();
    if (kept > 0) std::memcpy(buffer.data(), in_.data(), kept);
    const auto room = buffer.size() - kept;
    const auto got = ::recv(socket_.native_handle(), buffer.data() + kept, room, 0);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return;
    if (got < 0) return end(Reason::closed, std::strerror(errno));
    if (got == 0) return end(Reason::closed, "the camera closed the connection");
    feed_.counters.bytes += static_cast<std::uint64_t>(got);
    const std::string_view all(buffer.data(), kept + static_cast<std::size_t>(got));
    const auto done = take(all);
    if (closed_) return;
    in_.assign(all.substr(done));
    if (in_.empty() && in_.capacity() > kKeepInput) std::string().swap(in_);
    if (static_cast<std::size_t>(got) < room) return;
  }
}

/// Among junk a '$' is believed only if what follows looks like RTP or RTCP on a channel of ours.
bool Session::looks_interleaved(std::string_view bytes) const {
  const auto channel = static_cast<int>(byte_at(bytes, 1));
  return std::ranges::find(channels_, channel) != channels_.end() && get16(bytes, 2) >= 8 &&
         byte_at(bytes, 4) >> 6 == 2;
}

/// How many bytes are done with.
std::size_t Session::take(std::string_view bytes) {
  const auto whole = bytes.size();
  while (!bytes.empty() && !closed_) {
    if (bytes[0] == '$') {
      if (bytes.size() < (junk_ == 0 ? 4 : 5)) break;
      if (junk_ == 0 || looks_interleaved(bytes)) {
        const std::size_t size = get16(bytes, 2);
        if (bytes.size() < 4 + size) break;
        junk_ = 0;
        interleaved(byte_at(bytes, 1), bytes.substr(4, size));
        bytes.remove_prefix(4 + size);
        continue;
      }
    } else if (may_be_message(bytes)) {
      Message message;
      std::size_t size = 0;
      const auto parsed = parse_message(bytes, message, size);
      if (parsed == Parsed::more) break;
      if (parsed == Parsed::complete) {
        junk_ = 0;
        on_message(message);
        bytes.remove_prefix(size);
        continue;
      }
    } else if (junk_ == 0 && (bytes[0] == '\r' || bytes[0] == '\n')) {
      bytes.remove_prefix(1);  // cameras put empty lines behind bodies
      continue;
    }
    if (junk_ == 0) feed_.counters.bad_packets++;
    const auto skipped = std::min({bytes.find('$', 1), bytes.find("RTSP/", 1), bytes.size()});
    bytes.remove_prefix(skipped);
    junk_ += skipped;
    if (junk_ > kMostJunk) end(Reason::bad_stream, "the camera sends nothing that makes sense");
  }
  return whole - bytes.size();
}

void Session::interleaved(unsigned channel, std::string_view packet) {
  for (std::size_t i = 0; i < channels_.size(); i++) {
    if (channels_[i] != static_cast<int>(channel)) continue;
    return media(i < 2 ? Stream::Which::video : Stream::Which::audio, i % 2 == 1, packet);
  }
  feed_.counters.bad_packets++;
}

void Session::datagram(Stream::Which which, bool control, std::string_view packet) {
  if (closed_) return;
  now_ns_ = clock_.monotonic_ns();
  feed_.counters.bytes += packet.size();
  const auto self = shared_from_this();
  media(which, control, packet);
}

void Session::media(Stream::Which which, bool control, std::string_view packet) {
  if (!stream_) return;  // before PLAY: of an earlier session
  if (control) {
    stream_->rtcp(which, packet, now_ns_);
    if (stream_->over()) end(Reason::closed, "the camera said good-bye");
    return;
  }
  stream_->rtp(which, packet, now_ns_);
  if (closed_ || stream_->last_video_ns() != now_ns_) return;
  if (std::exchange(stalled_, false)) owner_.progressed(State::playing, Reason::none, {});
}

}  // namespace qala::rtsp
