// What a camera notices, by pull point.
#include <fmt/format.h>

#include "onvif/device.h"
#include "onvif/soap.h"

namespace qala::onvif {

namespace {

constexpr std::string_view kEvents = "http://www.onvif.org/ver10/events/wsdl";
constexpr std::string_view kNotification = "http://docs.oasis-open.org/wsn/b-2";
constexpr std::string_view kPullPoint =
    "http://www.onvif.org/ver10/events/wsdl/PullPointSubscription/PullMessagesRequest";
constexpr std::string_view kManager = "http://docs.oasis-open.org/wsn/bw-2/SubscriptionManager/";

}  // namespace

Device::Answer<Subscription> Device::subscribe(std::chrono::seconds lasts) {
  CO_TRY_VOID(co_await connect());
  if (services_->events.empty()) co_return about(fail(ErrorKind::not_found, "it tells no events (Events service)"));
  const std::string action = fmt::format("{}/EventPortType/CreatePullPointSubscriptionRequest", kEvents);
  CO_TRY(const auto answer,
         co_await call({.url = services_->events,
                        .action = action,
                        .body = fmt::format("<CreatePullPointSubscription xmlns=\"{}\"><InitialTerminationTime>PT{}S"
                                            "</InitialTerminationTime></CreatePullPointSubscription>",
                                            kEvents, lasts.count()),
                        .headers = addressing(action, services_->events, message_id())}));
  auto out = parse_subscription(answer);
  if (!out) co_return about(std::move(out.error()));
  const auto own = at_the_camera(account_.at, out->address);
  if (!own || own->scheme == "rtsp") co_return about(fail(ErrorKind::invalid, "its pull point has no address"));
  out->address = own->text();
  co_return std::move(*out);
}

Device::Call Device::on_subscription(const Subscription& subscription, std::string_view action, std::string body) {
  return {.url = subscription.address,
          .action = std::string(action),
          .body = std::move(body),
          .headers = addressing(action, subscription.address, message_id()) + subscription.headers};
}

Device::Answer<std::vector<Event>> Device::pull(Subscription subscription, std::chrono::seconds wait) {
  Call what = on_subscription(subscription, kPullPoint,
                              fmt::format("<PullMessages xmlns=\"{}\"><Timeout>PT{}S</Timeout><MessageLimit>100"
                                          "</MessageLimit></PullMessages>",
                                          kEvents, wait.count()));
  what.deadline += wait;
  CO_TRY(const auto answer, co_await call(std::move(what)));
  auto out = parse_messages(answer);
  if (!out) co_return about(std::move(out.error()));
  co_return std::move(*out);
}

Device::Answer<void> Device::renew(Subscription subscription, std::chrono::seconds lasts) {
  CO_TRY(
      [[maybe_unused]] const auto done,
      co_await call(on_subscription(subscription, fmt::format("{}RenewRequest", kManager),
                                    fmt::format("<Renew xmlns=\"{}\"><TerminationTime>PT{}S</TerminationTime></Renew>",
                                                kNotification, lasts.count()))));
  co_return Result<>();
}

Device::Answer<void> Device::unsubscribe(Subscription subscription) {
  CO_TRY([[maybe_unused]] const auto done,
         co_await call(on_subscription(subscription, fmt::format("{}UnsubscribeRequest", kManager),
                                       fmt::format("<Unsubscribe xmlns=\"{}\"/>", kNotification))));
  co_return Result<>();
}

}  // namespace qala::onvif
