// From a raw uplink to readings.
#include <algorithm>

#include <fmt/core.h>

#include "base/log.h"
#include "base/threads.h"
#include "codec/cayenne.h"
#include "codec/lines.h"
#include "ingest/number.h"
#include "ingest/series.h"
#include "lorawan/service.h"

namespace qala::lorawan {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kPage = 500;

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& one : words) out += (out.empty() ? "" : "; ") + one;
  return out.substr(0, 1'000);
}

}  // namespace

bool Service::has_thing(ThingId thing) const {
  bool found = false;
  rooms_.registry.read([&](const registry::Registry::View& view) { found = view.thing(thing) != nullptr; });
  return found;
}

asio::awaitable<codec::Answer> Service::ask_codec(const Profile& profile, const RawUplink& uplink) {
  const auto loaded = loaded_.find(profile.codec);
  if (loaded == loaded_.end() || !runner_) co_return codec::Answer{codec::Outcome::failed, "the codec is gone"};
  const CodecId id = profile.codec;
  const int strikes = runner_->standing(loaded->second.handle).strikes;
  const std::uint32_t handle = loaded->second.handle;
  auto answer =
      co_await runner_->run({.codec = handle,
                             .routine = codec::Routine::decode_uplink,
                             .port = uplink.f_port,
                             .bytes = uplink.payload,
                             .now_ms = uplink.at.ms(),
                             .received = true,
                             .input = codec::input_of(codec::Routine::decode_uplink, "", false, profile.variables)});
  counts_[id].runs++;
  if (runner_ && runner_->standing(handle).strikes != strikes) keep_standing(id);
  co_return answer;
}

void Service::add_link(const RawUplink& uplink, Decoded& into) const {
  if (uplink.rssi) into.values.push_back(value_of("rssi", *uplink.rssi, uplink.at));
  if (uplink.snr) into.values.push_back(value_of("snr", *uplink.snr, uplink.at));
  if (uplink.margin) into.values.push_back(value_of("link_margin", *uplink.margin, uplink.at));
  into.values.push_back(value_of("frames_lost", uplink.lost, uplink.at));
}

asio::awaitable<Service::Decoded> Service::decode(const RawUplink& uplink) {
  Decoded out;
  const auto plan = book_->plan();
  const Device* device = plan->device(uplink.device);
  const Profile* profile = device ? plan->profile(device->profile) : nullptr;
  if (!profile) {
    out.state = RawState::held;
    out.problem = device ? "the device has no profile" : "nobody knows the device yet";
    co_return out;
  }
  out.device = *device;
  if (!has_thing(device->thing)) {
    out.state = RawState::held;
    out.problem = "the device's thing was removed: assign it anew";
    co_return out;
  }
  add_link(uplink, out);
  const bool by_server = profile->decoder == DecoderKind::server;
  if (by_server ? uplink.decoded.empty() : (uplink.payload.empty() || uplink.f_port == 0)) {
    if (by_server && !uplink.payload.empty() && uplink.f_port != 0) {
      out.state = RawState::failed;
      out.problem = "the network server decoded nothing: it has no codec for this device";
    }
    co_return out;  // a sign of life, no values
  }
  codec::Answer answer{codec::Outcome::answered, uplink.decoded};
  if (profile->decoder == DecoderKind::cayenne_lpp) answer = codec::decode_cayenne(uplink.payload);
  if (profile->decoder == DecoderKind::codec) answer = co_await ask_codec(*profile, uplink);
  std::string failed;
  if (answer.outcome == codec::Outcome::unavailable) {
    out.state = RawState::waiting;
    out.problem = answer.text;
    co_return out;
  }
  if (answer.outcome == codec::Outcome::disabled) {
    out.state = RawState::held;
    out.problem = answer.text;
    co_return out;
  }
  if (answer.outcome != codec::Outcome::answered) failed = answer.text;
  std::optional<Json> json;
  if (failed.empty()) {
    auto parsed = parse_object(answer.text);
    if (parsed) json = std::move(*parsed);
    else failed = "the answer is not an object: " + parsed.error().message;
  }
  if (json) {
    const Said words = said(*json);
    if (!words.errors.empty()) failed = joined(words.errors);
    else out.problem = joined(words.warnings);
  }
  if (!failed.empty()) {
    out.state = RawState::failed;
    out.problem = failed;
    if (profile->codec) {
      CodecCounts& counts = counts_[profile->codec];
      counts.failures++;
      counts.failed_at = rooms_.clock.now();
      counts.failed_words = failed;
      counts.failed_device = uplink.device;
    }
    co_return out;
  }
  if (const Json* data = member(*json, "data")) out.data = written(*data);
  Mapped mapped = map_fields(*profile, *json, uplink.at);
  for (const std::string& warning : mapped.warnings) out.problem += (out.problem.empty() ? "" : "; ") + warning;
  for (Value& value : mapped.values) {
    if (value.battery && value.text.empty()) out.battery = readings::as_number(value.type, value.scale, value.bits);
    out.values.push_back(std::move(value));
  }
  co_return out;
}

/// Rows of datastreams that are there by their ids, others by name: they are made with the commit.
void Service::append(const Decoded& decoded, std::string_view source, ingest::Submission& into) const {
  into.source.transport = ingest::Transport::http;
  into.source.name = std::string(source);
  into.source.past_welcome = true;
  if (is_bridge(source)) into.source.transport = ingest::Transport::mqtt;
  const ThingId thing = decoded.device.thing;
  rooms_.registry.read([&](const registry::Registry::View& view) {
    for (const Value& value : decoded.values) {
      readings::Observation row{.datastream = {},
                                .flags = value.out_of_range ? readings::flag::out_of_range : std::uint16_t{0},
                                .type = value.type,
                                .scale = value.scale,
                                .time = value.time.ns,
                                .bits = value.bits};
      if (value.type == readings::ValueType::text || value.type == readings::ValueType::json) {
        row.bits = readings::TextRef{into.batch.text.size(), static_cast<std::uint32_t>(value.text.size())}.bits();
        into.batch.text += value.text;
      }
      if (const auto* stream = view.datastream(thing, value.datastream)) {
        row.datastream = stream->id;
      } else {
        const auto hash = ingest::device_series(thing, value.datastream, rooms_.series.seed());
        const auto same = std::ranges::find(into.names, hash, &ingest::SeriesName::hash);
        row.datastream = DatastreamId(ingest::kUnknownSeries | static_cast<std::uint32_t>(same - into.names.begin()));
        if (same == into.names.end())
          into.names.push_back({.hash = hash, .thing = thing, .thing_key = {}, .key = value.datastream});
      }
      into.batch.rows.push_back(row);
    }
  });
}

asio::awaitable<Result<ingest::Report>> Service::submit(ingest::Submission submission) {
  if (submission.batch.rows.empty()) co_return ingest::Report{};
  co_return co_await answer_of<Result<ingest::Report>>([&](auto done) {
    submission.done = std::move(done);
    rooms_.intake.submit(std::move(submission));
  });
}

asio::awaitable<Result<Service::Rerun>> Service::settle(std::vector<RawUplink> uplinks) {
  Rerun out;
  std::vector<Decoded> all;
  ingest::Submission submission;
  for (const RawUplink& uplink : uplinks) {
    all.push_back(co_await decode(uplink));
    out.uplinks++;
    out.failed += all.back().state == RawState::failed;
    append(all.back(), uplink.source, submission);
  }
  const auto report = co_await submit(std::move(submission));
  if (!report) {
    waiting_ += uplinks.size();
    co_return report.error();
  }
  out.readings = report->accepted;
  auto marks = std::make_shared<std::vector<std::pair<RawUplink, Decoded>>>();
  for (std::size_t i = 0; i < uplinks.size(); i++) {
    if (all[i].state == RawState::waiting) waiting_++;
    marks->emplace_back(std::move(uplinks[i]), std::move(all[i]));
  }
  // Not waited for: what is not marked when the program ends is decoded once more, with the same readings.
  desk_->commit(
      [marks](RawStore& store) -> Result<> {
        for (const auto& [uplink, decoded] : *marks) {
          TRY_VOID(store.mark(uplink.id, decoded.state, decoded.problem, decoded.data));
          const bool wrong = decoded.state != RawState::decoded || !decoded.problem.empty();
          TRY_VOID(
              store.set_problem(uplink.device, wrong && decoded.state != RawState::waiting ? decoded.problem : ""));
          if (decoded.battery) TRY_VOID(store.set_battery(uplink.device, *decoded.battery));
        }
        return {};
      },
      {});
  co_return out;
}

/// Page by page, in the order in which they came.
asio::awaitable<void> Service::catch_up(RawState state, std::string device) {
  const bool all = state == RawState::waiting;
  if (all) catching_up_ = true;
  std::uint64_t left = 0;
  for (std::int64_t after = 0; !stopping_;) {
    auto page = co_await run_on(desk_->worker(), [&] { return desk_->store().in_state(state, device, after, kPage); });
    if (!page || page->empty()) break;
    after = page->back().id;
    std::erase_if(*page, [&](const RawUplink& one) { return under_way_.contains(one.id); });
    const std::uint64_t before = waiting_;
    const auto settled = co_await settle(std::move(*page));
    left += waiting_ - before;
    if (!settled) break;
  }
  if (!all) co_return;
  waiting_ = left;
  catching_up_ = false;
}

asio::awaitable<Result<Service::Rerun>> Service::rerun(ProfileId id, Instant from, Instant to, audit::Actor actor) {
  const auto plan = book_->plan();
  const Profile* profile = plan->profile(id);
  if (!profile) co_return fail(ErrorKind::not_found, "there is no such device profile");
  CO_TRY_VOID(co_await run_on(rooms_.writer, [&] {
    return rooms_.audit.record(actor, "device_profile.rerun", fmt::format("device profile {}", id.value), "{}");
  }));
  Rerun out;
  for (const auto& [eui, device] : plan->devices) {
    if (device.profile != id) continue;
    for (std::int64_t after = 0; !stopping_;) {
      CO_TRY(auto page,
             co_await run_on(desk_->worker(), [&] { return desk_->store().between(eui, from, to, after, kPage); }));
      if (page.empty()) break;
      after = page.back().id;
      CO_TRY(const auto done, co_await settle(std::move(page)));
      out.uplinks += done.uplinks;
      out.readings += done.readings;
      out.failed += done.failed;
    }
  }
  co_return out;
}

}  // namespace qala::lorawan
