#include "onvif/device.h"

#include <array>
#include <cstddef>

#include "onvif/soap.h"

namespace qala::onvif {

namespace asio = boost::asio;

namespace {

constexpr std::string_view kDevice = "http://www.onvif.org/ver10/device/wsdl";
constexpr std::int64_t kClockFresh = 20 * Instant::kSecond;

std::string request(std::string_view name, std::string_view body = {}) {
  return "<" + std::string(name) + " xmlns=\"" + std::string(kDevice) + "\">" + std::string(body) + "</" +
         std::string(name) + ">";
}
std::string action(std::string_view name) { return std::string(kDevice) + "/" + std::string(name); }

bool about_password(const Result<std::string>& answer) { return !answer && answer.error().kind == ErrorKind::denied; }

}  // namespace

Device::Device(Post& post, const Clock& clock, Random& random, Account account)
    : post_(post), clock_(clock), random_(random), account_(std::move(account)) {}

void Device::forget() {
  services_.reset();
  synced_ns_.reset();
  digest_ = false;
}

Error Device::about(Error error) const { return error.context("the camera at " + account_.at.authority()); }

std::string Device::signature() {
  std::array<std::byte, 16> nonce{};
  random_.fill(nonce);
  return username_token(account_.user, account_.password, {reinterpret_cast<const char*>(nonce.data()), nonce.size()},
                        clock_.now() + ahead_);
}

std::string Device::message_id() { return "urn:uuid:" + random_.uuid(); }

/// One question, one answer: signed in the message, or by HTTP Digest.
Device::Answer<std::string> Device::ask(Call what, bool digest) {
  const bool sign = !account_.user.empty();
  std::string headers = std::move(what.headers);
  if (sign && !digest) headers += signature();
  Letter letter{.url = std::move(what.url),
                .action = std::move(what.action),
                .body = envelope(headers, what.body),
                .deadline = what.deadline};
  if (sign && digest) {
    letter.user = account_.user;
    letter.password = account_.password;
  }
  auto reply = co_await post_.send(std::move(letter));
  if (!reply) co_return std::move(reply.error());
  if (reply->status == 401)
    co_return fail(ErrorKind::denied, sign ? "name or password are not right" : "it wants a name and a password");
  const auto done = parse_done(reply->body);
  if (!done && done.error().kind == ErrorKind::invalid && reply->status != 200)
    co_return fail(ErrorKind::unavailable, "it answers HTTP " + std::to_string(reply->status));
  if (!done) co_return done.error();
  co_return std::move(reply->body);
}

Device::Answer<std::string> Device::call(Call what) {
  const bool sign = !account_.user.empty();
  if (sign && !synced_ns_) CO_TRY_VOID(co_await sync());
  auto answer = co_await ask(what, digest_);
  if (!sign || !about_password(answer)) co_return answer ? std::move(answer) : about(std::move(answer.error()));
  // Its clock may have been set meanwhile, which makes every signature wrong.
  if (!digest_ && clock_.monotonic_ns() - *synced_ns_ > kClockFresh) {
    CO_TRY_VOID(co_await sync());
    answer = co_await ask(what, false);
    if (!about_password(answer)) co_return answer ? std::move(answer) : about(std::move(answer.error()));
  }
  auto other = co_await ask(what, !digest_);
  if (other) digest_ = !digest_;
  if (other || !about_password(other)) co_return other ? std::move(other) : about(std::move(other.error()));
  co_return about(std::move(answer.error()));
}

/// A device that does not tell its time is taken to have ours.
Device::Answer<void> Device::sync() {
  auto time = co_await date_time();
  if (!time && time.error().kind != ErrorKind::denied && time.error().kind != ErrorKind::invalid)
    co_return std::move(time.error());
  ahead_ = time ? *time - clock_.now() : Duration(0);
  synced_ns_ = clock_.monotonic_ns();
  co_return Result<>();
}

Device::Answer<Instant> Device::date_time() {
  const auto began = clock_.now();
  auto reply = co_await post_.send({.url = device_url(),
                                    .action = action("GetSystemDateAndTime"),
                                    .body = envelope("", request("GetSystemDateAndTime"))});
  if (!reply) co_return about(std::move(reply.error()));
  if (reply->status == 401) co_return about(fail(ErrorKind::denied, "it does not tell its time"));
  auto time = parse_date_time(reply->body);
  if (!time) {
    const bool page = reply->status != 200 && time.error().kind == ErrorKind::invalid;
    co_return about(page ? fail(ErrorKind::unavailable, "it answers HTTP " + std::to_string(reply->status))
                         : std::move(time.error()));
  }
  co_return *time + (clock_.now() - began) / 2;
}

Device::Answer<void> Device::connect() {
  if (services_) co_return Result<>();
  auto listed = co_await call({.url = device_url(),
                               .action = action("GetServices"),
                               .body = request("GetServices", "<IncludeCapability>false</IncludeCapability>")});
  auto services = listed ? parse_services(*listed) : Result<Services>(listed.error());
  if (!services && services.error().kind == ErrorKind::denied) co_return std::move(services.error());
  if (!services) {  // of before 2011
    CO_TRY(const auto answer, co_await call({.url = device_url(),
                                             .action = action("GetCapabilities"),
                                             .body = request("GetCapabilities", "<Category>All</Category>")}));
    services = parse_capabilities(answer);
  }
  if (!services) co_return about(std::move(services.error()));
  for (std::string* address : {&services->media, &services->media2, &services->ptz, &services->events}) {
    if (address->empty()) continue;
    const auto own = at_the_camera(account_.at, *address);
    *address = own && own->scheme != "rtsp" ? own->text() : std::string();
  }
  services_ = std::move(*services);
  co_return Result<>();
}

Device::Answer<Information> Device::information() {
  CO_TRY(const auto answer,
         co_await call(
             {.url = device_url(), .action = action("GetDeviceInformation"), .body = request("GetDeviceInformation")}));
  co_return parse_information(answer);
}

}  // namespace qala::onvif
