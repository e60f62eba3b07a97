#pragma once

#include <map>
#include <memory>
#include <string>

#include "api/camera_desk.h"
#include "app/camera_events.h"
#include "app/config.h"
#include "app/data_folder.h"
#include "base/zone.h"
#include "ingest/intake.h"
#include "onvif/post.h"
#include "video/supervisor.h"

namespace qala::app {

/// The cameras at work: keeps the worker told of the list, and makes of what it says readings of the cameras' things,
/// which the rules judge like any others. Network thread, but for what says otherwise.
class CameraService final : public video::Supervisor::Listener, public CameraEvents::User {
 public:
  /// Everything must outlive it.
  static Result<std::unique_ptr<CameraService>> open(const Config& config, DataFolder& folder, const Zone& zone,
                                                     boost::asio::io_context& network);

  /// Starts the worker with the first camera, so that a town without cameras has none.
  Result<> start(ingest::Intake& intake, Worker& writer);
  boost::asio::awaitable<void> stop();
  api::CameraRooms rooms();
  cameras::Cameras& cameras() { return *cameras_; }
  void fill(api::ServiceHealth& into) const;

  void on_status(const video::Status& status) override;
  void on_event(const video::Event& event) override;
  void on_worker(const video::WorkerHealth& health) override;
  void noticed(const cameras::Camera& camera, std::optional<bool> motion, std::optional<bool> input) override;

 private:
  CameraService(const Config& config, DataFolder& folder, const Zone& zone, boost::asio::io_context& network)
      : config_(config), folder_(folder), zone_(zone), network_(network) {}
  void configure(bool also_without = false);  ///< also without cameras
  video::Configuration configuration() const;
  void sense(const video::CameraStatus& camera, const cameras::Camera& known, Instant now);
  void submit(readings::Batch batch);
  /// A camera whose stream cannot be had is asked where it is now, if it can be asked.
  void seek(const video::StreamStatus& stream, const cameras::Camera& known, Instant now);
  boost::asio::awaitable<void> ask_address(cameras::Camera camera);
  void put(readings::Batch& batch, ThingId thing, std::string_view key, double value, Instant now);
  std::string footage() const;

  const Config& config_;
  DataFolder& folder_;
  const Zone& zone_;
  boost::asio::io_context& network_;
  ingest::Intake* intake_ = nullptr;
  Worker* writer_ = nullptr;
  std::unique_ptr<cameras::Cameras> cameras_;
  std::unique_ptr<cameras::Looks> looks_;
  std::unique_ptr<footage::Library> library_;
  std::unique_ptr<onvif::CurlPost> post_;
  std::unique_ptr<CameraEvents> events_;
  std::unique_ptr<video::Supervisor> supervisor_;
  bool started_ = false;

  /// What was last reported of a camera: readings come at once when something changes, and once a minute.
  struct Told {
    bool online = false;
    std::size_t faults = 0;
    Instant at = {};
    Instant asked = {};  ///< since when it is to be live: it gets a moment before it counts as lost
    Instant sought = {};  ///< when it was asked for its address last
  };
  std::map<std::uint32_t, Told> told_;
  struct Noticed {
    std::optional<bool> motion = {}, input = {};
  };
  std::map<std::uint32_t, Noticed> noticed_;  ///< what cameras were last heard to notice
};

}  // namespace qala::app
