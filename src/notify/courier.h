#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "notify/addresses.h"
#include "notify/recipient.h"
#include "notify/webhook.h"

namespace qala::notify {

/// Something to be brought to somebody.
struct Parcel {
  Channel channel = Channel::mail;
  std::string address = {};  ///< mail address or URL
  std::string body = {};
  Headers headers = {};      ///< of web-hook and push
};

/// What became of it.
enum class Fate : std::uint8_t {
  delivered,
  later,  ///< not now: worth another attempt
  never,  ///< this one will not be taken, however often
  gone,   ///< nobody is there any more: the receiver says so
};
struct Outcome {
  Fate fate = Fate::later;
  std::string words = {};    ///< the other side's own, else what hindered us
  std::int64_t wait_s = 0;   ///< it asked for so much patience
};

/// Who brings parcels. `send` from any thread; `done` is called once, on a thread of the carrier's.
class Carrier {
 public:
  using Done = std::function<void(Outcome)>;
  virtual ~Carrier() = default;
  virtual void send(Parcel parcel, Done done) = 0;
};

enum class MailTls : std::uint8_t { none, starttls, tls };

/// The server that takes our mail.
struct MailServer {
  std::string host = {};  ///< empty: there is none
  std::uint16_t port = 587;
  MailTls tls = MailTls::starttls;  ///< none: loopback only, else `denied`
  std::string user = {};
  std::string password = {};
  std::string from = {};     ///< address
  std::string ca_file = {};  ///< PEM; empty: the system's authorities
};

struct CourierOptions {
  MailServer mail = {};
  AddressGuard guard = AddressGuard();
  std::string ca_file = {};  ///< of web-hooks and push; PEM; empty: the system's authorities
  std::chrono::milliseconds deadline{20'000};  ///< for the whole of a parcel
  std::string agent = "Qala";
  bool sends = true;  ///< false: a training copy; every parcel is answered with Fate::never, and nothing leaves
};

/// libcurl on a thread of its own, many parcels at once, each with a deadline. Certificates are checked, redirects are
/// not followed, proxies of the environment are not used, and of an answer at most 64 KiB are read.
class Courier final : public Carrier {
 public:
  explicit Courier(CourierOptions options);
  ~Courier() override;
  void send(Parcel parcel, Done done) override;
  /// What is under way may take so long to end; then it is cut off (`later`). Nothing is sent afterwards.
  void stop(std::chrono::milliseconds grace);

  static constexpr std::size_t kAtOnce = 32, kMostWaiting = 1000;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace qala::notify
