#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include "video/wire.h"

namespace qala::video {

/// Bytes that several lookers are sent.
using Shared = std::shared_ptr<const std::string>;

/// The worker's end of the socket. The io_context's thread. What is sent waits in a queue that its users keep short:
/// lookers by their lag, everything else is small; over kMost the other end has stopped reading, which ends the link.
class Link {
 public:
  static constexpr std::size_t kFull = 64u << 20, kMost = 256u << 20;

  struct User {
    virtual ~User() = default;
    virtual void on_message(const Message& message) = 0;
    virtual void on_closed(const std::string& why) = 0;  ///< serve is gone, or talks nonsense; once
  };
  Link(boost::asio::io_context& io, User& user);
  Result<> connect(const std::string& path);
  void close();

  void send(Type type, std::uint32_t subject, std::string_view payload = {});
  void send(Type type, std::uint32_t subject, Shared payload);
  /// 67 and 70.
  void send_media(Type type, std::uint32_t subject, Instant at, bool key, bool masked, Shared bytes);
  /// Lookers are to be cut short as if each of them lagged.
  bool full() const { return queued_ > kFull; }
  std::size_t queued() const { return queued_; }

 private:
  struct Entry {
    std::string head;
    Shared body;
    std::size_t size() const { return head.size() + (body ? body->size() : 0); }
  };
  void push(Entry entry);
  void read();
  void write();
  void closed(const std::string& why);

  boost::asio::local::stream_protocol::socket socket_;
  User& user_;
  FrameReader reader_;
  std::string incoming_;
  std::deque<Entry> queue_;
  std::size_t queued_ = 0, writing_ = 0;
  bool closed_ = true;
  std::shared_ptr<bool> here_ = std::make_shared<bool>(true);

 public:
  ~Link() { *here_ = false; }
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
};

}  // namespace qala::video
