#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "api/authorize.h"
#include "api/context.h"
#include "cameras/cameras.h"
#include "cameras/looks.h"
#include "footage/library.h"
#include "http/message.h"
#include "http/server.h"
#include "onvif/post.h"
#include "video/supervisor.h"

namespace qala::api {

/// How it goes with what a camera notices itself (ONVIF events).
struct EventsHealth {
  std::string state = "waiting";  ///< "on", "lost", "denied" (name or password), "waiting"
  std::string words = {};         ///< why it is not on
  Instant since = {};
  std::uint64_t messages = 0;
};

/// The rooms that cameras are made of. Everything outlives the desk.
struct CameraRooms {
  cameras::Cameras& cameras;
  cameras::Looks& looks;  ///< writer thread
  video::Supervisor& video;
  footage::Library& library;  ///< pool
  onvif::Post& post;  ///< to the cameras themselves
  std::function<std::optional<EventsHealth>(cameras::CameraId)> events = {};  ///< network thread
  std::function<void()> wake = {};  ///< starts the worker, which a town without cameras has none of; network thread
  std::string town_database;  ///< path, for readers of their own
};

/// Lifts the masks of one camera for one person, for a while.
struct Unmasking {
  cameras::CameraId camera = {};
  audit::Actor actor = {};
  std::string case_number = {}, reason = {};
  Instant until = {};
};

class PictureView;
class Steering;

/// What stands between a picture and who wants to see it: the right, the masks, and the look that is durable in the
/// audit chain before the first byte goes out. Network thread.
class CameraDesk {
 public:
  CameraDesk(Context& context, CameraRooms rooms);
  ~CameraDesk();

  /// Runs until stop(); spawned once: hands on what browsers have taken, ends views that would not be allowed any more.
  boost::asio::awaitable<void> run();
  void stop();

  /// GET …/live (LookKind::live) and …/playback?from= as WebSockets.
  boost::asio::awaitable<http::UpgradeDecision> view(http::Request& request, cameras::LookKind kind);

  /// May this request see the camera, and through its masks? An error carries the response. A lift ends with the right
  /// to lift, as soon as it is asked for.
  struct Seeing {
    cameras::Camera camera = {};
    bool unmasked = false;
    std::string reason = {}, case_number = {};
  };
  std::variant<Seeing, http::Response> seeing(const http::Request& request, const Caller& caller);
  /// The same of a request whose caller is not known yet. May be asked again: what was true may be over.
  struct Asked {
    Caller caller = {};
    Seeing seeing = {};
  };
  std::variant<Asked, http::Response> asked(const http::Request& request);
  /// Returns once it is durable; an error (503 look.not_recorded): show nothing.
  boost::asio::awaitable<std::variant<std::uint64_t, http::Response>> look(const Seeing& seeing, cameras::LookKind kind,
                                                                           const Caller& caller, Instant from,
                                                                           std::optional<Instant> to = {});
  void end_look(std::uint64_t id, std::optional<Instant> shown_to);

  /// A token that lifts the masks; recorded before it is given.
  boost::asio::awaitable<std::variant<std::string, http::Response>> unmask(Unmasking lift, const Caller& caller);
  const Unmasking* lift(const std::string& token) const;  ///< null: none, or over

  Steering& steering() const { return *steering_; }
  /// Cameras that are being turned are told to stop; waits for it, but not long.
  boost::asio::awaitable<void> end_steering();

  Context& context() const { return context_; }
  const CameraRooms& rooms() const { return rooms_; }

 private:
  friend class PictureView;
  Context& context_;
  CameraRooms rooms_;
  boost::asio::steady_timer timer_;
  bool stopping_ = false;
  std::set<PictureView*> views_;
  std::unique_ptr<Steering> steering_;
  std::map<std::string, Unmasking> lifts_;  ///< by token
};

/// Every path of docs/design/cameras.md. `desk` outlives the router.
void add_camera_routes(http::Router& router, CameraDesk& desk);
void add_discovery_routes(http::Router& router, CameraDesk& desk);
void add_steering_routes(http::Router& router, CameraDesk& desk);
void add_footage_routes(http::Router& router, CameraDesk& desk);
void add_look_routes(http::Router& router, CameraDesk& desk);

}  // namespace qala::api
