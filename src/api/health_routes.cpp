#include "api/authorize.h"
#include "api/render.h"
#include "api/routes.h"
#include "base/file.h"

namespace qala::api {

using access::Role;
using boost::asio::awaitable;
using http::Method;
using http::Request;
using http::Response;

namespace {

struct HealthProblem {
  std::string_view code;
  int severity;
  std::string text;
};

/// A clock that runs behind what it has stamped before, or stands before this program was made, is not believed.
bool clock_believable(const Context& context) {
  return context.clock.now() > Instant::from_seconds(1'767'225'600);  // 2026-01-01
}

std::vector<HealthProblem> find_problems(const Context& context, const readings::StoreHealth& store,
                                         const DiskSpace& disk) {
  std::vector<HealthProblem> out;
  if (!store.full.empty()) out.push_back({"store.full", 1, store.full});
  if (store.read_only_damages > 0) {
    out.push_back({"store.damaged", 2, std::to_string(store.read_only_damages) + " damaged places: run qala check"});
  }
  if (disk.total > 0 && disk.free < disk.total / 20) {
    out.push_back({"disk.low", disk.free < disk.total / 50 ? 1 : 2, "less than 5 % of the disk is free"});
  }
  if (!clock_believable(context))
    out.push_back({"clock.doubt", 2, "the clock is not believable: " + to_iso(context.clock.now())});
  if (context.intake.waiting_rows() > ingest::Intake::kMaxRows / 2) {
    out.push_back({"ingest.backlog", 2, "readings wait to be written"});
  }
  return out;
}

void render_ingest(JsonWriter& json, const Context& context, double per_s) {
  const auto totals = context.probe.totals();
  json.key("ingest").object().field("per_s", per_s).key("by_transport").object();
  for (std::size_t i = 0; i < ingest::kTransports; i++) {
    json.field(ingest::name_of(static_cast<ingest::Transport>(i)), totals.by_transport[i]);
  }
  json.end().field("accepted", totals.accepted).field("duplicates", totals.duplicates);
  json.field("corrected", totals.corrected).field("late", totals.late).field("unclaimed", totals.unclaimed);
  json.field("restamped", totals.restamped).field("out_of_range", totals.out_of_range);
  json.field("commits", totals.commits).end();
  json.key("rejects").array();
  for (const auto& reject : context.probe.rejects()) {
    json.object().field("reason", reject.reason).field("count", reject.count).field("last", reject.last.ms());
    json.field("sample", reject.sample).end();
  }
  json.end();
}

void render_store(JsonWriter& json, const readings::StoreHealth& store, const DiskSpace& disk) {
  json.key("store").object().field("observations", store.observations).field("memory_bytes", store.memory_bytes);
  json.field("log_bytes", store.log_bytes).field("file_bytes", store.file_bytes).field("files", store.files);
  json.field("overlays", store.overlays).field("sync_calls", store.sync_calls).end();
  json.key("disk").object().field("free", disk.free).field("total", disk.total).end();
}

/// Readings a second, over the time between two looks at least a second apart.
double rate(const Context& context) {
  static std::uint64_t before = 0;
  static std::int64_t before_ns = 0;
  static double last = 0;
  const std::int64_t now = context.clock.monotonic_ns();
  const std::uint64_t accepted = context.probe.totals().accepted;
  if (before_ns != 0 && now - before_ns < Instant::kSecond) return last;
  if (before_ns != 0) last = static_cast<double>(accepted - before) * 1e9 / static_cast<double>(now - before_ns);
  before = accepted;
  before_ns = now;
  return last;
}

}  // namespace

std::string render_health(const Context& context) {
  const auto store = context.store.health();
  const auto disk = disk_space(context.folder).value_or(DiskSpace{});
  const auto service = context.service_health();
  const auto problems = find_problems(context, store, disk);
  const auto lag = context.probe.lag();
  std::string out;
  JsonWriter json(out);
  json.object().field("state", problems.empty() ? "ok" : "degraded").key("problems").array();
  for (const auto& problem : problems) {
    json.object().field("code", problem.code).field("severity", problem.severity).field("text", problem.text).end();
  }
  json.end().field("version", context.town.version).field("uptime_s", service.uptime_s);
  render_ingest(json, context, rate(context));
  json.key("lag_ms").object().field("commit_p50", lag.commit_p50).field("commit_p99", lag.commit_p99);
  json.field("rules_p99", lag.rules_p99).field("screens_p99", service.screens_p99_ms).end();
  json.key("queues").object().field("writer", context.writer.queued()).field("pool", context.pool.queued());
  json.field("streams", service.stream_queue).field("rows", context.intake.waiting_rows()).end();
  json.key("writer").object().field("longest_step_ms", service.writer_longest_ms);
  json.field("sync_last_ms", static_cast<double>(store.sync_last_ns) / 1e6);
  json.field("sync_longest_ms", static_cast<double>(store.sync_longest_ns) / 1e6).end();
  render_store(json, store, disk);
  json.key("clock")
      .object()
      .field("believable", clock_believable(context))
      .field("now", context.clock.now().ms())
      .end();
  json.key("mqtt").object().field("connections", service.mqtt_connections).field("refused", service.mqtt_refused).end();
  json.key("http")
      .object()
      .field("connections", service.http_connections)
      .field("websockets", service.websockets)
      .end();
  json.end();
  return out;
}

void add_health_routes(http::Router& router, Context& context) {
  router.add(Method::get, "/api/v1/health",
             with_role(context, Role::viewer, [&context](Request&, const Caller&) -> awaitable<Response> {
               co_return Response::json(render_health(context));
             }));
}

}  // namespace qala::api
