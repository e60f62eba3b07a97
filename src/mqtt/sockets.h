#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "mqtt/broker.h"
#include "mqtt/poller.h"
#include "mqtt/tls.h"

namespace qala::mqtt {

/// The broker's connections as non-blocking sockets. Reads go through one shared buffer and are parsed in place; only
/// an unfinished packet is kept per connection. All output of a round leaves in one write per connection at its end.
/// Network thread only.
class Sockets final : public Transport {
 public:
  explicit Sockets(boost::asio::io_context& io);
  ~Sockets() override;

  Result<> start(Broker& broker, const Clock& clock);
  /// Takes over an accepted, non-blocking socket; `tls` null: plain. Closes it if the broker has no room.
  void adopt(int socket, std::string peer, std::unique_ptr<TlsStream> tls, bool anonymous_listener);
  void wake(Connection& connection) override;
  void resume(Connection& connection) override;
  /// Closes what could not say good-bye in time.
  void tick();
  /// Flushes what can be flushed and closes everything.
  void stop();

 private:
  struct Line {
    int socket = -1;
    std::unique_ptr<TlsStream> tls;
    std::string in;               // an unfinished packet, or what a paused connection has sent
    std::int64_t closing_ns = 0;  // since when it is being closed
    bool lingering = false;       // all is said; only the peer's end is waited for
    bool resuming = false;        // in resume_
    bool broken = false;          // the peer closed: read to the end
  };

  void on_event(const Poller::Event& event);
  void round();
  void schedule();
  void read(Connection& c, Line& line);
  bool read_once(Connection& c, Line& line, bool& more);
  void feed_rest(Connection& c, Line& line);
  void flush(Connection& c, Line& line);
  void finish(Connection& c, Line& line);
  void discard(Connection& c, Line& line);
  void destroy(Connection& c, Line& line);
  Attempt receive(Line& line, char* out, std::size_t size);
  Attempt transmit(Line& line, const char* bytes, std::size_t size);
  Line& line_of(const Connection& c) { return lines_[c.id.slot]; }

  boost::asio::io_context& io_;
  Poller poller_;
  Broker* broker_ = nullptr;
  const Clock* clock_ = nullptr;
  std::vector<Line> lines_;  // by slot
  std::unique_ptr<char[]> buffer_;
  std::vector<ConnectionId> dirty_, resume_;
  bool in_round_ = false;
  bool scheduled_ = false;
  bool stopped_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace qala::mqtt
