#include "sim/http_town.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/log.h"

namespace qala::sim {

namespace {

constexpr Seconds kCollectEvery = 5;
constexpr Seconds kAtOnce = 10 * kMinute;  // of backlog in one request

}  // namespace

HttpTown::HttpTown(const Options& options, const Town& town, const Frame& frame, const Access& access, Seconds from)
    : town_(town),
      access_(access),
      http_(options.http),
      life_(town, options.seed, options.faults, frame),
      reporter_(town, life_, frame.timeline),
      devices_reported_(from),
      lines_reported_(from) {
  for (std::uint32_t d = 0; d < town.devices.size(); d++) {
    if (town.devices[d].voice == Voice::http && access.devices.contains(town.devices[d].key)) devices_.push_back(d);
    if (town.devices[d].voice == Voice::line) collected_.push_back(d);
  }
}

Result<> HttpTown::step(Seconds now) {
  while (devices_reported_ < now) TRY_VOID(post_devices(std::min(now, devices_reported_ + kAtOnce)));
  while (lines_reported_ + kCollectEvery <= now) TRY_VOID(post_lines(std::min(now, lines_reported_ + kAtOnce)));
  return {};
}

Result<> HttpTown::post_devices(Seconds until) {
  reports_.clear();
  reporter_.report(turns(town_, devices_, devices_reported_, until), true, reports_);
  for (const Report& report : reports_) {
    const std::string& token = access_.devices.at(town_.devices[report.device].key);
    TRY_VOID(deliver(fmt::format("/api/v1/{}/telemetry", token), "", "application/json",
                     device_payload(town_, {&report, 1})));
    devices_reported_ = report.at - 1;  // others may be due at the same second; twice is recognised, never is not
  }
  devices_reported_ = until;
  return {};
}

Result<> HttpTown::post_lines(Seconds until) {
  reports_.clear();
  reporter_.report(turns(town_, collected_, lines_reported_, until), true, reports_);
  std::string body;
  for (const Report& report : reports_) append_line(body, town_, report);
  if (!body.empty())
    TRY_VOID(deliver("/api/v2/write?precision=ms", "Token " + access_.ingest, "text/plain; charset=utf-8", body));
  lines_reported_ = until;
  return {};
}

Result<> HttpTown::deliver(std::string_view path, std::string_view authorization, std::string_view type,
                           std::string_view body) {
  TRY(const HttpAnswer answer, http_.request("POST", path, authorization, type, body));
  if (answer.ok()) {
    acknowledged_++;
    return {};
  }
  if (answer.status >= 500 || answer.status == 429 || answer.status == 408) {
    return fail(ErrorKind::unavailable, fmt::format("the server answered {}", answer.status));
  }
  if (refused_++ % 1000 == 0)
    log::warn("reading refused", {{"status", answer.status}, {"answer", answer.body.substr(0, 200)}});
  return {};
}

}  // namespace qala::sim
