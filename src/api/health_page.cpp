#include "api/health_facts.h"
#include "api/render.h"

namespace qala::api {

namespace {

void write_ingest(JsonWriter& json, const HealthFacts& facts) {
  const auto& totals = facts.ingest;
  json.key("ingest").object().field("per_s", facts.readings_per_s).key("by_transport").object();
  for (std::size_t i = 0; i < ingest::kTransports; i++) {
    json.field(ingest::name_of(static_cast<ingest::Transport>(i)), totals.by_transport[i]);
  }
  json.end().field("accepted", totals.accepted).field("duplicates", totals.duplicates);
  json.field("corrected", totals.corrected).field("late", totals.late).field("unclaimed", totals.unclaimed);
  json.field("restamped", totals.restamped).field("out_of_range", totals.out_of_range);
  json.field("commits", totals.commits).end();
  json.key("rejects").array();
  for (const auto& reject : facts.rejects) {
    json.object().field("reason", reject.reason).field("count", reject.count).field("last", reject.last.ms());
    json.field("sample", reject.sample).end();
  }
  json.end();
}

void write_speed(JsonWriter& json, const HealthFacts& facts) {
  json.key("lag_ms").object().field("commit_p50", facts.lag.commit_p50).field("commit_p99", facts.lag.commit_p99);
  json.field("rules_p99", facts.lag.rules_p99).field("screens_p99", facts.service.screens_p99_ms).end();
  json.key("queues").object().field("writer", facts.writer_queue).field("pool", facts.pool_queue);
  json.field("streams", facts.service.stream_queue).field("rows", facts.waiting_rows).end();
  json.key("writer").object().field("longest_step_ms", facts.service.writer_longest_ms);
  json.field("sync_last_ms", static_cast<double>(facts.store.sync_last_ns) / 1e6);
  json.field("sync_longest_ms", static_cast<double>(facts.store.sync_longest_ns) / 1e6).end();
}

void write_store(JsonWriter& json, const HealthFacts& facts) {
  const auto& store = facts.store;
  const auto& disk = facts.disk;
  json.key("store").object().field("observations", store.observations).field("memory_bytes", store.memory_bytes);
  json.field("log_bytes", store.log_bytes).field("file_bytes", store.file_bytes).field("files", store.files);
  json.field("overlays", store.overlays).field("sync_calls", store.sync_calls).end();
  json.key("disk").object().field("free", disk.free).field("total", disk.total).key("days_left");
  if (facts.service.disk_days_left) json.number(*facts.service.disk_days_left);
  else json.null();
  json.end();
  json.key("retention").object().field("oldest", Instant{store.oldest}.ms()).end();
  json.key("certificate_end");
  if (facts.service.certificate_end) json.integer(facts.service.certificate_end->ms());
  else json.null();
}

void write_backup(JsonWriter& json, const BackupHealth& backup) {
  const auto time = [&json](std::string_view name, Instant at) {
    json.key(name);
    if (at.ns == 0) json.null();
    else json.integer(at.ms());
  };
  json.key("backup").object().field("scheduled", backup.scheduled).field("running", backup.running);
  json.field("same_disk", backup.same_disk).field("kept", backup.kept).field("took_s", backup.took_s);
  time("last_good", backup.last_good);
  time("last_attempt", backup.last_attempt);
  json.field("problem", backup.problem).end();
}

}  // namespace

std::string render_health(const HealthFacts& facts) {
  const auto problems = find_problems(facts);
  std::string out;
  JsonWriter json(out);
  json.object().field("state", problems.empty() ? "ok" : "degraded").key("problems").array();
  for (const auto& problem : problems) {
    json.object().field("code", problem.code).field("severity", problem.severity).field("text", problem.text).end();
  }
  json.end().field("version", facts.version).field("uptime_s", facts.service.uptime_s);
  write_ingest(json, facts);
  write_speed(json, facts);
  write_store(json, facts);
  write_backup(json, facts.service.backup);
  json.key("clock").object().field("believable", clock_believable(facts.now)).field("now", facts.now.ms()).end();
  const auto& mqtt = facts.service.mqtt;
  json.key("mqtt").object().field("connections", mqtt.connections);
  json.field("refused", mqtt.refused_credentials + mqtt.refused_limits).end();
  json.key("http").object().field("connections", facts.service.http.open_connections);
  json.field("websockets", facts.service.tabs).end();
  json.end();
  return out;
}

}  // namespace qala::api
