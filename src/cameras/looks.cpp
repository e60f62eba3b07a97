#include "cameras/looks.h"

#include <algorithm>
#include <array>

#include "base/json_writer.h"

namespace qala::cameras {

namespace {

constexpr std::array kKinds{std::string_view("live"), std::string_view("still"), std::string_view("playback"),
                            std::string_view("export"), std::string_view("unmask")};
constexpr Duration kOneStillLook = std::chrono::minutes(1);

LookKind kind_from(std::string_view name) {
  return static_cast<LookKind>(std::ranges::find(kKinds, name) - kKinds.begin());
}

std::string action_of(const Look& look) { return "camera.look." + std::string(name_of(look.kind)); }
std::string object_of(const Look& look) { return "camera " + std::to_string(look.camera.value); }
std::int64_t hour_of(Instant at) { return at.ns / Instant::kHour; }

/// Personal or about a case: can be erased from the chain.
std::string detail_of(const Look& look) {
  std::string out;
  JsonWriter json(out);
  json.object().field("from", to_iso(look.shown_from));
  if (look.shown_to) json.field("to", to_iso(*look.shown_to));
  json.field("masked", look.masked);
  if (!look.reason.empty()) json.field("reason", look.reason);
  if (!look.case_number.empty()) json.field("case", look.case_number);
  json.end();
  return out;
}

Look read_look(const sqlite::Statement& row) {
  Look look{.id = static_cast<std::uint64_t>(row.integer(0)),
            .camera = CameraId(static_cast<std::uint32_t>(row.integer(1))),
            .kind = kind_from(row.text(2)),
            .began = {row.integer(3)},
            .shown_from = {row.integer(5)},
            .masked = row.integer(7) != 0,
            .actor = {row.text(8), row.text(9)},
            .reason = row.text(10),
            .case_number = row.text(11)};
  if (!row.is_null(4)) look.ended = Instant{row.integer(4)};
  if (!row.is_null(6)) look.shown_to = Instant{row.integer(6)};
  return look;
}

}  // namespace

std::string_view name_of(LookKind kind) { return kKinds[static_cast<std::size_t>(kind)]; }

Result<std::unique_ptr<Looks>> Looks::open(sqlite::Database& db, const Clock& clock, audit::AuditSink& audit) {
  TRY_VOID(db.exec("UPDATE look SET ended = began WHERE ended IS NULL"));
  return std::unique_ptr<Looks>(new Looks(db, clock, audit));
}

Looks::Still* Looks::continued(const Look& look) {
  if (look.kind != LookKind::still) return nullptr;
  const Instant now = clock_.now();
  const auto same = std::ranges::find_if(stills_, [&](const Still& still) {
    return now - still.last <= kOneStillLook && still.look.camera == look.camera && still.look.masked == look.masked &&
           still.look.shown_to.has_value() == look.shown_to.has_value() && still.look.actor.kind == look.actor.kind &&
           still.look.actor.subject == look.actor.subject && still.look.reason == look.reason;
  });
  return same == stills_.end() ? nullptr : &*same;
}

Result<> Looks::goes_on(Still& still, const Look& look) {
  const std::int64_t hour = hour_of(look.shown_from);
  const bool farther = look.shown_to && !still.hours.contains(hour);
  if (farther) TRY_VOID(audit_.record(look.actor, action_of(look), object_of(look), detail_of(look)));
  if (look.shown_to) {
    still.hours.insert(hour);
    still.look.shown_from = std::min(still.look.shown_from, look.shown_from);
    still.look.shown_to = std::max(*still.look.shown_to, *look.shown_to);
  }
  still.last = clock_.now();
  still.noted = false;
  return farther ? note(still) : Result<>();
}

Result<std::uint64_t> Looks::begin(Look look) {
  if (Still* same = continued(look)) {
    TRY_VOID(goes_on(*same, look));
    return same->id;
  }
  look.began = clock_.now();
  TRY(auto transaction, sqlite::Transaction::begin(db_));
  TRY(auto row, db_.prepare("INSERT INTO look (camera, kind, began, ended, shown_from, shown_to, masked, actor_kind,"
                            " actor, reason, case_number) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  row.bind(1, std::int64_t{look.camera.value}).bind(2, name_of(look.kind)).bind(3, look.began.ns);
  row.bind(4, look.began.ns).bind(5, look.shown_from.ns);
  if (look.shown_to) row.bind(6, look.shown_to->ns);
  else row.bind_null(6);
  row.bind(7, std::int64_t{look.masked}).bind(8, look.actor.kind).bind(9, look.actor.subject);
  row.bind(10, look.reason).bind(11, look.case_number);
  TRY_VOID(row.run());
  const auto id = static_cast<std::uint64_t>(db_.last_insert_id());
  TRY_VOID(audit_.record(look.actor, action_of(look), object_of(look), detail_of(look)));
  TRY_VOID(transaction.commit());
  if (look.kind == LookKind::live || look.kind == LookKind::playback) open_.insert(id);
  if (look.kind == LookKind::still)
    stills_.push_back({.id = id, .look = look, .last = look.began, .hours = {hour_of(look.shown_from)}});
  return id;
}

Result<> Looks::note(std::uint64_t id, Instant ended, Instant shown_to) {
  TRY(auto row, db_.prepare("UPDATE look SET ended = ?, shown_to = ? WHERE id = ?"));
  row.bind(1, ended.ns).bind(2, shown_to.ns).bind(3, static_cast<std::int64_t>(id));
  return row.run();
}

Result<> Looks::note(const Still& still) {
  if (!still.look.shown_to) return note(still.id, still.last, still.last);
  TRY(auto row, db_.prepare("UPDATE look SET ended = ?, shown_from = ?, shown_to = ? WHERE id = ?"));
  row.bind(1, still.last.ns).bind(2, still.look.shown_from.ns).bind(3, still.look.shown_to->ns);
  row.bind(4, static_cast<std::int64_t>(still.id));
  return row.run();
}

Result<> Looks::end(std::uint64_t id, std::optional<Instant> shown_to) {
  open_.erase(id);
  const Instant now = clock_.now();
  return note(id, now, shown_to.value_or(now));
}

Result<> Looks::touch() {
  const Instant now = clock_.now();
  const bool stills = std::ranges::any_of(stills_, [](const Still& still) { return !still.noted; });
  if (!open_.empty() || stills) {
    TRY(auto transaction, sqlite::Transaction::begin(db_));
    for (const std::uint64_t id : open_) {
      TRY(auto row, db_.prepare("UPDATE look SET ended = ? WHERE id = ?"));
      row.bind(1, now.ns).bind(2, static_cast<std::int64_t>(id));
      TRY_VOID(row.run());
    }
    for (const Still& still : stills_) {
      if (!still.noted) TRY_VOID(note(still));
    }
    TRY_VOID(transaction.commit());
    for (Still& still : stills_) still.noted = true;
  }
  std::erase_if(stills_, [&](const Still& still) { return now - still.last > kOneStillLook; });
  return {};
}

Result<std::uint64_t> Looks::sweep(Instant limit) {
  TRY(auto row, db_.prepare("DELETE FROM look WHERE began < ?"));
  row.bind(1, limit.ns);
  TRY_VOID(row.run());
  return static_cast<std::uint64_t>(db_.changes());
}

Result<std::vector<Look>> Looks::list(sqlite::Database& db, const LookQuery& query) {
  std::vector<Look> out;
  TRY(auto row, db.prepare("SELECT id, camera, kind, began, ended, shown_from, shown_to, masked, actor_kind, actor,"
                           " reason, case_number FROM look WHERE began >= ?1 AND began < ?2 AND (?3 = 0 OR camera = ?3)"
                           " AND (?4 = 0 OR id < ?4) ORDER BY id DESC LIMIT ?5"));
  row.bind(1, query.from.ns).bind(2, query.to.ns).bind(3, std::int64_t{query.camera.value});
  row.bind(4, static_cast<std::int64_t>(query.before)).bind(5, static_cast<std::int64_t>(query.limit));
  for (;;) {
    TRY(const bool more, row.step());
    if (!more) return out;
    out.push_back(read_look(row));
  }
}

Result<std::vector<LookSum>> Looks::sums(sqlite::Database& db, Instant from, Instant to) {
  std::vector<LookSum> out;
  TRY(auto row, db.prepare("SELECT camera, COUNT(*), SUM(kind = 'export'), SUM(kind = 'unmask'),"
                           " COUNT(DISTINCT actor_kind || ' ' || actor), SUM(COALESCE(ended, began) - began)"
                           " FROM look WHERE began >= ? AND began < ? GROUP BY camera ORDER BY camera"));
  row.bind(1, from.ns).bind(2, to.ns);
  for (;;) {
    TRY(const bool more, row.step());
    if (!more) return out;
    out.push_back({.camera = CameraId(static_cast<std::uint32_t>(row.integer(0))),
                   .looks = static_cast<std::uint64_t>(row.integer(1)),
                   .exports = static_cast<std::uint64_t>(row.integer(2)),
                   .unmaskings = static_cast<std::uint64_t>(row.integer(3)),
                   .people = static_cast<std::uint64_t>(row.integer(4)),
                   .seconds = row.integer(5) / Instant::kSecond});
  }
}

}  // namespace qala::cameras
