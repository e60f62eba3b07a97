#include "lorawan/raw.h"

#include <algorithm>

#include <fmt/core.h>

#include "base/schema.h"
#include "lorawan/raw_schema.h"

namespace qala::lorawan {

namespace {

constexpr std::int64_t kWindow = 7 * Instant::kDay;  ///< older ones are not looked at for duplicates
constexpr std::size_t kMostText = 8 << 10;           ///< of what it was decoded to; the payload is what counts

std::span<const std::byte> as_blob(const std::string& text) { return std::as_bytes(std::span(text)); }

std::string from_blob(const std::vector<std::byte>& blob) {
  return {reinterpret_cast<const char*>(blob.data()), blob.size()};
}

void bind_real(sqlite::Statement& row, int at, const std::optional<double>& value) {
  if (value) row.bind(at, *value);
  else row.bind_null(at);
}

std::optional<double> real(const sqlite::Statement& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional(row.real(column));
}

/// FNV-1a: names what has no counter; the payload is compared besides.
std::uint64_t fingerprint(std::string_view text, std::uint64_t hash = 14'695'981'039'346'656'037ULL) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1'099'511'628'211ULL;
  return hash;
}

/// Messages without a session are told apart by what they say.
std::string session_of(const Message& message) {
  if (!message.session.empty()) return message.session;
  if (!message.server_id.empty()) return "#" + message.server_id;
  const std::string at = message.time ? to_iso(*message.time) : std::string();
  return fmt::format("#{:016x}", fingerprint(message.decoded, fingerprint(message.payload, fingerprint(at))));
}

constexpr const char* kColumns =
    "SELECT id, source, device, session, f_cnt, f_port, payload, decoded, at, received, rssi, snr, margin, lost, state,"
    " problem, data FROM uplink ";

RawUplink read_uplink(const sqlite::Statement& row) {
  return {.id = row.integer(0),
          .source = row.text(1),
          .device = row.text(2),
          .session = row.text(3),
          .f_cnt = static_cast<std::uint32_t>(row.integer(4)),
          .f_port = static_cast<std::uint8_t>(row.integer(5)),
          .payload = from_blob(row.blob(6)),
          .decoded = row.text(7),
          .at = {row.integer(8)},
          .received = {row.integer(9)},
          .rssi = real(row, 10),
          .snr = real(row, 11),
          .margin = real(row, 12),
          .lost = static_cast<std::uint32_t>(row.integer(13)),
          .state = static_cast<RawState>(row.integer(14)),
          .problem = row.text(15),
          .data = row.text(16)};
}

constexpr const char* kHeard =
    "SELECT device, source, kind, application, tenant, device_id, name, last_seen, battery, rssi, snr, margin, session,"
    " f_cnt, received, lost, problem FROM heard ";

Heard read_heard(const sqlite::Statement& row) {
  Heard out{.device = row.text(0),
            .source = row.text(1),
            .application = row.text(3),
            .tenant = row.text(4),
            .device_id = row.text(5),
            .name = row.text(6),
            .kind = server_kind_from(row.text(2)).value_or(ServerKind::chirpstack),
            .last_seen = {row.integer(7)},
            .battery = real(row, 8),
            .rssi = real(row, 9),
            .snr = real(row, 10),
            .margin = real(row, 11),
            .session = row.text(12),
            .received = static_cast<std::uint64_t>(row.integer(14)),
            .lost = static_cast<std::uint64_t>(row.integer(15)),
            .problem = row.text(16)};
  if (!row.is_null(13)) out.f_cnt = static_cast<std::uint32_t>(row.integer(13));
  return out;
}

}  // namespace

std::string_view name_of(RawState state) {
  switch (state) {
    case RawState::waiting: return "waiting";
    case RawState::decoded: return "decoded";
    case RawState::failed: return "failed";
    case RawState::held: return "held";
    case RawState::left: return "left";
  }
  return "waiting";
}

Result<RawStore> RawStore::open(const std::string& path) {
  TRY(auto db, sqlite::Database::open(path));
  TRY_VOID(sqlite::upgrade_room(db, "lorawan.raw", kRawSteps).context("lorawan.db"));
  return RawStore(std::make_unique<sqlite::Database>(std::move(db)));
}

Result<std::optional<Heard>> RawStore::device(const std::string& device) {
  TRY(auto row, db_->prepare(std::string(kHeard) + "WHERE device = ?"));
  row.bind(1, device);
  TRY(const bool found, row.step());
  if (!found) return std::optional<Heard>();
  return std::optional(read_heard(row));
}

Result<std::vector<Heard>> RawStore::devices() {
  TRY(auto row, db_->prepare(std::string(kHeard) + "ORDER BY device"));
  std::vector<Heard> out;
  for (;;) {
    TRY(const bool more, row.step());
    if (!more) return out;
    out.push_back(read_heard(row));
  }
}

Result<bool> RawStore::is_duplicate(const Source& source, const Message& message, const std::string& session,
                                    const std::optional<Heard>& before, Instant at, Instant now) {
  TRY(auto row, db_->prepare("SELECT payload, at, server_id FROM uplink WHERE device = ? AND session = ? AND f_cnt = ?"
                             " AND source = ? AND received >= ? ORDER BY id DESC LIMIT 1"));
  row.bind(1, message.device).bind(2, session).bind(3, std::int64_t{message.f_cnt}).bind(4, source.name);
  row.bind(5, now.ns - kWindow);
  TRY(const bool found, row.step());
  if (!found) return false;
  if (!message.server_id.empty() && row.text(2) == message.server_id) return true;
  // The newest counter once more is the same frame, sent or handed on again; so is any of a session that is over.
  const bool current = before && before->session == session && before->f_cnt && !message.session.empty();
  if (!current || *before->f_cnt == message.f_cnt) return true;
  if (from_blob(row.blob(0)) != message.payload) return false;
  // Ahead of the newest, and seen before: its counter had begun anew in between.
  const std::int64_t apart = std::abs(at.ns - row.integer(1));
  return message.f_cnt > *before->f_cnt ? apart == 0 : apart < Instant::kDay;
}

Result<RawStore::Added> RawStore::add(const Source& source, const Message& message, Instant now) {
  const Instant at = event_time(message, now);
  const std::string session = session_of(message);
  TRY(const auto before, device(message.device));
  TRY(const bool duplicate, is_duplicate(source, message, session, before, at, now));
  Added added;
  added.duplicate = duplicate;
  if (duplicate) return added;
  RawUplink& uplink = added.uplink;
  uplink = {.source = source.name,
            .device = message.device,
            .session = session,
            .f_cnt = message.f_cnt,
            .f_port = message.f_port,
            .payload = message.payload,
            .decoded = message.decoded,
            .at = at,
            .received = now,
            .rssi = message.rssi(),
            .snr = message.snr(),
            .margin = link_margin(message)};
  const bool follows = before && before->f_cnt && before->session == session && !message.session.empty();
  if (follows && message.f_cnt > *before->f_cnt) uplink.lost = message.f_cnt - *before->f_cnt - 1;
  if (message.simulated) uplink.state = RawState::left, uplink.problem = "simulated: kept, not taken for a reading";
  if (message.encrypted) {
    uplink.state = RawState::left;
    uplink.problem = "still encrypted: the network server has no application session key";
  }
  TRY(auto row,
      db_->prepare("INSERT INTO uplink (source, device, session, f_cnt, f_port, payload, decoded, server_id, at,"
                   " received, rssi, snr, margin, lost, state, problem, data)"
                   " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '')"));
  row.bind(1, uplink.source).bind(2, uplink.device).bind(3, uplink.session);
  row.bind(4, std::int64_t{uplink.f_cnt}).bind(5, std::int64_t{uplink.f_port}).bind_blob(6, as_blob(uplink.payload));
  row.bind(7, uplink.decoded).bind(8, message.server_id).bind(9, uplink.at.ns).bind(10, uplink.received.ns);
  bind_real(row, 11, uplink.rssi);
  bind_real(row, 12, uplink.snr);
  bind_real(row, 13, uplink.margin);
  row.bind(14, std::int64_t{uplink.lost}).bind(15, static_cast<std::int64_t>(uplink.state)).bind(16, uplink.problem);
  TRY_VOID(row.run());
  uplink.id = db_->last_insert_id();
  TRY_VOID(hear(before, source, message, &uplink, now));
  return added;
}

Result<> RawStore::note(const Source& source, const Message& message, Instant now) {
  TRY(const auto before, device(message.device));
  return hear(before, source, message, nullptr, now);
}

Result<> RawStore::hear(const std::optional<Heard>& before, const Source& source, const Message& message,
                        const RawUplink* uplink, Instant now) {
  Heard heard = before.value_or(Heard{.device = message.device});
  heard.source = source.name;
  heard.kind = source.kind;
  if (!message.application.empty()) heard.application = message.application;
  if (!message.tenant.empty()) heard.tenant = message.tenant;
  if (!message.device_id.empty()) heard.device_id = message.device_id;
  if (!message.device_name.empty()) heard.name = message.device_name;
  if (message.battery) heard.battery = message.battery;
  const bool speaks = uplink || message.event == Event::join || message.event == Event::status;
  if (speaks) heard.last_seen = now;
  if (message.event == Event::join) {
    heard.session = message.session;
    heard.f_cnt.reset();
    heard.problem.clear();
  }
  if (message.event == Event::log && message.level == "ERROR") heard.problem = message.words;
  if (uplink) {
    heard.rssi = uplink->rssi;
    heard.snr = uplink->snr;
    heard.margin = uplink->margin;
    const bool older = heard.session == uplink->session && heard.f_cnt && *heard.f_cnt > uplink->f_cnt && before &&
                       uplink->at < before->last_seen && *heard.f_cnt - uplink->f_cnt < 8;
    heard.session = uplink->session;
    if (!older) heard.f_cnt = uplink->f_cnt;
    heard.received++;
    heard.lost += uplink->lost;
    heard.problem = uplink->problem;
  }
  TRY(auto row, db_->prepare("INSERT OR REPLACE INTO heard (device, source, kind, application, tenant, device_id, name,"
                             " last_seen, battery, rssi, snr, margin, session, f_cnt, received, lost, problem)"
                             " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  row.bind(1, heard.device).bind(2, heard.source).bind(3, name_of(heard.kind)).bind(4, heard.application);
  row.bind(5, heard.tenant).bind(6, heard.device_id).bind(7, heard.name).bind(8, heard.last_seen.ns);
  bind_real(row, 9, heard.battery);
  bind_real(row, 10, heard.rssi);
  bind_real(row, 11, heard.snr);
  bind_real(row, 12, heard.margin);
  row.bind(13, heard.session);
  if (heard.f_cnt) row.bind(14, std::int64_t{*heard.f_cnt});
  else row.bind_null(14);
  row.bind(15, static_cast<std::int64_t>(heard.received)).bind(16, static_cast<std::int64_t>(heard.lost));
  row.bind(17, heard.problem);
  return row.run();
}

Result<> RawStore::mark(std::int64_t id, RawState state, const std::string& problem, const std::string& data) {
  TRY(auto row, db_->prepare("UPDATE uplink SET state = ?, problem = ?, data = ? WHERE id = ?"));
  row.bind(1, static_cast<std::int64_t>(state)).bind(2, problem);
  row.bind(3, data.size() <= kMostText ? data : std::string()).bind(4, id);
  return row.run();
}

Result<> RawStore::set_problem(const std::string& device, const std::string& problem) {
  TRY(auto row, db_->prepare("UPDATE heard SET problem = ?2 WHERE device = ?1 AND problem <> ?2"));
  row.bind(1, device).bind(2, problem);
  return row.run();
}

Result<> RawStore::set_battery(const std::string& device, double battery) {
  TRY(auto row, db_->prepare("UPDATE heard SET battery = ?2 WHERE device = ?1"));
  row.bind(1, device).bind(2, battery);
  return row.run();
}

Result<std::vector<RawUplink>> RawStore::select(const std::string& where,
                                                const std::function<void(sqlite::Statement&)>& bind_all) {
  TRY(auto row, db_->prepare(kColumns + where));
  bind_all(row);
  std::vector<RawUplink> out;
  for (;;) {
    TRY(const bool more, row.step());
    if (!more) return out;
    out.push_back(read_uplink(row));
  }
}

Result<std::vector<RawUplink>> RawStore::newest(const std::string& device, std::size_t limit) {
  return select("WHERE device = ? ORDER BY id DESC LIMIT ?",
                [&](sqlite::Statement& row) { row.bind(1, device).bind(2, static_cast<std::int64_t>(limit)); });
}

Result<std::vector<RawUplink>> RawStore::in_state(RawState state, const std::string& device, std::int64_t after,
                                                  std::size_t limit) {
  const std::string of = device.empty() ? "" : "AND device = ?4 ";
  // Written out, so that the index over open ones serves.
  const std::string open =
      fmt::format("WHERE state = {} AND id > ?2 {}ORDER BY id LIMIT ?3", static_cast<int>(state), of);
  return select(open, [&](sqlite::Statement& row) {
    row.bind(2, after).bind(3, static_cast<std::int64_t>(limit));
    if (!device.empty()) row.bind(4, device);
  });
}

Result<std::vector<RawUplink>> RawStore::between(const std::string& device, Instant from, Instant to,
                                                 std::int64_t after, std::size_t limit) {
  return select("WHERE device = ? AND id > ? AND at BETWEEN ? AND ? AND state <> 4 ORDER BY id LIMIT ?",
                [&](sqlite::Statement& row) {
                  row.bind(1, device).bind(2, after).bind(3, from.ns).bind(4, to.ns);
                  row.bind(5, static_cast<std::int64_t>(limit));
                });
}

Result<std::int64_t> RawStore::expire(Instant before, std::int64_t limit) {
  TRY(auto row, db_->prepare("DELETE FROM uplink WHERE id IN (SELECT id FROM uplink WHERE received < ? LIMIT ?)"));
  row.bind(1, before.ns).bind(2, limit);
  TRY_VOID(row.run());
  return db_->changes();
}

}  // namespace qala::lorawan
