#include "video/supervisor.h"

#include <fmt/core.h>

#include "video/supervisor_core.h"

namespace qala::video {

namespace {

Error said_no(std::string_view payload) {
  const auto ended = parse_ended(payload);
  if (!ended) return ended.error();
  const auto kind = [&] {
    switch (ended->why) {
      case Why::not_found:
      case Why::removed: return ErrorKind::not_found;
      case Why::masked: return ErrorKind::denied;
      case Why::refused: return ErrorKind::invalid;
      default: return ErrorKind::unavailable;
    }
  }();
  return fail(kind, fmt::format("{}: {}", name_of(ended->why), ended->words));
}

class Held final : public Supervisor {
 public:
  Held(boost::asio::io_context& network, const Clock& clock, Options options, Listener* listener)
      : core_(std::make_shared<SupervisorCore>(network, clock, std::move(options), listener)) {}
  ~Held() override { core_->close(); }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

  Result<> start() override { return core_->start(); }
  boost::asio::awaitable<void> stop() override { return core_->stop(); }
  void configure(Configuration configuration) override { core_->configure(std::move(configuration)); }
  void motion(std::uint32_t camera) override { core_->motion(camera); }
  std::unique_ptr<Subscription> watch(const Watch& watch, Sink& sink) override {
    return core_->subscribe(Type::watch, print(watch), sink);
  }
  std::unique_ptr<Subscription> play(const Play& play, Sink& sink) override {
    return core_->subscribe(Type::play, print(play), sink);
  }

  boost::asio::awaitable<Result<Still>> still(StillWanted wanted, std::chrono::milliseconds patience) override {
    CO_TRY(const auto answer, co_await core_->ask(Type::still, print(wanted), patience));
    if (answer.type == Type::ended) co_return said_no(answer.payload);
    CO_TRY(const auto media, parse_media(answer.payload));
    co_return Still{media.at, media.masked, std::string(media.bytes)};
  }
  boost::asio::awaitable<Result<Probed>> probe(ProbeWanted wanted, std::chrono::milliseconds patience) override {
    CO_TRY(const auto answer, co_await core_->ask(Type::probe, print(wanted), patience));
    if (answer.type == Type::ended) co_return said_no(answer.payload);
    co_return parse_probed(answer.payload);
  }

  std::shared_ptr<const Status> status() const override { return core_->status(); }
  WorkerHealth health() const override { return core_->health(); }

 private:
  std::shared_ptr<SupervisorCore> core_;
};

}  // namespace

std::unique_ptr<Supervisor> Supervisor::make(boost::asio::io_context& network, const Clock& clock, Options options,
                                             Listener* listener) {
  return std::make_unique<Held>(network, clock, std::move(options), listener);
}

}  // namespace qala::video
