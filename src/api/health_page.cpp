#include "api/health_facts.h"
#include "api/render.h"

namespace qala::api {

namespace {

void write_ingest(JsonWriter& json, const HealthFacts& facts) {
  const auto& totals = facts.ingest;
  json.key("ingest").object().field("per_s", facts.rate.ten_s).key("by_transport").object();
  for (std::size_t i = 0; i < ingest::kTransports; i++) {
    json.field(ingest::name_of(static_cast<ingest::Transport>(i)), totals.by_transport[i]);
  }
  json.end().key("rates").object();
  for (std::size_t i = 0; i < ingest::kTransports; i++) {
    const auto& rate = facts.rates[i];
    json.key(ingest::name_of(static_cast<ingest::Transport>(i))).array();
    json.number(rate.ten_s).number(rate.minute).number(rate.hour).end();
  }
  json.end().field("accepted", totals.accepted).field("duplicates", totals.duplicates);
  json.field("corrected", totals.corrected).field("late", totals.late).field("unclaimed", totals.unclaimed);
  json.field("restamped", totals.restamped).field("out_of_range", totals.out_of_range);
  json.field("commits", totals.commits).end();
  json.key("rejects").array();
  for (const auto& reject : facts.rejects) {
    json.object().field("reason", reject.reason).field("count", reject.count).field("last", reject.last.ms());
    json.key("samples").array();
    for (const auto& sample : reject.samples) {
      json.object().field("at", sample.at.ms()).field("text", sample.text).end();
    }
    json.end().end();
  }
  json.end();
}

void write_speed(JsonWriter& json, const HealthFacts& facts) {
  json.key("lag_ms").object().field("commit_p50", facts.lag.commit_p50).field("commit_p99", facts.lag.commit_p99);
  json.field("rules_p50", facts.lag.rules_p50).field("rules_p99", facts.lag.rules_p99);
  json.field("screens_p50", facts.service.screens_p50_ms).field("screens_p99", facts.service.screens_p99_ms).end();
  json.key("queues").object().field("writer", facts.writer_queue).field("pool", facts.pool_queue);
  json.field("streams", facts.service.stream_queue).field("rows", facts.waiting_rows);
  json.field("notifications", facts.notify.waiting).end();
  json.key("limits").object().field("rows", ingest::Intake::kMaxRows).field("streams", facts.service.stream_limit);
  json.field("http", facts.service.http_limit).field("mqtt", facts.service.mqtt_limit).end();
  json.key("writer").object().field("longest_step_ms", facts.service.writer_longest.ms);
  json.field("longest_step", facts.service.writer_longest.what);
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
  json.key("certificate");
  const auto& certificate = facts.service.certificate;
  if (!certificate.end) {
    json.null();
    return;
  }
  json.object().field("subject", certificate.subject).field("self_signed", certificate.self_signed);
  json.field("end", certificate.end->ms()).end();
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
  time("next", backup.next);
  json.field("folder", backup.folder).field("disk_free", backup.disk.free).field("disk_total", backup.disk.total);
  json.field("problem", backup.problem).end();
}

void write_problems(JsonWriter& json, const HealthFacts& facts) {
  json.key("problems").array();
  for (const auto& problem : facts.problems) {
    json.object().field("code", problem.code).field("severity", problem.severity).field("text", problem.text);
    json.field("since", problem.since.ms()).key("params").object();
    for (const auto& [name, value] : problem.params) {
      if (const auto* number = std::get_if<double>(&value)) json.field(name, *number);
      else json.field(name, std::get<std::string>(value));
    }
    json.end().end();
  }
  json.end();
}

void write_machine(JsonWriter& json, const HealthFacts& facts) {
  json.key("clock").object().field("believable", clock_believable(facts.now)).field("now", facts.now.ms());
  json.key("offset_s");
  if (facts.clock_offset_s) json.number(*facts.clock_offset_s);
  else json.null();
  json.field("zone_rules", facts.service.zone_rules).end();
  const auto& process = facts.service.process;
  json.key("process").object().field("resident", process.resident).field("peak", process.peak).key("memory_limit");
  if (process.memory_limit) json.integer(static_cast<std::int64_t>(*process.memory_limit));
  else json.null();
  json.field("descriptors", process.descriptors).field("descriptor_limit", process.descriptor_limit).end();
  json.key("told").array();
  for (const auto& told : facts.told) {
    json.object().field("level", told.is_error ? "error" : "warn").field("event", told.event);
    json.field("count", told.count).field("last", told.last.ms());
    json.field("fields", ingest::clean_sample(told.fields)).end();
  }
  json.end();
}

void write_connections(JsonWriter& json, const HealthFacts& facts) {
  const auto& mqtt = facts.service.mqtt;
  json.key("mqtt").object().field("connections", mqtt.connections).field("sessions", mqtt.sessions);
  json.field("subscriptions", mqtt.subscriptions).field("retained", mqtt.retained).field("delivered", mqtt.delivered);
  json.field("dropped", mqtt.dropped_full + mqtt.dropped_slow + mqtt.dropped_large).field("queued", mqtt.queued);
  json.field("refused", mqtt.refused_credentials + mqtt.refused_limits).end();
  const auto& http = facts.service.http;
  json.key("http").object().field("connections", http.open_connections).field("websockets", facts.service.tabs);
  json.field("slow_readers", http.slow_readers).field("refused", http.refused).end();
}

void write_notify(JsonWriter& json, const notify::Health& notify) {
  json.key("notify").object().field("recipients", notify.recipients).field("waiting", notify.waiting);
  json.field("failing", notify.failing).field("given_up", notify.given_up).field("left_out", notify.left_out).end();
}

void write_modbus(JsonWriter& json, const std::vector<PolledDevice>& devices) {
  json.key("modbus").array();
  for (const auto& device : devices) {
    json.object().field("name", device.name).field("address", device.address).field("thing", device.thing);
    json.field("state", device.state).field("words", device.words).field("since", device.since.ms()).key("heard");
    if (device.heard.ns == 0) json.null();
    else json.integer(device.heard.ms());
    json.field("polls", device.polls).field("failures", device.failures).field("skipped", device.skipped);
    json.field("refused", device.refused).end();
  }
  json.end();
}

void write_sparkplug(JsonWriter& json, const ServiceHealth& service) {
  json.key("sparkplug");
  if (service.sparkplug_host.empty()) {
    json.null();
    return;
  }
  json.object().field("host", service.sparkplug_host).key("nodes").array();
  for (const auto& node : service.edge_nodes) {
    json.object().field("name", node.name).field("state", node.state).field("since", node.since.ms());
    json.field("heard", node.heard.ms()).field("devices", node.devices).field("dead_devices", node.dead_devices);
    json.field("messages", node.messages).field("rebirths", node.rebirths).field("gaps", node.gaps).end();
  }
  json.end().end();
}

void write_bridges(JsonWriter& json, const std::vector<bridge::Health>& bridges) {
  json.key("bridges").array();
  for (const auto& bridge : bridges) {
    json.object().field("name", bridge.name).field("kind", bridge.kind).field("url", bridge.url);
    json.field("state", bridge.state).field("words", bridge.words).field("version", bridge.version);
    json.field("since", bridge.since.ms()).key("heard");
    if (bridge.heard.ns == 0) json.null();
    else json.integer(bridge.heard.ms());
    json.field("messages", bridge.messages).field("refused", bridge.refused).field("busy", bridge.busy);
    json.field("unacknowledged", bridge.unacknowledged).field("published", bridge.published);
    json.field("connects", bridge.connects).end();
  }
  json.end();
}

}  // namespace

std::string render_health(const HealthFacts& facts) {
  std::string out;
  JsonWriter json(out);
  json.object().field("state", is_degraded(facts) ? "degraded" : "ok");
  write_problems(json, facts);
  json.field("version", facts.version).field("uptime_s", facts.service.uptime_s);
  json.field("folder_format", facts.service.folder_format);
  write_ingest(json, facts);
  write_speed(json, facts);
  write_store(json, facts);
  write_backup(json, facts.service.backup);
  write_notify(json, facts.notify);
  write_machine(json, facts);
  write_connections(json, facts);
  write_modbus(json, facts.service.modbus);
  write_sparkplug(json, facts.service);
  write_bridges(json, facts.bridges);
  json.end();
  return out;
}

}  // namespace qala::api
