#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/clock.h"
#include "http/head_writer.h"
#include "http/router.h"
#include "http/server.h"

namespace qala::http {

class Connection;

class Core;

/// What one body takes of the memory for all of them. Network thread only; gives it back when it goes.
class BodyShare {
 public:
  BodyShare() = default;
  ~BodyShare() { drop(); }
  BodyShare(const BodyShare&) = delete;
  BodyShare& operator=(const BodyShare&) = delete;
  /// From now on the body has so many bytes. False: there is no room for them.
  bool hold(Core& core, std::uint64_t bytes);
  void drop();

 private:
  Core* core_ = nullptr;
  std::uint64_t bytes_ = 0;
};

/// What all connections of one server share. Network thread only. Kept alive by the server and by each connection.
class Core {
 public:
  Core(asio::io_context& io, const Router& routes, ServerOptions server_options)
      : context(io), router(routes), options(std::move(server_options)) {}

  asio::io_context& context;
  const Router& router;
  ServerOptions options;
  ServerCounters counters;
  std::unordered_set<Connection*> open;  ///< each kept alive by its own run()
  std::uint64_t last_request = 0;
  std::uint64_t body_bytes = 0;  ///< of all BodyShares
  bool stopping = false;

  std::int64_t now_ns() const { return clock_.monotonic_ns(); }
  /// For the Date header; made anew once a second.
  const std::string& date();
  /// An empty string whose memory earlier bodies have used already: 375 KB bodies then cost no page faults.
  std::string take_buffer();
  void give_back(std::string buffer);

 private:
  SystemClock clock_;
  std::int64_t date_second_ = -1;
  std::string date_;
  std::vector<std::string> spare_;
};

}  // namespace qala::http
