#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "api/camera_desk.h"
#include "onvif/device.h"

namespace qala::api {

/// Who turns which camera. A camera is leased to one person at a time; each begin of steering is in the audit chain
/// before the camera is told to move. A lease is over some seconds after the last command, when its holder's session or
/// role is, or when he stops looking: a camera that then still moves is told to stop. Network thread.
class Steering {
 public:
  static constexpr Duration kLease = std::chrono::seconds(5);
  /// A camera stops by itself after so long without a word of us: the line may be cut.
  static constexpr std::chrono::seconds kGuard{10};

  explicit Steering(CameraDesk& desk);

  struct Move {
    double pan = 0, tilt = 0, zoom = 0;
    bool still() const { return pan == 0 && tilt == 0 && zoom == 0; }
  };
  struct Stop {};
  struct GoTo {
    std::string preset = {};
  };
  struct Save {
    std::string name = {}, preset = {};  ///< preset: that one anew; empty: a new one
  };
  using Wish = std::variant<Move, Stop, GoTo, Save>;
  /// `request` is judged again while the lease lasts. Answers 409 camera.steered with who holds it.
  boost::asio::awaitable<http::Response> command(const http::Request& request, const Caller& caller,
                                                 const cameras::Camera& camera, Wish wish);
  /// Who holds it, the presets, where it looks.
  boost::asio::awaitable<http::Response> state(const Caller& caller, const cameras::Camera& camera);

  /// A few times a second: ends leases that are over.
  void beat();
  /// A view of this camera was closed, which this request had opened.
  void stopped_looking(cameras::CameraId camera, const http::Request& request);
  /// Every camera that moves is told to stop; waits for it, but not long.
  boost::asio::awaitable<void> end_all();

 private:
  struct Lease {
    audit::Actor holder = {};
    http::Request request = {};
    std::int64_t until_ns = 0;
    bool moving = false;
    bool recorded = false;  ///< in the audit chain
  };
  /// What is said to one camera, in order: of moves and stops that wait only the newest is sent.
  struct Line {
    Line(boost::asio::io_context& network, onvif::Account account) : turn(network), account(std::move(account)) {}
    boost::asio::steady_timer turn;
    onvif::Account account;
    std::shared_ptr<onvif::Device> device = {};
    std::string wanted = {}, profile = {};  ///< as is set; as the device has one that can be steered
    bool busy = false;
    std::uint64_t newest = 0;
  };
  using LinePtr = std::shared_ptr<Line>;

  Result<LinePtr> line(const cameras::Camera& camera);
  boost::asio::awaitable<std::optional<http::Response>> take(const http::Request& request, const Caller& caller,
                                                             cameras::CameraId camera, const Wish& wish);
  boost::asio::awaitable<Result<std::string>> say(LinePtr line, Wish wish);
  static boost::asio::awaitable<Result<std::string>> say_now(Line& line, const Wish& wish);
  static boost::asio::awaitable<Result<>> find_profile(Line& line);
  void end(cameras::CameraId camera, std::string_view why);
  boost::asio::awaitable<void> stop(LinePtr line, std::uint32_t camera);
  http::Response held(const Lease& lease) const;
  std::int64_t now_ns() const { return context_.clock.monotonic_ns(); }

  CameraDesk& desk_;
  Context& context_;
  std::map<cameras::CameraId, Lease> leases_;
  std::map<cameras::CameraId, LinePtr> lines_;
  int stopping_ = 0;  ///< cameras that are being told
};

}  // namespace qala::api
