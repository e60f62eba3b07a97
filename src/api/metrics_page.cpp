#include <concepts>

#include "api/health_facts.h"
#include "api/metrics_text.h"

namespace qala::api {

namespace {

constexpr double kMs = 1e-3, kNs = 1e-9;

/// One family of one sample a line.
class Page {
 public:
  explicit Page(std::string& out) : text_(out) {}
  MetricsText& text() { return text_; }
  void counter(std::string_view name, std::string_view help, std::uint64_t value) {
    text_.counter(name, help).value(static_cast<double>(value));
  }
  template <class Number>
  void gauge(std::string_view name, std::string_view help, Number value) {
    text_.gauge(name, help).value(static_cast<double>(value));
  }

 private:
  MetricsText text_;
};

void write_ingest(Page& page, const HealthFacts& facts) {
  const auto& totals = facts.ingest;
  auto& readings = page.text().counter("qala_ingest_readings_total", "Readings taken in");
  for (std::size_t i = 0; i < ingest::kTransports; i++) {
    readings.value("transport", ingest::name_of(static_cast<ingest::Transport>(i)),
                   static_cast<double>(totals.by_transport[i]));
  }
  page.counter("qala_ingest_duplicates_total", "Readings that were there already", totals.duplicates);
  page.counter("qala_ingest_corrected_total", "Readings that replaced another value of the same time",
               totals.corrected);
  page.counter("qala_ingest_late_total", "Readings older than what memory holds", totals.late);
  page.counter("qala_ingest_unclaimed_total", "Readings kept for devices that nobody has claimed", totals.unclaimed);
  page.counter("qala_ingest_restamped_total", "Readings whose time was not believed", totals.restamped);
  page.counter("qala_ingest_out_of_range_total", "Readings outside the plausible range", totals.out_of_range);
  page.counter("qala_ingest_commits_total", "Commits of readings", totals.commits);
  auto& rejected = page.text().counter("qala_ingest_rejected_total", "What was not taken in");
  for (const auto& reject : facts.rejects) rejected.value("reason", reject.reason, static_cast<double>(reject.count));
}

void write_speed(Page& page, const HealthFacts& facts) {
  page.gauge("qala_commit_lag_p50_seconds", "From the first waiting reading to the disk, median of the last commits",
             facts.lag.commit_p50 * kMs);
  page.gauge("qala_commit_lag_p99_seconds", "The same, 99 of 100", facts.lag.commit_p99 * kMs);
  page.gauge("qala_rules_lag_p99_seconds", "Until the rules had judged, 99 of 100", facts.lag.rules_p99 * kMs);
  page.gauge("qala_screens_lag_p99_seconds", "From the commit to the screens, 99 of 100",
             facts.service.screens_p99_ms * kMs);
  page.text()
      .gauge("qala_queue_length", "What waits")
      .value("queue", "writer", static_cast<double>(facts.writer_queue))
      .value("queue", "pool", static_cast<double>(facts.pool_queue))
      .value("queue", "readings", static_cast<double>(facts.waiting_rows))
      .value("queue", "streams", static_cast<double>(facts.service.stream_queue));
  page.gauge("qala_writer_longest_step_seconds", "Longest step of the writer in the last hour",
             facts.service.writer_longest.ms * kMs);
}

void write_store(Page& page, const HealthFacts& facts) {
  const auto& store = facts.store;
  page.gauge("qala_store_readings", "Readings kept", store.observations);
  page.gauge("qala_store_memory_bytes", "Readings in memory", store.memory_bytes);
  page.gauge("qala_store_log_bytes", "Log of readings", store.log_bytes);
  page.gauge("qala_store_file_bytes", "Files of readings", store.file_bytes);
  page.gauge("qala_store_files", "Number of files of readings", store.files);
  page.gauge("qala_store_overlays", "Files of late data that are not merged yet", store.overlays);
  page.gauge("qala_store_damages", "Files and chunks that cannot be read", store.damages);
  page.gauge("qala_store_full", "1 while readings are refused", store.full.empty() ? 0 : 1);
  page.counter("qala_store_syncs_total", "Calls of fdatasync by commits", store.sync_calls);
  page.gauge("qala_store_sync_longest_seconds", "Longest fdatasync of the last hour",
             static_cast<double>(store.sync_longest_ns) * kNs);
  page.gauge("qala_disk_free_bytes", "Free on the disk of the data folder", facts.disk.free);
  if (facts.service.disk_days_left) {
    page.gauge("qala_disk_full_in_seconds", "Until the disk is full at the rate of the last week",
               *facts.service.disk_days_left * 86400);
  }
  if (const auto end = facts.service.certificate.end) {
    page.gauge("qala_certificate_end_timestamp_seconds", "When the TLS certificate ends",
               static_cast<double>(end->ns) * kNs);
  }
  page.gauge("qala_disk_size_bytes", "Size of the disk of the data folder", facts.disk.total);
}

void write_backup(Page& page, const BackupHealth& backup) {
  if (!backup.scheduled) return;
  page.gauge("qala_backup_last_good_timestamp_seconds", "When the newest proven backup was made; 0: never",
             static_cast<double>(backup.last_good.ns) * kNs);
  page.gauge("qala_backup_failed", "1 if the last attempt failed", backup.problem.empty() ? 0 : 1);
  page.gauge("qala_backup_running", "1 while one is being made", backup.running ? 1 : 0);
  page.gauge("qala_backup_kept", "Number of backups", backup.kept);
  page.gauge("qala_backup_took_seconds", "The last good one, with its restore drill", backup.took_s);
}

void write_notify(Page& page, const notify::Health& notify) {
  page.gauge("qala_notify_recipients", "Who is told of alarms", notify.recipients);
  page.gauge("qala_notify_waiting", "Events that wait to be told", notify.waiting);
  page.gauge("qala_notify_failing_recipients", "Recipients that the last attempt did not reach", notify.failing);
  for (const bool delivered : {true, false}) {
    auto& each = delivered ? page.text().counter("qala_notify_delivered_total", "Messages the other side took")
                           : page.text().counter("qala_notify_failed_total", "Attempts that failed");
    for (const auto channel : {notify::Channel::mail, notify::Channel::webhook, notify::Channel::push}) {
      const auto& counts = delivered ? notify.delivered : notify.failed;
      each.value("channel", notify::name_of(channel), static_cast<double>(counts[static_cast<std::size_t>(channel)]));
    }
  }
  page.counter("qala_notify_given_up_total", "Messages that were given up", notify.given_up_total);
  page.counter("qala_notify_left_out_total", "Events beyond a full queue, told as a number only",
               notify.left_out_total);
}

void write_mqtt(Page& page, const mqtt::Counters& mqtt) {
  page.gauge("qala_mqtt_connections", "Open MQTT connections", mqtt.connections);
  page.gauge("qala_mqtt_sessions", "MQTT sessions", mqtt.sessions);
  page.gauge("qala_mqtt_subscriptions", "MQTT subscriptions", mqtt.subscriptions);
  page.gauge("qala_mqtt_retained_messages", "Retained messages", mqtt.retained);
  page.counter("qala_mqtt_connects_total", "Connections that were welcomed", mqtt.accepted);
  page.text()
      .counter("qala_mqtt_refused_total", "Connections that were refused")
      .value("reason", "credentials", static_cast<double>(mqtt.refused_credentials))
      .value("reason", "limits", static_cast<double>(mqtt.refused_limits));
  page.counter("qala_mqtt_protocol_errors_total", "Connections ended because of what they sent", mqtt.protocol_errors);
  page.counter("qala_mqtt_received_total", "PUBLISH packets received", mqtt.received);
  page.counter("qala_mqtt_delivered_total", "PUBLISH packets sent", mqtt.delivered);
  page.text()
      .counter("qala_mqtt_dropped_total", "Messages not delivered")
      .value("reason", "full", static_cast<double>(mqtt.dropped_full))
      .value("reason", "slow", static_cast<double>(mqtt.dropped_slow))
      .value("reason", "large", static_cast<double>(mqtt.dropped_large))
      .value("reason", "expired", static_cast<double>(mqtt.expired));
  page.counter("qala_mqtt_throttled_total", "Times reading was put off by a rate limit", mqtt.throttled);
  page.counter("qala_mqtt_store_failures_total", "Writes of the session file that failed", mqtt.store_failures);
  page.counter("qala_mqtt_received_bytes_total", "Bytes received", mqtt.bytes_in);
  page.counter("qala_mqtt_sent_bytes_total", "Bytes sent", mqtt.bytes_out);
}

void write_http(Page& page, const HealthFacts& facts) {
  const auto& http = facts.service.http;
  page.gauge("qala_http_connections", "Open HTTP connections", http.open_connections);
  page.gauge("qala_http_screens", "Open live streams", facts.service.tabs);
  page.counter("qala_http_connects_total", "Connections taken", http.connections);
  page.counter("qala_http_requests_total", "Requests", http.requests);
  page.counter("qala_http_refused_total", "Connections and requests refused at the gate", http.refused);
  page.counter("qala_http_slow_readers_total", "Live streams ended because they did not read", http.slow_readers);
  page.counter("qala_access_sign_ins_total", "People signed in", facts.access.sign_ins);
  page.counter("qala_access_wrong_passwords_total", "Wrong passwords", facts.access.wrong_passwords);
  page.counter("qala_access_locked_total", "Sign-ins put off after wrong passwords", facts.access.locked);
  page.counter("qala_access_refused_tokens_total", "Unknown, expired or revoked tokens", facts.access.refused_tokens);
}

void write_modbus(Page& page, const std::vector<PolledDevice>& devices) {
  std::uint64_t silent = 0, polls = 0, failures = 0, skipped = 0;
  for (const auto& device : devices) {
    silent += device.state == "silent";
    polls += device.polls;
    failures += device.failures;
    skipped += device.skipped;
  }
  page.gauge("qala_modbus_devices", "Modbus devices that are read", devices.size());
  page.gauge("qala_modbus_silent", "Modbus devices that do not answer", silent);
  page.counter("qala_modbus_polls_total", "Rounds of reading a device", polls);
  page.counter("qala_modbus_failures_total", "Rounds in which a device did not answer", failures);
  page.counter("qala_modbus_skipped_total", "Rounds left out because asking took longer than the map allows", skipped);
}

void write_sparkplug(Page& page, const std::vector<EdgeNode>& nodes) {
  std::uint64_t dead = 0, messages = 0, rebirths = 0, gaps = 0;
  for (const auto& node : nodes) {
    dead += node.state == "dead";
    messages += node.messages;
    rebirths += node.rebirths;
    gaps += node.gaps;
  }
  page.gauge("qala_sparkplug_nodes", "Edge nodes of Sparkplug B heard since the start", nodes.size());
  page.gauge("qala_sparkplug_dead", "Edge nodes that are gone", dead);
  page.counter("qala_sparkplug_messages_total", "Messages of edge nodes", messages);
  page.counter("qala_sparkplug_rebirths_total", "Times that an edge node was asked for a rebirth", rebirths);
  page.counter("qala_sparkplug_gaps_total", "Gaps in the sequence numbers of edge nodes", gaps);
}

void write_bridges(Page& page, const std::vector<bridge::Health>& bridges) {
  std::uint64_t connected = 0, waiting = 0, messages = 0, refused = 0, busy = 0, published = 0, connects = 0;
  for (const auto& bridge : bridges) {
    connected += bridge.state == "connected";
    waiting += bridge.unacknowledged;
    messages += bridge.messages;
    refused += bridge.refused;
    busy += bridge.busy;
    published += bridge.published;
    connects += bridge.connects;
  }
  page.gauge("qala_bridge_count", "Bridges to brokers of others", bridges.size());
  page.gauge("qala_bridge_connected", "Bridges that are connected", connected);
  page.gauge("qala_bridge_unacknowledged", "Messages of brokers that wait for their commit", waiting);
  page.counter("qala_bridge_messages_total", "Messages of brokers", messages);
  page.counter("qala_bridge_refused_total", "Messages of no use, acknowledged all the same", refused);
  page.counter("qala_bridge_busy_total", "Messages that could not be kept and were left to the broker", busy);
  page.counter("qala_bridge_published_total", "Downlinks that a broker has acknowledged", published);
  page.counter("qala_bridge_connects_total", "Connections made; all but the first of a bridge are returns", connects);
}

void write_town(Page& page, const HealthFacts& facts) {
  auto& alarms = page.text().gauge("qala_alarms_open", "Open alarms by severity, 1 the worst; without exercises");
  std::uint64_t exercise = 0;
  for (std::size_t severity = 1; severity < facts.alarms.size(); severity++) {
    exercise += facts.exercise[severity];
    alarms.value("severity", std::to_string(severity), facts.alarms[severity] - facts.exercise[severity]);
  }
  page.gauge("qala_alarms_exercise", "Open alarms that an exercise raised", exercise);
  page.gauge("qala_clock_believable", "1 if the machine's clock is believable", clock_believable(facts.now) ? 1 : 0);
  page.gauge("qala_problems", "Problems on the health page", facts.problems.size());
  auto& each = page.text().gauge("qala_problem_severity", "Severity of each problem, 1 the worst; absent without");
  for (const auto& problem : facts.problems) each.value("code", problem.code, problem.severity);
}

}  // namespace

std::string render_metrics(const HealthFacts& facts) {
  std::string out;
  Page page(out);
  page.text().gauge("qala_build_info", "Always 1; the version is in the label").value("version", facts.version, 1);
  page.gauge("qala_uptime_seconds", "Since the start", facts.service.uptime_s);
  write_town(page, facts);
  write_ingest(page, facts);
  write_speed(page, facts);
  write_store(page, facts);
  write_backup(page, facts.service.backup);
  write_notify(page, facts.notify);
  write_mqtt(page, facts.service.mqtt);
  write_http(page, facts);
  write_modbus(page, facts.service.modbus);
  write_sparkplug(page, facts.service.edge_nodes);
  write_bridges(page, facts.bridges);
  return out;
}

}  // namespace qala::api
