// What comes in, and how the sources do. Decoding: decoding.cpp; codecs and profiles: codecs.cpp; devices: devices.cpp.
#include "lorawan/service.h"

#include <algorithm>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include "base/log.h"
#include "base/threads.h"

namespace qala::lorawan {

namespace asio = boost::asio;

Result<std::unique_ptr<Service>> Service::open(const Rooms& rooms, Options options) {
  std::unique_ptr<Service> self(new Service(rooms, std::move(options)));
  TRY(self->book_, Book::open(rooms.town, rooms.clock, rooms.audit));
  self->downlinks_ = std::make_unique<Downlinks>(rooms.town, rooms.clock, rooms.random, rooms.audit);
  TRY(auto store, RawStore::open(self->options_.path));
  TRY(const auto heard, store.devices());
  for (const Heard& device : heard) {
    SourceHealth& source = self->note({.name = device.source, .kind = device.kind});
    source.last_message = std::max(source.last_message, device.last_seen);
  }
  self->desk_ = std::make_unique<RawDesk>(std::move(store), rooms.network.get_executor());
  self->runner_ = codec::Runner::make(rooms.network, rooms.clock, self->options_.runner, self.get());
  self->sync_codecs();
  return self;
}

Service::~Service() { stop(); }

void Service::start() { asio::co_spawn(rooms_.network, catch_up(RawState::waiting, ""), asio::detached); }

void Service::stop() {
  stopping_ = true;
  if (desk_) desk_->stop();
  runner_.reset();
}

void Service::tick() {
  seconds_++;
  if (seconds_ % 10 == 0 && waiting_ > 0 && !catching_up_)
    asio::co_spawn(rooms_.network, catch_up(RawState::waiting, ""), asio::detached);
  if (seconds_ % 60 == 30) {
    rooms_.writer.post(
        [this] {
          if (auto done = downlinks_->expire(); !done)
            log::warn("downlinks not looked through", {{"why", done.error().message}});
        },
        "lorawan");
  }
  if (seconds_ % 60 != 45 || options_.keep_raw_days == 0) return;
  const Instant before{rooms_.clock.now().ns - options_.keep_raw_days * Instant::kDay};
  desk_->commit(
      [before](RawStore& store) -> Result<> {
        TRY([[maybe_unused]] const auto gone, store.expire(before, 5'000));
        return {};
      },
      {});
}

// ---- sources

SourceHealth& Service::note(const Source& source) {
  // One token may serve both servers.
  SourceHealth& health = sources_[{source.name, source.kind}];
  // A token may be called as a bridge is: there is a way back all the same.
  const bool by_bridge = health.source.way == Source::Way::bridge;
  health.source = source;
  if (by_bridge) health.source.way = Source::Way::bridge;
  return health;
}

bool Service::is_bridge(std::string_view name) const {
  return std::ranges::any_of(sources_, [&](const auto& one) {
    return one.second.source.name == name && one.second.source.way == Source::Way::bridge;
  });
}

std::vector<SourceHealth> Service::sources() const {
  std::vector<SourceHealth> out;
  for (const auto& [key, source] : sources_) out.push_back(source);
  return out;
}

void Service::source_state(const Source& source, std::string_view state, std::string_view words) {
  SourceHealth& health = note(source);
  health.state = std::string(state);
  health.words = std::string(words);
}

void Service::connected(const Source& source) {
  source_state(source, "connected", "");
  asio::co_spawn(rooms_.network, publish_waiting(source.name), asio::detached);
}

Health Service::health() const {
  Health out;
  const auto plan = book_->plan();
  for (const auto& [id, codec] : plan->codecs) {
    if (codec.disabled) out.disabled.push_back(codec.name);
  }
  if (runner_) {
    const auto worker = runner_->health();
    if (!worker.running && waiting_ > 0) out.worker_words = worker.words;
  }
  out.raw_words = raw_words_;
  out.waiting = waiting_;
  return out;
}

// ---- messages

void Service::answer(const Done& done, Outcome outcome) {
  asio::post(rooms_.network, [done, outcome = std::move(outcome)] { done(outcome); });
}

void Service::message(Source source, std::string_view topic_or_event, std::string_view body, Done done) {
  SourceHealth& health = note(source);
  health.last_message = rooms_.clock.now();
  if (source.way == Source::Way::webhook) health.state = "connected";
  health.received++;
  auto parsed = parse(source.kind, topic_or_event, body);
  if (!parsed) {
    health.refused++;
    rooms_.probe.reject("malformed", 1, source.name + ": " + parsed.error().message, rooms_.clock.now());
    return answer(done, {.kind = Outcome::Kind::bad, .words = parsed.error().message});
  }
  if (stopping_) return answer(done, {.kind = Outcome::Kind::busy, .words = "the server ends"});
  if (parsed->event == Event::up)
    asio::co_spawn(rooms_.network, take_up(std::move(source), std::move(*parsed), std::move(done)), asio::detached);
  else
    asio::co_spawn(rooms_.network, take_other(std::move(source), std::move(*parsed), std::move(done)), asio::detached);
}

asio::awaitable<Result<>> Service::commit(RawDesk::Work work) {
  auto outcome = co_await answer_of<Result<>>([this, work = std::move(work)](auto done) mutable {
    if (!desk_->commit(std::move(work), done)) done(fail(ErrorKind::unavailable, "too many messages wait"));
  });
  raw_words_ = outcome ? std::string() : outcome.error().message;
  co_return outcome;
}

asio::awaitable<void> Service::take_up(Source source, Message message, Done done) {
  RawStore::Added added;
  const Instant now = rooms_.clock.now();
  const auto stored = co_await commit([&](RawStore& store) -> Result<> {
    TRY(added, store.add(source, message, now));
    return {};
  });
  if (!stored) {
    rooms_.probe.reject("busy", 1, source.name + ": " + stored.error().message, now);
    done({.kind = Outcome::Kind::busy, .words = stored.error().message});
    co_return;
  }
  if (added.duplicate) {
    note(source).duplicates++;
    done({.duplicate = true});
    co_return;
  }
  if (added.uplink.state == RawState::waiting) {
    const std::int64_t id = added.uplink.id;
    under_way_.insert(id);
    std::vector<RawUplink> one;
    one.push_back(std::move(added.uplink));
    const auto settled = co_await settle(std::move(one));
    under_way_.erase(id);
    if (!settled) {
      done({.kind = Outcome::Kind::busy, .words = settled.error().message});
      co_return;
    }
  }
  done({});
}

asio::awaitable<void> Service::take_other(Source source, Message message, Done done) {
  const Instant now = rooms_.clock.now();
  const bool of_downlink = message.event == Event::queued || message.event == Event::sent ||
                           message.event == Event::ack || message.event == Event::failed;
  Result<> stored;
  if (of_downlink) {
    stored = co_await run_on(
        rooms_.writer, [&] { return downlinks_->told(message.downlinks, message.event, message.words); }, "lorawan");
  }
  if (stored && message.event != Event::other) {
    stored = co_await commit([&](RawStore& store) { return store.note(source, message, now); });
  }
  if (stored && message.event == Event::status) {
    const auto plan = book_->plan();
    const Device* device = plan->device(message.device);
    if (device && has_thing(device->thing) && message.battery) {
      Decoded decoded{.device = *device};
      decoded.values.push_back(value_of("battery", *message.battery, event_time(message, now)));
      ingest::Submission submission;
      append(decoded, source.name, submission);
      const auto report = co_await submit(std::move(submission));
      if (!report) stored = report.error();
    }
  }
  if (stored) done({});
  else done({.kind = Outcome::Kind::busy, .words = stored.error().message});
}

}  // namespace qala::lorawan
