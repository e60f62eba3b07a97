#include "app/bridge_service.h"

#include <algorithm>

namespace qala::app {

namespace asio = boost::asio;
using bridge::Kind;
using bridge::State;
using bridge::Verdict;

namespace {

const char* name_of(State::Is is) {
  switch (is) {
    case State::Is::connecting: return "connecting";
    case State::Is::connected: return "connected";
    case State::Is::away: return "away";
    case State::Is::refused: return "refused";
  }
  return "";
}

lorawan::Source source_of(const bridge::Setup& setup) {
  return {.name = setup.name,
          .kind = setup.kind == Kind::tts ? lorawan::ServerKind::tts : lorawan::ServerKind::chirpstack,
          .way = lorawan::Source::Way::bridge};
}

Verdict verdict_of(const lorawan::Outcome& outcome) {
  switch (outcome.kind) {
    case lorawan::Outcome::Kind::taken: return Verdict::taken;
    case lorawan::Outcome::Kind::bad: return Verdict::bad;
    case lorawan::Outcome::Kind::busy: return Verdict::busy;
  }
  return Verdict::busy;
}

Verdict verdict_of(mqtt::Reason reason) {
  if (reason == mqtt::Reason::success) return Verdict::taken;
  return reason == mqtt::Reason::payload_format_invalid ? Verdict::bad : Verdict::busy;
}

}  // namespace

BridgeService::BridgeService(const Config& config, asio::io_context& network, const Clock& clock, Random& random,
                             lorawan::Entrance& lorawan, ingest::Intake& intake, const ingest::SeriesIndex& index,
                             ingest::Probe& probe)
    : clock_(clock),
      lorawan_(lorawan),
      probe_(probe),
      telemetry_(network.get_executor(), intake, index, probe, clock),
      is_off_(config.town_exercise) {
  for (const auto& setup : config.bridges)
    bridges_.push_back(std::make_unique<bridge::Bridge>(network, clock, random, *this, setup));
}

void BridgeService::start() {
  if (is_off_) return;
  lorawan_.set_sink(this);
  for (const auto& one : bridges_) {
    if (one->setup().kind != Kind::telemetry) lorawan_.source_state(source_of(one->setup()), "connecting", "");
    one->start();
  }
}

asio::awaitable<void> BridgeService::stop() {
  lorawan_.set_sink(nullptr);
  for (const auto& one : bridges_) co_await one->stop();
}

std::vector<bridge::Health> BridgeService::health() const {
  std::vector<bridge::Health> out;
  for (const auto& one : bridges_) {
    const auto& setup = one->setup();
    auto state = one->state();
    out.push_back({.name = setup.name,
                   .kind = std::string(bridge::name_of(setup.kind)),
                   .url = setup.url,
                   .state = is_off_ ? "off" : name_of(state.is),
                   .words = std::move(state.words),
                   .version = std::move(state.version),
                   .since = state.since,
                   .heard = state.heard,
                   .connects = state.connects,
                   .messages = state.messages,
                   .refused = state.refused,
                   .busy = state.busy,
                   .published = state.published,
                   .unacknowledged = state.unacknowledged});
  }
  return out;
}

asio::awaitable<Result<>> BridgeService::publish(std::string source, std::string topic, std::string payload) {
  const auto found = std::ranges::find_if(bridges_, [&](const auto& one) { return one->setup().name == source; });
  if (found == bridges_.end()) co_return fail(ErrorKind::not_found, "there is no bridge \"" + source + "\"");
  co_return co_await (*found)->publish(std::move(topic), std::move(payload));
}

void BridgeService::arrived(const bridge::Setup& from, const bridge::Arrival& message, bridge::Link::Done done) {
  if (from.kind != Kind::telemetry) {
    lorawan_.message(source_of(from), message.topic, message.payload,
                     [done = std::move(done)](const lorawan::Outcome& outcome) { done(verdict_of(outcome)); });
    return;
  }
  telemetry_.take({.source = from.name,
                   .thing = bridge::thing_of(message.topic, from.thing_level),
                   .topic = message.topic,
                   .payload = message.payload,
                   .packet_id = message.packet_id,
                   .qos = message.qos,
                   .duplicate = message.duplicate},
                  [done = std::move(done)](mqtt::Reason reason) { done(verdict_of(reason)); });
}

void BridgeService::connected(const bridge::Setup& to) {
  if (to.kind != Kind::telemetry) lorawan_.connected(source_of(to));
}

void BridgeService::changed(const bridge::Setup& of, const State& state) {
  if (of.kind == Kind::telemetry) return;
  const char* word = state.is == State::Is::away ? "connecting" : name_of(state.is);
  lorawan_.source_state(source_of(of), word, state.words);
}

void BridgeService::refused(const bridge::Setup& from, std::string_view words) {
  probe_.reject("malformed", 1, "bridge " + from.name + ": " + std::string(words), clock_.now());
}

}  // namespace qala::app
