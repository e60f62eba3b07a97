#pragma once

#include <functional>
#include <string>
#include <vector>

#include "sim/cameras/camera_server.h"

namespace qala::sim {

/// What `qala-sim cameras` (and the town's own cameras) are made of.
struct CamerasOptions {
  CameraServerOptions server;
  int count = 16;
  std::vector<std::string> scenes;  ///< empty: all; camera n shows the n-th, and begins again
  std::string clips;                ///< folder of *.mp4 that are shown as well; empty: none
  int width = 1280, height = 720;   ///< of main streams; sub-streams are 640 x 360
  int kbit = 1500, sub_kbit = 350;
  double fps = 12.5, key_interval = 1;
  double seconds = 24;              ///< of a loop
  std::string cache;                ///< folder that keeps what was encoded; empty: nowhere
  std::vector<std::string> faults;  ///< lines of camera_faults.h
};

/// Draws, encodes (or finds in the cache) and opens the server. Takes seconds the first time.
Result<std::unique_ptr<CameraServer>> open_cameras(const CamerasOptions& options, const Clock& clock,
                                                   const std::function<bool()>& stop);

/// Opens them, prints `ready rtsp=HOST:PORT` and a line of JSON for each stream, and serves until told to stop. Lines
/// on the standard input are faults.
Result<> run_cameras(const CamerasOptions& options, const Clock& clock, const std::function<bool()>& stop);

}  // namespace qala::sim
