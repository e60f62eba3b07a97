#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/clock.h"
#include "base/random.h"
#include "base/threads.h"
#include "video/camera.h"
#include "video/load.h"
#include "video/playback.h"
#include "video/probe.h"
#include "video/recorded_stills.h"

namespace qala::video {

/// The inside of `qala-video`: one thread runs `io` with all cameras, a few more decode and write. Built, run and ended
/// by main(); ends by itself when serve is gone.
class WorkerRoom final : private Link::User {
 public:
  WorkerRoom(boost::asio::io_context& io, const Clock& clock, Random& random);
  ~WorkerRoom() override;
  WorkerRoom(const WorkerRoom&) = delete;
  WorkerRoom& operator=(const WorkerRoom&) = delete;

  /// Connects to serve and says hello; then io.run() is the work.
  Result<> start(const std::string& socket);
  /// Why io was stopped.
  const std::string& ended_because() const { return why_; }

 private:
  void on_message(const Message& message) override;
  void on_closed(const std::string& why) override;
  void configure(std::string_view json);
  void watch(std::uint32_t subject, std::string_view json);
  void unwatch(std::uint32_t subject);
  void still(std::uint32_t subject, std::string_view json);
  void recorded_still(std::uint32_t subject, const StillWanted& wanted, const std::vector<Polygon>& masks);
  void probe(std::uint32_t subject, std::string_view json);
  void play(std::uint32_t subject, std::string_view json);
  void consumed(std::uint32_t subject, std::string_view payload);
  void refuse(std::uint32_t subject, Why why, std::string_view words);
  Camera* find(std::uint32_t camera) const;
  void forget_ended();
  void stop(const std::string& why);
  void beat();
  void second();
  void tell_status();

  boost::asio::io_context& io_;
  const Clock& clock_;
  Link link_;
  FootageWriter footage_;
  Worker stills_, analysis_, playback_, transcode_a_, transcode_b_;
  Services services_;
  KeyFrameDecoders decoders_;
  Common common_;
  Configuration configuration_;
  std::shared_ptr<RecordedStills> recorded_stills_;
  std::map<std::uint32_t, std::shared_ptr<Camera>> cameras_;
  std::map<std::uint32_t, std::unique_ptr<Watching>> watchings_;
  std::map<std::uint32_t, std::shared_ptr<Playback>> playbacks_;
  std::map<std::uint32_t, std::shared_ptr<Probe>> probes_;
  Load load_;
  boost::asio::steady_timer beat_;
  std::int64_t next_beat_ns_ = 0, worst_lag_ns_ = 0;
  int beats_ = 0;
  std::string why_;
};

}  // namespace qala::video
