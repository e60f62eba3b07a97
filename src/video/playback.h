#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "footage/library.h"
#include "video/fan.h"
#include "video/masked_engine.h"
#include "video/services.h"

namespace qala::video {

/// Reads recorded pictures for one looker, masked ones through a transcode of its own, as fast as it consumes them.
/// Reading and transcoding run on `worker`, one piece at a time; the rest is the io_context's thread. Held by a
/// shared_ptr. What `masks` cover at the beginning is covered to the end; drawing masks ends the playback.
class Playback : public std::enable_shared_from_this<Playback> {
 public:
  using OnEnd = std::function<void()>;
  Playback(Services& services, Worker& worker, std::uint32_t subject, const Play& play, std::vector<Polygon> masks);
  void start(const std::string& folder, OnEnd on_end);
  void consumed(std::uint64_t bytes);
  void end(Why why, std::string_view words);
  std::uint32_t camera() const { return play_.camera; }
  bool unmasked() const { return play_.unmasked; }

 private:
  /// On the worker.
  struct Source;
  struct Piece {
    Result<bool> done = true;  ///< true: no more
    Format format;
    std::string init;  ///< not empty: of another format than before
    Instant at;
    bool key = true;
    std::string bytes;
    Why why = Why::failed;
    std::uint64_t damaged = 0;  ///< so far
  };
  void more();
  void take(Piece piece);
  Services& services_;
  Worker& worker_;
  Looker looker_;
  Play play_;
  std::vector<Polygon> masks_;
  std::shared_ptr<Source> source_;
  OnEnd on_end_;
  std::uint64_t damaged_ = 0;
  bool busy_ = false, over_ = false;
};

}  // namespace qala::video
