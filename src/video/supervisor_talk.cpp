// What the worker says, and who is told.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/core.h>

#include "base/log.h"
#include "video/supervisor_core.h"

namespace qala::video {

namespace asio = boost::asio;

namespace {

/// So much is gathered before the worker is told of it: a quarter of the smallest window.
constexpr std::uint64_t kTellConsumed = 64 * 1024;

class Subscribing final : public Subscription {
 public:
  Subscribing(std::weak_ptr<SupervisorCore> core, std::uint32_t subject) : core_(std::move(core)), subject_(subject) {}
  ~Subscribing() override {
    if (const auto core = core_.lock()) core->unsubscribe(subject_);
  }
  Subscribing(const Subscribing&) = delete;
  Subscribing& operator=(const Subscribing&) = delete;
  void consumed(std::uint64_t bytes) override {
    if (const auto core = core_.lock()) core->consumed(subject_, bytes);
  }

 private:
  std::weak_ptr<SupervisorCore> core_;
  std::uint32_t subject_;
};

}  // namespace

std::uint32_t SupervisorCore::new_subject() {
  while (next_subject_ == 0 || subscriptions_.contains(next_subject_) || questions_.contains(next_subject_)) {
    next_subject_++;
  }
  return next_subject_++;
}

std::unique_ptr<Subscription> SupervisorCore::subscribe(Type type, std::string payload, Sink& sink) {
  const std::uint32_t subject = new_subject();
  if (ready_) send(type, subject, payload);
  if (!closed_) subscriptions_[subject] = {.type = type, .payload = std::move(payload), .sink = &sink};
  return std::make_unique<Subscribing>(weak_from_this(), subject);
}

void SupervisorCore::unsubscribe(std::uint32_t subject) {
  if (subscriptions_.erase(subject) > 0 && ready_) send(Type::unwatch, subject);
}

void SupervisorCore::consumed(std::uint32_t subject, std::uint64_t bytes) {
  const auto found = subscriptions_.find(subject);
  if (found == subscriptions_.end() || !ready_) return;
  found->second.consumed += bytes;
  if (found->second.consumed < kTellConsumed) return;
  std::string payload;
  append_u64(payload, found->second.consumed);
  found->second.consumed = 0;
  send(Type::consumed, subject, payload);
}

asio::awaitable<Result<SupervisorCore::Answer>> SupervisorCore::ask(Type type, std::string payload,
                                                                    std::chrono::milliseconds patience) {
  const auto self = shared_from_this();
  if (!ready_) co_return fail(ErrorKind::unavailable, "the video worker is not running");
  const std::uint32_t subject = new_subject();
  const auto question = std::make_shared<Question>(network_);
  questions_[subject] = question;
  send(type, subject, payload);
  question->timer.expires_after(patience);
  co_await question->timer.async_wait(asio::as_tuple(asio::use_awaitable));
  questions_.erase(subject);
  if (question->answer) co_return std::move(*question->answer);
  send(Type::unwatch, subject);
  co_return fail(ErrorKind::timeout, fmt::format("no answer of the video worker within {} ms", patience.count()));
}

void SupervisorCore::take(const Message& message) {
  heard_ns_ = clock_.monotonic_ns();
  switch (message.type) {
    case Type::hello: return take_hello(message.payload);
    case Type::status: return take_status(message.payload);
    case Type::event: {
      const auto event = parse_event(message.payload);
      if (event && listener_) listener_->on_event(*event);
      return;
    }
    default: break;
  }
  if (const auto question = questions_.find(message.subject); question != questions_.end()) {
    return take_answer(message, *question->second);
  }
  // What was ended meanwhile is still on its way here: nobody's.
  if (const auto found = subscriptions_.find(message.subject); found != subscriptions_.end()) {
    take_for_subscription(message, *found->second.sink);
  }
}

void SupervisorCore::take_hello(std::string_view payload) {
  const auto hello = parse_hello(payload);
  if (!hello || hello->protocol != kProtocol) {
    log::error("video worker of another version", {{"program", options_.program}});
    if (child_) child_->kill();
    return;
  }
  ready_ = true;
  set_health([&](WorkerHealth& health) {
    health.running = true;
    health.since = clock_.now();
    health.ffmpeg = hello->ffmpeg;
    health.pid = hello->pid;
    if (health.restarts == 0) health.words.clear();
  });
  if (!configuration_.empty()) send(Type::configure, 0, configuration_);
  for (const auto& [subject, subscribed] : subscriptions_) send(subscribed.type, subject, subscribed.payload);
}

void SupervisorCore::take_status(std::string_view payload) {
  auto status = parse_status(payload);
  if (!status) {
    log::error("video worker's status", {{"what", status.error().message}});
    return;
  }
  const auto now = std::make_shared<const Status>(std::move(*status));
  {
    const std::lock_guard lock(mutex_);
    status_ = now;
  }
  if (listener_) listener_->on_status(*now);
}

void SupervisorCore::take_answer(const Message& message, Question& question) {
  if (message.type != Type::answer && message.type != Type::picture && message.type != Type::ended) return;
  question.answer = Answer{message.type, std::string(message.payload)};
  question.timer.cancel();
}

void SupervisorCore::take_media(const Message& message, Sink& sink) {
  const auto media = parse_media(message.payload);
  if (!media) return;
  if (message.type == Type::fragment) return sink.on_fragment(media->at, media->key, media->bytes);
  sink.on_picture(media->at, media->bytes);
}

void SupervisorCore::take_for_subscription(const Message& message, Sink& sink) {
  switch (message.type) {
    case Type::init: return sink.on_init(message.payload);
    case Type::fragment:
    case Type::picture: return take_media(message, sink);
    case Type::dropped:
      if (const auto frames = parse_dropped(message.payload)) sink.on_dropped(*frames);
      return;
    case Type::answer:
      if (const auto format = parse_format(message.payload)) sink.on_format(*format);
      return;
    case Type::ended: {
      const auto ended = parse_ended(message.payload);
      if (!ended) return;
      subscriptions_.erase(message.subject);
      return sink.on_ended(*ended);
    }
    default: return;
  }
}

}  // namespace qala::video
