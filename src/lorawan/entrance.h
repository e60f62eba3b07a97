#pragma once

#include <functional>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "lorawan/message.h"

namespace qala::lorawan {

/// What became of a message of a network server.
struct Outcome {
  enum class Kind : std::uint8_t {
    taken,  ///< committed: raw payload, and readings where there are any. Also a duplicate, and what is of no concern
    bad,  ///< not a message: counted, and to be acknowledged, since it would be bad again
    busy,  ///< nothing is stored: send it again later
  };
  Kind kind = Kind::taken;
  std::string words = {};
  bool duplicate = false;
};

/// The way out, to a network server. Network thread.
class DownlinkSink {
 public:
  virtual ~DownlinkSink() = default;
  /// Publishes to the broker of the bridge of that name; done when the broker has acknowledged it. `unavailable`: it is
  /// not connected, or was not any more before it was acknowledged; then Entrance::connected() is to be called when it
  /// is.
  virtual boost::asio::awaitable<Result<>> publish(std::string source, std::string topic, std::string payload) = 0;
};

/// The one door for messages of network servers, for webhooks and bridges. Network thread.
class Entrance {
 public:
  using Done = std::function<void(Outcome)>;
  virtual ~Entrance() = default;

  /// `topic_or_event`: of ChirpStack the topic or the event's word, of The Things Stack the topic or nothing. `done` is
  /// called once, on the network thread, never from within: acknowledge then, and not before.
  virtual void message(Source source, std::string_view topic_or_event, std::string_view body, Done done) = 0;

  /// Where bridges take downlinks. Null: nowhere. Outlives the entrance, or is taken back.
  virtual void set_sink(DownlinkSink* sink) = 0;
  /// A bridge is connected: what waits for it is published.
  virtual void connected(const Source& source) = 0;
  /// How a bridge does, for the list of sources: "connected", "connecting", "refused".
  virtual void source_state(const Source& source, std::string_view state, std::string_view words) = 0;
};

}  // namespace qala::lorawan
