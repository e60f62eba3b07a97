#include "ingest/unclaimed.h"

#include <algorithm>
#include <ranges>
#include <set>

#include "base/json_writer.h"
#include "base/schema.h"

namespace qala::ingest {

namespace {

/// The first step may find its tables: before they had a version, they were made where they were missing.
constexpr std::string_view kSchemaSteps[] = {R"(
CREATE TABLE IF NOT EXISTS unclaimed_device (
  id INTEGER PRIMARY KEY,
  scope TEXT NOT NULL,              -- who vouches for it: gateway:ID, provisioning:TOKEN, ingest
  key TEXT NOT NULL,                -- what it calls itself
  gateway INTEGER NOT NULL,         -- thing id, 0: none
  first_seen INTEGER NOT NULL,      -- UTC ns
  last_seen INTEGER NOT NULL,
  dropped INTEGER NOT NULL,         -- readings given up, the oldest first
  last_payload TEXT NOT NULL,
  UNIQUE (scope, key)
) STRICT;
CREATE TABLE IF NOT EXISTS unclaimed_reading (
  id INTEGER PRIMARY KEY,           -- order of arrival
  device INTEGER NOT NULL REFERENCES unclaimed_device (id) ON DELETE CASCADE,
  key TEXT NOT NULL,
  time INTEGER NOT NULL,            -- UTC ns
  type INTEGER NOT NULL CHECK (type BETWEEN 0 AND 5),
  scale INTEGER NOT NULL,
  bits INTEGER NOT NULL,            -- as readings::Observation::bits, 0 for text
  text TEXT NOT NULL,
  flags INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS unclaimed_reading_device ON unclaimed_reading (device, id);
CREATE TABLE IF NOT EXISTS device_alias (
  scope TEXT NOT NULL,
  key TEXT NOT NULL,                -- what the device calls itself
  thing INTEGER NOT NULL,           -- what it was claimed as
  PRIMARY KEY (scope, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS unclaimed_counter (id INTEGER PRIMARY KEY CHECK (id = 1), dropped_devices INTEGER NOT NULL) STRICT;
INSERT OR IGNORE INTO unclaimed_counter VALUES (1, 0);
)"};

std::uint64_t size_of(const HeldValue& value) { return 40 + value.key.size() + value.text.size(); }

void write_value(JsonWriter& json, const HeldValue& value) {
  using readings::ValueType;
  switch (value.row.type) {
    case ValueType::decimal: json.decimal(value.row.bits, value.row.scale); break;
    case ValueType::integer: json.integer(value.row.bits); break;
    case ValueType::boolean: json.boolean(value.row.bits != 0); break;
    case ValueType::real: json.number(readings::as_number(value.row.type, 0, value.row.bits)); break;
    case ValueType::text: json.string(value.text); break;
    case ValueType::json: json.raw(value.text); break;
  }
}

std::string payload_of(std::span<const HeldValue> values) {
  std::string out;
  JsonWriter json(out);
  json.object();
  for (const auto& value : values) {
    if (out.size() > 1000) break;
    json.key(value.key);
    write_value(json, value);
  }
  json.end();
  return out;
}

}  // namespace

Result<std::unique_ptr<Unclaimed>> Unclaimed::open(sqlite::Database& db, const Clock& clock) {
  TRY_VOID(sqlite::upgrade_room(db, "ingest", kSchemaSteps).context("unclaimed devices"));
  std::unique_ptr<Unclaimed> self(new Unclaimed(db, clock));
  TRY_VOID(self->load().context("unclaimed devices"));
  return self;
}

Result<> Unclaimed::load() {
  const std::lock_guard lock(mutex_);
  devices_.clear();
  aliases_.clear();
  TRY(auto devices, db_.prepare("SELECT id, scope, key, gateway, first_seen, last_seen, dropped, last_payload,"
                                " (SELECT count(*) FROM unclaimed_reading r WHERE r.device = d.id),"
                                " (SELECT coalesce(sum(40 + length(CAST(r.key AS BLOB)) + length(CAST(r.text AS "
                                "BLOB))), 0) FROM unclaimed_reading r"
                                "  WHERE r.device = d.id) FROM unclaimed_device d"));
  for (;;) {
    TRY(const bool row, devices.step());
    if (!row) break;
    WaitingDevice device{.id = static_cast<std::uint32_t>(devices.integer(0)),
                         .scope = devices.text(1),
                         .key = devices.text(2),
                         .gateway = ThingId(static_cast<std::uint32_t>(devices.integer(3))),
                         .first_seen = {devices.integer(4)},
                         .last_seen = {devices.integer(5)},
                         .readings = static_cast<std::uint64_t>(devices.integer(8)),
                         .bytes = static_cast<std::uint64_t>(devices.integer(9)),
                         .dropped = static_cast<std::uint64_t>(devices.integer(6)),
                         .last_payload = devices.text(7),
                         .keys = {}};
    devices_[device.id] = std::move(device);
  }
  TRY(auto keys, db_.prepare("SELECT DISTINCT device, key FROM unclaimed_reading ORDER BY device, key"));
  for (;;) {
    TRY(const bool row, keys.step());
    if (!row) break;
    const auto found = devices_.find(static_cast<std::uint32_t>(keys.integer(0)));
    if (found == devices_.end() || found->second.keys.size() >= kKeys) continue;
    found->second.keys.push_back(keys.text(1));
  }
  TRY(auto aliases, db_.prepare("SELECT scope, key, thing FROM device_alias"));
  for (;;) {
    TRY(const bool row, aliases.step());
    if (!row) break;
    aliases_[{aliases.text(0), aliases.text(1)}] = ThingId(static_cast<std::uint32_t>(aliases.integer(2)));
  }
  TRY(auto counter, db_.prepare("SELECT dropped_devices FROM unclaimed_counter"));
  TRY([[maybe_unused]] const bool row, counter.step());
  dropped_devices_ = static_cast<std::uint64_t>(counter.integer(0));
  return {};
}

std::set<std::string_view> Unclaimed::names(std::string_view scope) const {
  std::set<std::string_view> out;
  for (const auto& [id, waiting] : devices_) {
    if (waiting.scope == scope) out.insert(waiting.key);
  }
  return out;
}

Result<WaitingDevice*> Unclaimed::admit(std::string_view scope, ThingId gateway, std::string_view device,
                                        sqlite::Statement& insert) {
  for (auto& [id, waiting] : devices_) {
    if (waiting.key == device && waiting.scope == scope) return &waiting;
  }
  if (devices_.size() >= kDevices) TRY_VOID(drop_oldest_device(scope));
  const Instant now = clock_.now();
  insert.bind(1, scope).bind(2, device).bind(3, std::int64_t{gateway.value}).bind(4, now.ns).bind(5, now.ns);
  TRY_VOID(insert.run());
  const auto id = static_cast<std::uint32_t>(db_.last_insert_id());
  const std::lock_guard lock(mutex_);
  WaitingDevice& waiting = devices_[id];
  waiting.id = id;
  waiting.scope = scope;
  waiting.key = device;
  waiting.gateway = gateway;
  waiting.first_seen = waiting.last_seen = now;
  return &waiting;
}

/// The oldest of the scope with the most devices: whoever floods the list pushes out its own, not those of others.
Result<> Unclaimed::drop_oldest_device(std::string_view newcomers_scope) {
  std::map<std::string_view, std::size_t> of_scope{{newcomers_scope, 1}};
  for (const auto& [id, device] : devices_) of_scope[device.scope]++;
  const auto most = std::ranges::max_element(of_scope, {}, [&](const auto& scope) {
                      return std::pair(scope.second, scope.first == newcomers_scope);
                    })->first;
  const auto oldest = std::ranges::min_element(
      devices_, {}, [&](const auto& d) { return std::pair(d.second.scope != most, d.second.last_seen); });
  TRY_VOID(db_.exec("DELETE FROM unclaimed_device WHERE id = " + std::to_string(oldest->first)));
  TRY_VOID(db_.exec("UPDATE unclaimed_counter SET dropped_devices = dropped_devices + 1"));
  const std::lock_guard lock(mutex_);
  devices_.erase(oldest);
  dropped_devices_++;
  return {};
}

Result<> Unclaimed::hold(std::string_view scope, ThingId gateway, const Held& devices) {
  if (devices.empty()) return {};
  auto kept = store(scope, gateway, devices);
  if (kept) return kept;
  // The transaction is rolled back: so must be what memory says of it.
  if (const auto again = load(); !again) return again.error().context("unclaimed devices");
  return kept;
}

Result<> Unclaimed::store(std::string_view scope, ThingId gateway, const Held& devices) {
  TRY(auto transaction, sqlite::Transaction::begin(db_));
  TRY(auto insert_device, db_.prepare("INSERT INTO unclaimed_device (scope, key, gateway, first_seen, last_seen,"
                                      " dropped, last_payload) VALUES (?, ?, ?, ?, ?, 0, '')"));
  TRY(auto insert, db_.prepare("INSERT INTO unclaimed_reading (device, key, time, type, scale, bits, text, flags)"
                               " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"));
  TRY(auto update,
      db_.prepare("UPDATE unclaimed_device SET last_seen = ?, dropped = ?, last_payload = ? WHERE id = ?"));
  for (const auto& [device, sent] : devices) {
    // What would be trimmed at once is not inserted: a body may hold a million readings.
    const auto values = std::span(sent).last(std::min<std::size_t>(sent.size(), kReadings));
    TRY(WaitingDevice* const waiting, admit(scope, gateway, device, insert_device));
    TRY_VOID(store_readings(*waiting, values, insert));
    std::uint64_t bytes = 0;
    for (const auto& value : values) bytes += size_of(value);
    {
      const std::lock_guard lock(mutex_);
      waiting->readings += values.size();
      waiting->bytes += bytes;
      waiting->dropped += sent.size() - values.size();
      waiting->last_seen = clock_.now();
      waiting->last_payload = payload_of(values);
      generation_++;
    }
    add_keys(*waiting, values);
    TRY_VOID(trim(*waiting));
    TRY_VOID(save(*waiting, update));
  }
  return transaction.commit();
}

Result<> Unclaimed::store_readings(const WaitingDevice& device, std::span<const HeldValue> values,
                                   sqlite::Statement& insert) {
  for (const auto& value : values) {
    const bool textual = value.row.type >= readings::ValueType::text;
    insert.bind(1, std::int64_t{device.id}).bind(2, value.key).bind(3, value.row.time);
    insert.bind(4, static_cast<std::int64_t>(value.row.type)).bind(5, std::int64_t{value.row.scale});
    insert.bind(6, textual ? std::int64_t{0} : value.row.bits).bind(7, value.text);
    insert.bind(8, std::int64_t{value.row.flags});
    TRY_VOID(insert.run());
  }
  return {};
}

void Unclaimed::add_keys(WaitingDevice& device, std::span<const HeldValue> values) {
  std::set<std::string_view> all(device.keys.begin(), device.keys.end());
  for (const auto& value : values) all.insert(value.key);
  std::vector<std::string> keys;
  for (const auto key : all | std::views::take(kKeys)) keys.emplace_back(key);
  const std::lock_guard lock(mutex_);
  device.keys = std::move(keys);
}

Result<> Unclaimed::read_keys(WaitingDevice& device) {
  TRY(auto rows, db_.prepare("SELECT DISTINCT key FROM unclaimed_reading WHERE device = ? ORDER BY key LIMIT ?"));
  rows.bind(1, std::int64_t{device.id}).bind(2, static_cast<std::int64_t>(kKeys));
  std::vector<std::string> keys;
  for (;;) {
    TRY(const bool row, rows.step());
    if (!row) break;
    keys.push_back(rows.text(0));
  }
  const std::lock_guard lock(mutex_);
  device.keys = std::move(keys);
  return {};
}

Result<> Unclaimed::trim(WaitingDevice& device) {
  const auto dropped = device.dropped;
  while (device.readings > kReadings || device.bytes > kBytes) {
    const std::uint64_t over = device.readings > kReadings ? device.readings - kReadings : device.readings / 10 + 1;
    const std::string oldest = "SELECT id FROM unclaimed_reading WHERE device = " + std::to_string(device.id) +
                               " ORDER BY id LIMIT " + std::to_string(over);
    TRY(auto sum, db_.prepare("SELECT count(*), coalesce(sum(40 + length(CAST(key AS BLOB)) + length(CAST(text AS "
                              "BLOB))), 0) FROM unclaimed_reading"
                              " WHERE id IN (" +
                              oldest + ")"));
    TRY([[maybe_unused]] const bool row, sum.step());
    const auto count = static_cast<std::uint64_t>(sum.integer(0));
    const auto bytes = static_cast<std::uint64_t>(sum.integer(1));
    sum.reset();
    if (count == 0) return {};
    TRY_VOID(db_.exec("DELETE FROM unclaimed_reading WHERE id IN (" + oldest + ")"));
    const std::lock_guard lock(mutex_);
    device.readings -= count;
    device.bytes -= std::min(device.bytes, bytes);
    device.dropped += count;
  }
  return device.dropped == dropped ? Result<>() : read_keys(device);
}

Result<> Unclaimed::save(const WaitingDevice& device, sqlite::Statement& update) {
  update.bind(1, device.last_seen.ns).bind(2, static_cast<std::int64_t>(device.dropped)).bind(3, device.last_payload);
  update.bind(4, std::int64_t{device.id});
  return update.run();
}

ThingId Unclaimed::claimed_as(std::string_view scope, std::string_view device) const {
  const auto found = aliases_.find(std::pair<std::string, std::string>(scope, device));
  return found == aliases_.end() ? ThingId() : found->second;
}

Result<Unclaimed::Claimed> Unclaimed::claim(std::uint32_t id, const Claim& claim, registry::Registry& registry,
                                            const registry::Actor& actor) {
  const auto found = devices_.find(id);
  if (found == devices_.end()) return fail(ErrorKind::not_found, "no unclaimed device " + std::to_string(id));
  const WaitingDevice& device = found->second;
  registry::Thing thing;
  bool zone_known = true;
  registry.read([&](const registry::Registry::View& view) {
    const auto* existing = view.thing(claim.key.empty() ? device.key : claim.key);
    if (existing) thing = *existing;
    if (claim.zone.empty()) return;
    const auto* zone = view.zone(claim.zone);
    zone_known = zone != nullptr;
    if (zone) thing.zone = zone->id;
  });
  if (!zone_known) return fail(ErrorKind::invalid, "zone \"" + claim.zone + "\" is unknown");
  if (!thing.id) {
    thing.key = claim.key.empty() ? device.key : claim.key;
    thing.name = claim.name.empty() ? thing.key : claim.name;
  }
  if (!claim.name.empty()) thing.name = claim.name;
  if (!claim.street.empty()) thing.street = claim.street;
  if (claim.location) thing.location = claim.location;
  if (const auto kind = registry::kind_from(claim.kind)) thing.kind = *kind;
  if (!claim.kind.empty() && !registry::kind_from(claim.kind)) {
    return fail(ErrorKind::invalid, "kind \"" + claim.kind + "\" is unknown");
  }
  if (device.gateway && device.scope != "ingest") thing.gateway = device.gateway;
  TRY(const ThingId made, registry.put_thing(thing, actor));

  TRY(auto alias, db_.prepare("INSERT INTO device_alias (scope, key, thing) VALUES (?, ?, ?)"
                              " ON CONFLICT (scope, key) DO UPDATE SET thing = excluded.thing"));
  alias.bind(1, device.scope).bind(2, device.key).bind(3, std::int64_t{made.value});
  TRY_VOID(alias.run());
  aliases_[{device.scope, device.key}] = made;

  Claimed out{.thing = made, .held = {}};
  out.held.source = {.transport = Transport::gateway, .name = "claim", .thing = made, .any_keys = true};
  std::map<std::string, std::uint32_t> names;
  TRY(auto rows, db_.prepare("SELECT key, time, type, scale, bits, text, flags FROM unclaimed_reading WHERE device = ?"
                             " ORDER BY id"));
  rows.bind(1, std::int64_t{id});
  for (;;) {
    TRY(const bool more, rows.step());
    if (!more) break;
    const auto [name, fresh] = names.try_emplace(rows.text(0), static_cast<std::uint32_t>(out.held.names.size()));
    if (fresh) out.held.names.push_back({.hash = {}, .thing = made, .thing_key = {}, .key = name->first});
    readings::Observation row{.datastream = DatastreamId(kUnknownSeries | name->second),
                              .flags = static_cast<std::uint16_t>(rows.integer(6)),
                              .type = static_cast<readings::ValueType>(rows.integer(2)),
                              .scale = static_cast<std::int8_t>(rows.integer(3)),
                              .time = rows.integer(1),
                              .bits = rows.integer(4)};
    if (row.type >= readings::ValueType::text) {
      const std::string text = rows.text(5);
      row.bits = readings::TextRef{out.held.batch.text.size(), static_cast<std::uint32_t>(text.size())}.bits();
      out.held.batch.text += text;
    }
    out.held.batch.rows.push_back(row);
  }
  return out;
}

Result<> Unclaimed::forget(std::uint32_t id) {
  TRY_VOID(db_.exec("DELETE FROM unclaimed_device WHERE id = " + std::to_string(id)));
  const std::lock_guard lock(mutex_);
  if (devices_.erase(id) == 0) return fail(ErrorKind::not_found, "no unclaimed device " + std::to_string(id));
  generation_++;
  return {};
}

std::vector<WaitingDevice> Unclaimed::list() const {
  const std::lock_guard lock(mutex_);
  std::vector<WaitingDevice> out;
  for (const auto& [id, device] : devices_) out.push_back(device);
  return out;
}

std::uint64_t Unclaimed::dropped_devices() const {
  const std::lock_guard lock(mutex_);
  return dropped_devices_;
}

std::size_t Unclaimed::size() const {
  const std::lock_guard lock(mutex_);
  return devices_.size();
}

std::uint64_t Unclaimed::generation() const {
  const std::lock_guard lock(mutex_);
  return generation_;
}

}  // namespace qala::ingest
