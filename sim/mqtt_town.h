#pragma once

#include <deque>

#include "sim/mqtt_link.h"
#include "sim/setup.h"

namespace qala::sim {

/// Everybody who speaks MQTT: the gateways with the meters, lamps and bins behind them, the stations with a connection
/// of their own, and two newcomers that nobody has claimed. One thread calls step() and wait() in turn.
///
/// Each connection remembers up to when it has reported. While the server is gone nothing is stored: afterwards what
/// was due in between is worked out again from the town's life, so an outage may last as long as it likes.
class MqttTown {
 public:
  MqttTown(const Options& options, const Town& town, const Frame& frame, const Access& access, Seconds from);

  /// Connects, sends what is due until `now`, reads acknowledgements.
  void step(Seconds now);
  /// Until something comes in, at most `longest`.
  void wait(std::chrono::milliseconds longest);

  struct State {
    std::size_t connections = 0, up = 0, waiting = 0;
    std::uint64_t acknowledged = 0, repeated = 0, refused = 0, given_up = 0;
    Seconds slowest = 0;  ///< up to when the slowest connection has reported
  };
  State state() const;

 private:
  struct Speaker {
    MqttLink link;
    std::uint32_t self;
    std::vector<std::uint32_t> behind;  ///< a gateway's devices
    Seconds reported;
  };
  struct Newcomer {
    MqttLink link;
    double offset;
    Seconds reported;
  };

  void speak(Speaker& speaker, Seconds now);
  void pass_on(Speaker& gateway, Seconds until);
  void speak_for_self(Speaker& speaker, Seconds until);
  void publish(MqttLink& link, std::string_view topic, const std::string& payload, bool twice);
  void introduce(Newcomer& newcomer, Seconds now);

  const Town& town_;
  Life life_;
  Reporter reporter_;
  std::vector<Report> reports_;
  std::deque<Speaker> speakers_;
  std::deque<Newcomer> newcomers_;
};

}  // namespace qala::sim
