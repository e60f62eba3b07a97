#pragma once

#include <atomic>
#include <thread>
#include <vector>

#include "sim/run.h"
#include "sim/town.h"

namespace qala::sim {

/// Which of the town's camera things get pictures: those beside what alarms most (heat stations, feeders, stops, air
/// stations), then the rest along the avenues. Indices of Town::devices, the most useful first.
std::vector<std::uint32_t> watched_places(const Town& town, std::size_t count);

/// Tells the server the addresses of cameras 1, 2, … at `rtsp`, which hang at `places`: those it knows are changed, the
/// others are new. `not_found`: this server has no cameras.
Result<> register_cameras(const Options& options, const Town& town, const Endpoint& rtsp,
                          const std::vector<std::uint32_t>& places);

/// The town's own cameras while it lives: serves `Options::cameras` streams by RTSP on a loopback port and tells the
/// server their addresses (POST or PATCH /api/v1/cameras), some with a mask over house windows. On a thread of its own.
/// A server without cameras, or one that refuses, is told of once; the town goes on.
class TownCameras {
 public:
  TownCameras(const Options& options, const Session& session, const Town& town);
  ~TownCameras();

 private:
  void live() const;

  const Options& options_;
  const Session& session_;
  const Town& town_;
  std::atomic<bool> stop_ = false;
  std::jthread thread_;
};

}  // namespace qala::sim
