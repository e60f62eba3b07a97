#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "api/camera_desk.h"
#include "base/clock.h"
#include "base/random.h"
#include "cameras/cameras.h"
#include "onvif/device.h"
#include "onvif/motion.h"

namespace qala::app {

/// Listens to what cameras notice themselves (ONVIF pull points), one coroutine each. A camera that does not answer is
/// asked again after 1 s, 2 s … a minute, with jitter, for ever; one that does not take the password only every five
/// minutes, so that it does not lock the account. Network thread.
class CameraEvents {
 public:
  struct User {
    virtual ~User() = default;
    /// At each change, and every few seconds while there is motion. None: it never spoke of such a thing.
    virtual void noticed(const cameras::Camera& camera, std::optional<bool> motion, std::optional<bool> input) = 0;
  };
  /// All must outlive it.
  CameraEvents(boost::asio::io_context& network, onvif::Post& post, const Clock& clock, Random& random, User& user)
      : network_(network), post_(post), clock_(clock), random_(random), user_(user) {}

  /// The cameras as they are now: those that changed are begun anew.
  void configure(const cameras::Cameras::List& list);
  /// Nothing is told any more. What waits for cameras ends with their Post; subscriptions run out by themselves.
  void stop();

  /// Nothing: it is not listened to.
  std::optional<api::EventsHealth> health(cameras::CameraId camera) const;

 private:
  /// One camera that is listened to. Its coroutine holds it; `over`: it is to end.
  struct Ear;
  using EarPtr = std::shared_ptr<Ear>;
  boost::asio::awaitable<void> listen(EarPtr ear);
  boost::asio::awaitable<Result<>> hear(EarPtr ear);
  void tell(Ear& ear);
  boost::asio::awaitable<void> watch(EarPtr ear);

  boost::asio::io_context& network_;
  onvif::Post& post_;
  const Clock& clock_;
  Random& random_;
  User& user_;
  std::map<cameras::CameraId, EarPtr> ears_;
};

}  // namespace qala::app
