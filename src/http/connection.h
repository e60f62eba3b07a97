#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/core.h"
#include "http/files.h"
#include "http/gate.h"
#include "http/transport.h"

namespace qala::http {

/// One connection from its first byte to its last: reads a request, has it answered, reads the next. Network thread.
/// Whoever spawns run() keeps it alive until then; meanwhile it is in Core::open. It keeps no timers: the server calls
/// check_deadline() on all of them.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::shared_ptr<Core> core, std::unique_ptr<Transport> transport, std::string peer, bool secure);
  ~Connection();

  asio::awaitable<void> run();
  /// Wakes what has waited too long; the second time closes.
  void check_deadline(std::int64_t now_ns);
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
  /// When it would end by itself, if it waits for a request to begin or to go on; kNever, if it serves one.
  std::int64_t would_end() const { return waits_ ? deadline_ : kNever; }
  /// Closes, so that another finds a place.
  void make_room();
  /// Ends when the current request is answered; at once, if there is none.
  void finish();
  void abort();

 private:
  /// A request in the course of being answered.
  struct Exchange {
    Head head;
    Request request;
    Match match;
    bool keep = true;          ///< the connection serves another request afterwards
    bool body_unread = false;  ///< the answer came before the body: drain before closing
    BodyShare share;
  };
  enum class Took { request, end };

  // connection.cpp
  asio::awaitable<void> serve();
  asio::awaitable<Took> read_head(Head& head);
  asio::awaitable<error_code> fill();
  std::string_view buffered() const { return std::string_view(in_).substr(begin_, end_ - begin_); }
  void consume(std::size_t bytes);
  asio::awaitable<void> drain();
  void wait_at_most(std::chrono::milliseconds time);
  void wait_freely() { deadline_ = kNever; }

  // body.cpp
  asio::awaitable<std::optional<Refusal>> read_body(Exchange& exchange, const RouteOptions& limits);
  asio::awaitable<std::optional<Refusal>> read_sized(Exchange& exchange, std::uint64_t length);
  asio::awaitable<std::optional<Refusal>> read_chunked(Exchange& exchange, std::uint64_t limit);
  asio::awaitable<std::optional<Refusal>> unpack(Exchange& exchange, std::uint64_t limit);
  /// Until the next piece of a body: as long as for any, and no longer than a slow line would take for all so far.
  void wait_for_piece(std::int64_t began_ns, std::uint64_t have);
  asio::awaitable<std::optional<Refusal>> skip_body(Exchange& exchange);

  // exchange.cpp
  asio::awaitable<bool> answer(Head head);
  asio::awaitable<bool> answer_route(Exchange& exchange);
  asio::awaitable<bool> answer_without_route(Exchange& exchange);
  asio::awaitable<bool> answer_upgrade(Exchange& exchange);
  asio::awaitable<Response> run_handler(Exchange& exchange);
  asio::awaitable<bool> refuse(Exchange& exchange, Refusal refusal);
  /// Before there is an exchange: the header itself is bad.
  asio::awaitable<void> refuse_head(Refusal refusal);

  // answer.cpp
  asio::awaitable<bool> send(Exchange& exchange, Response& response);
  asio::awaitable<bool> send_body(Exchange& exchange, Response& response);
  asio::awaitable<bool> send_stream(Exchange& exchange, Response& response);
  asio::awaitable<bool> send_path(Exchange& exchange, Response& response);
  asio::awaitable<bool> send_file(Exchange& exchange, Response& response, FoundFile file);
  asio::awaitable<bool> send_file_bytes(const FoundFile& file, ByteRange range, std::string head);
  asio::awaitable<void> pack(Response& response);
  asio::awaitable<bool> write(std::string_view head, std::string_view body);
  std::string& start_head(const Exchange& exchange, const Response& response, std::optional<std::uint64_t> length,
                          bool chunked = false);

  std::shared_ptr<Core> core_;
  std::unique_ptr<Transport> transport_;
  std::shared_ptr<SocketSession> socket_;  ///< after an upgrade
  std::string peer_;
  HeadFrame frame_;
  std::string in_;  ///< [begin_, end_) has arrived and is not used yet
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::string out_;  ///< header of the current answer
  std::int64_t deadline_ = kNever;
  bool woken_ = false;
  bool idle_ = false;
  bool first_ = true;   ///< no request has begun yet
  bool waits_ = false;  ///< for a request to begin or to go on
};

}  // namespace qala::http
