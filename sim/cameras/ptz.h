#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace qala::sim {

/// Where a simulated camera looks: moves at its velocity until it is told to stop, or the time it was given is over.
/// Times are of the monotonic clock, in nanoseconds.
class PanTiltZoom {
 public:
  static constexpr double kSpeed = 0.25;  ///< of full velocity, a second; pan and tilt -1..1, zoom 0..1

  struct Spot {
    double pan = 0, tilt = 0, zoom = 0;
  };
  void move(Spot velocity, double seconds, std::int64_t now_ns);
  void stop(std::int64_t now_ns);
  Spot spot(std::int64_t now_ns) const;
  bool moving(std::int64_t now_ns) const;

  struct Preset {
    std::string name;
    Spot spot;
  };
  const std::map<std::string, Preset>& presets() const { return presets_; }
  bool go_to(const std::string& token, std::int64_t now_ns);
  /// Empty token: a new one. Gives the token; empty: there is none of that name.
  std::string save(const std::string& token, const std::string& name, std::int64_t now_ns);

  std::uint64_t moves() const { return moves_; }
  std::uint64_t stops() const { return stops_; }
  /// How often it stopped by itself, since nobody told it to.
  std::uint64_t ran_out(std::int64_t now_ns) const { return ran_out_ + (velocity_set_ && now_ns >= until_ns_ ? 1 : 0); }

 private:
  void settle(std::int64_t now_ns);

  Spot from_, velocity_;
  std::int64_t since_ns_ = 0, until_ns_ = 0;
  bool velocity_set_ = false;
  std::map<std::string, Preset> presets_{{"home", {"Home", {}}}};
  int last_preset_ = 0;
  std::uint64_t moves_ = 0, stops_ = 0, ran_out_ = 0;
};

}  // namespace qala::sim
