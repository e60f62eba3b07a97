#include "video/link.h"

#include <vector>

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

namespace qala::video {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kAtOnce = 64;  ///< entries of one write

/// A frame's head for a payload of which `inside` is known and `more` bytes follow.
std::string head_of(Type type, std::uint32_t subject, std::string_view inside, std::size_t more) {
  std::string out;
  append_u32(out, static_cast<std::uint32_t>(5 + inside.size() + more));
  out.push_back(static_cast<char>(type));
  append_u32(out, subject);
  out += inside;
  return out;
}

}  // namespace

Link::Link(asio::io_context& io, User& user) : socket_(io), user_(user) { incoming_.resize(64 * 1024); }

Result<> Link::connect(const std::string& path) {
  boost::system::error_code ec;
  socket_.connect(asio::local::stream_protocol::endpoint(path), ec);
  if (ec) return fail(ErrorKind::unavailable, path + ": " + ec.message());
  socket_.set_option(asio::socket_base::send_buffer_size(1 << 20), ec);
  closed_ = false;
  read();
  return {};
}

void Link::close() {
  if (closed_) return;
  closed_ = true;
  boost::system::error_code ignored;
  socket_.close(ignored);
}

void Link::closed(const std::string& why) {
  if (closed_) return;
  close();
  user_.on_closed(why);
}

void Link::read() {
  socket_.async_read_some(asio::buffer(incoming_),
                          [this, here = here_](const boost::system::error_code& ec, std::size_t size) {
                            if (!*here || closed_) return;
                            if (ec) return closed(ec.message());
                            reader_.feed(std::string_view(incoming_).substr(0, size));
                            while (*here && !closed_) {
                              const auto message = reader_.next();
                              if (!message) return closed(message.error().message);
                              if (!*message) break;
                              user_.on_message(**message);
                            }
                            if (*here && !closed_) read();
                          });
}

void Link::send(Type type, std::uint32_t subject, std::string_view payload) {
  push({head_of(type, subject, payload, 0), nullptr});
}

void Link::send(Type type, std::uint32_t subject, Shared payload) {
  std::string head = head_of(type, subject, {}, payload->size());
  push({std::move(head), std::move(payload)});
}

void Link::send_media(Type type, std::uint32_t subject, Instant at, bool key, bool masked, Shared bytes) {
  std::string inside;
  append_media_head(inside, at, key, masked);
  std::string head = head_of(type, subject, inside, bytes->size());
  push({std::move(head), std::move(bytes)});
}

void Link::push(Entry entry) {
  if (closed_) return;
  queued_ += entry.size();
  queue_.push_back(std::move(entry));
  if (queued_ > kMost) return closed("serve does not read");
  if (writing_ == 0) write();
}

void Link::write() {
  std::vector<asio::const_buffer> buffers;
  writing_ = std::min(queue_.size(), kAtOnce);
  for (std::size_t i = 0; i < writing_; i++) {
    buffers.push_back(asio::buffer(queue_[i].head));
    if (queue_[i].body) buffers.push_back(asio::buffer(*queue_[i].body));
  }
  asio::async_write(socket_, buffers, [this, here = here_](const boost::system::error_code& ec, std::size_t) {
    if (!*here || closed_) return;
    if (ec) return closed(ec.message());
    for (; writing_ > 0; writing_--) {
      queued_ -= queue_.front().size();
      queue_.pop_front();
    }
    if (!queue_.empty()) write();
  });
}

}  // namespace qala::video
