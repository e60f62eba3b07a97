#include "lorawan/downlinks.h"

#include <array>

#include <fmt/core.h>

#include "base/json_writer.h"

namespace qala::lorawan {

Result<Downlink> Downlinks::add(Downlink downlink, const audit::Actor& actor) {
  downlink.uuid = random_.uuid();
  downlink.at = clock_.now();
  downlink.by = actor.subject;
  TRY(auto transaction, sqlite::Transaction::begin(db_));
  TRY(auto row,
      db_.prepare("INSERT INTO lorawan_downlink (uuid, device, source, at, by, f_port, payload, confirmed, state,"
                  " published, words, changed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'queued', 0, '', ?)"));
  row.bind(1, downlink.uuid).bind(2, downlink.device).bind(3, downlink.source).bind(4, downlink.at.ns);
  row.bind(5, downlink.by).bind(6, std::int64_t{downlink.f_port});
  row.bind_blob(7, std::as_bytes(std::span(downlink.payload))).bind(8, std::int64_t{downlink.confirmed});
  row.bind(9, downlink.at.ns);
  TRY_VOID(row.run());
  downlink.id = db_.last_insert_id();
  std::string detail;
  JsonWriter json(detail);
  json.object().field("downlink", downlink.id).field("f_port", downlink.f_port);
  json.field("bytes", downlink.payload.size()).field("confirmed", downlink.confirmed).end();
  TRY_VOID(audit_.record(actor, "lorawan_device.downlink", "lorawan device " + downlink.device, detail));
  TRY_VOID(transaction.commit());
  return downlink;
}

Result<> Downlinks::published(std::int64_t id, bool done, std::string_view words) {
  TRY(auto row, db_.prepare("UPDATE lorawan_downlink SET published = ?, words = ?, changed = ? WHERE id = ?"
                            " AND state = 'queued'"));
  row.bind(1, std::int64_t{done}).bind(2, words).bind(3, clock_.now().ns).bind(4, id);
  return row.run();
}

Result<> Downlinks::told(const std::vector<std::string>& uuids, Event event, std::string_view words) {
  const char* where = nullptr;
  const char* state = nullptr;
  switch (event) {
    case Event::queued: state = "queued", where = "state = 'queued'"; break;
    case Event::sent: state = "sent", where = "state = 'queued'"; break;
    case Event::ack: state = "acknowledged", where = "state IN ('queued', 'sent', 'expired')"; break;
    case Event::failed: state = "failed", where = "state IN ('queued', 'sent')"; break;
    default: return {};
  }
  for (const std::string& uuid : uuids) {
    const std::string_view plain =
        uuid.starts_with("qala:") ? std::string_view(uuid).substr(5) : std::string_view(uuid);
    TRY(auto row, db_.prepare(fmt::format("UPDATE lorawan_downlink SET state = ?, words = ?, published = 1, changed = ?"
                                          " WHERE uuid = ? AND {}",
                                          where)));
    row.bind(1, std::string_view(state)).bind(2, words).bind(3, clock_.now().ns).bind(4, plain);
    TRY_VOID(row.run());
  }
  return {};
}

Result<std::vector<Downlink>> Downlinks::select(const std::string& where, std::string_view text, std::int64_t limit) {
  TRY(auto row,
      db_.prepare("SELECT id, uuid, device, source, at, by, f_port, payload, confirmed, state, published, words"
                  " FROM lorawan_downlink WHERE " +
                  where));
  row.bind(1, text).bind(2, limit);
  std::vector<Downlink> out;
  for (;;) {
    TRY(const bool more, row.step());
    if (!more) return out;
    const auto payload = row.blob(7);
    out.push_back({.id = row.integer(0),
                   .uuid = row.text(1),
                   .device = row.text(2),
                   .source = row.text(3),
                   .at = {row.integer(4)},
                   .by = row.text(5),
                   .f_port = static_cast<std::uint8_t>(row.integer(6)),
                   .payload = {reinterpret_cast<const char*>(payload.data()), payload.size()},
                   .confirmed = row.integer(8) != 0,
                   .state = row.text(9),
                   .published = row.integer(10) != 0,
                   .words = row.text(11)});
  }
}

Result<std::vector<Downlink>> Downlinks::of(const std::string& device, std::size_t limit) {
  return select("device = ? ORDER BY id DESC LIMIT ?", device, static_cast<std::int64_t>(limit));
}

Result<std::vector<Downlink>> Downlinks::unpublished(const std::string& source) {
  return select("source = ? AND state = 'queued' AND published = 0 ORDER BY id LIMIT ?", source, 1'000);
}

Result<bool> Downlinks::is_unpublished(std::int64_t id) {
  TRY(auto row, db_.prepare("SELECT 1 FROM lorawan_downlink WHERE id = ? AND state = 'queued' AND published = 0"));
  row.bind(1, id);
  return row.step();
}

Result<> Downlinks::expire() {
  const Instant now = clock_.now();
  TRY(auto row,
      db_.prepare("UPDATE lorawan_downlink SET state = 'expired', changed = ?, words = CASE words WHEN '' THEN"
                  " 'the device did not ask for it within a day' ELSE words END"
                  " WHERE state = 'queued' AND at < ?"));
  row.bind(1, now.ns).bind(2, now.ns - kLife);
  return row.run();
}

}  // namespace qala::lorawan
