#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/clock.h"
#include "base/random.h"
#include "onvif/address.h"
#include "onvif/answers.h"
#include "onvif/post.h"

namespace qala::onvif {

/// How a device is reached, and as whom.
struct Account {
  Address at = {};
  std::string user = {}, password = {};  ///< empty: without a signature
  friend bool operator==(const Account& a, const Account& b) {
    return a.at.text() == b.at.text() && a.user == b.user && a.password == b.password;
  }
};

/// One device. Learns its clock and services with the first call and keeps them; forget() begins anew. Coroutines of
/// one thread, which the device and all references must outlive. Errors: `denied`: name or password are not right;
/// `not_found`: it has no such service; what came instead of an answer (post.h, answers.h), each with its address.
class Device {
 public:
  template <class T>
  using Answer = boost::asio::awaitable<Result<T>>;

  Device(Post& post, const Clock& clock, Random& random, Account account);
  const Account& account() const { return account_; }
  void forget();

  /// Asks for its clock, without a signature. Any ONVIF device answers that: it is one.
  Answer<Instant> date_time();
  Answer<Information> information();
  /// By Media2 where it has it, which alone tells of H.265.
  Answer<std::vector<Profile>> profiles();
  Answer<std::string> stream_address(std::string token);    ///< rtsp://, of its own host
  Answer<std::string> snapshot_address(std::string token);  ///< http://, of its own host

  struct Velocity {
    double pan = 0, tilt = 0, zoom = 0;  ///< -1..1
  };
  /// Goes on until stop(), or until `lasts` is over: the camera's own guard against a connection that is lost.
  Answer<void> move(std::string profile, Velocity velocity, std::chrono::seconds lasts);
  Answer<void> stop(std::string profile);
  Answer<std::vector<Preset>> presets(std::string profile);
  Answer<void> go_to(std::string profile, std::string preset);
  /// A new one, or with a token that one anew. Gives the token.
  Answer<std::string> save_preset(std::string profile, std::string name, std::string token);
  Answer<Position> position(std::string profile);

  Answer<Subscription> subscribe(std::chrono::seconds lasts);
  /// Returns when something happened, or after `wait`.
  Answer<std::vector<Event>> pull(Subscription subscription, std::chrono::seconds wait);
  Answer<void> renew(Subscription subscription, std::chrono::seconds lasts);
  Answer<void> unsubscribe(Subscription subscription);

 private:
  struct Call {
    std::string url = {}, action = {}, body = {}, headers = {};
    std::chrono::milliseconds deadline{6'000};
  };
  Answer<std::string> call(Call what);
  Answer<std::string> ask(Call what, bool digest);
  Answer<void> sync();
  /// Its services, and with them its clock, once.
  Answer<void> connect();
  Answer<std::string> on_media(std::string_view name, std::string_view body1, std::string_view body2);
  Answer<std::string> on_ptz(std::string_view name, std::string body);
  Call on_subscription(const Subscription& subscription, std::string_view action, std::string body);
  std::string device_url() const { return account_.at.text(); }
  Error about(Error error) const;
  std::string signature();
  std::string message_id();

  Post& post_;
  const Clock& clock_;
  Random& random_;
  const Account account_;
  std::optional<Services> services_ = {};
  Duration ahead_{};  ///< its clock before ours
  std::optional<std::int64_t> synced_ns_ = {};
  bool digest_ = false;  ///< it does not take our signature, but HTTP Digest
};

}  // namespace qala::onvif
