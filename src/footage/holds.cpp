#include "footage/holds.h"

#include <algorithm>
#include <filesystem>

#include "base/schema.h"
#include "base/sqlite.h"
#include "footage/schema.h"

namespace qala::footage {

namespace {

std::string path_of(const std::string& folder) { return folder + "/holds.db"; }

Result<sqlite::Database> open_holds(const std::string& folder) {
  TRY(auto db, sqlite::Database::open(path_of(folder)));
  TRY_VOID(sqlite::upgrade_room(db, "footage", kHoldSteps));
  return db;
}

/// What is not there cannot be read; what cannot be read must not look as if it were not there.
Result<bool> is_there(const std::string& path) {
  std::error_code ec;
  const bool there = std::filesystem::exists(path, ec);
  if (ec) return fail(ErrorKind::unavailable, "looking for " + path + ": " + ec.message());
  return there;
}

/// In whole milliseconds, outwards, within what can be stored.
std::int64_t ceil_ms(Instant at) {
  return at.ns > INT64_MAX - 999'999 ? INT64_MAX / 1'000'000 : Instant{at.ns + 999'999}.ms();
}

Instant instant(std::int64_t ms) { return ms >= INT64_MAX / 1'000'000 ? Instant{INT64_MAX} : Instant::from_ms(ms); }

}  // namespace

Result<std::vector<Hold>> read_holds(const std::string& folder) {
  TRY(const bool there, is_there(path_of(folder)));
  std::vector<Hold> holds;
  if (!there) return holds;
  TRY(auto db, open_holds(folder));
  TRY(auto all, db.prepare("SELECT id, camera, from_ms, to_ms, until_ms, reason, by FROM hold ORDER BY id"));
  while (true) {
    TRY(const bool row, all.step());
    if (!row) return holds;
    holds.push_back({.id = all.integer(0),
                     .camera = static_cast<std::uint32_t>(all.integer(1)),
                     .from = instant(all.integer(2)),
                     .to = instant(all.integer(3)),
                     .until = instant(all.integer(4)),
                     .reason = all.text(5),
                     .by = all.text(6)});
  }
}

Result<std::int64_t> add_hold(const std::string& folder, const Hold& hold) {
  if (hold.to <= hold.from) return fail(ErrorKind::invalid, "a hold must end after it begins");
  std::error_code ec;
  std::filesystem::create_directories(folder, ec);
  if (ec) return fail(ErrorKind::unavailable, "making the folder " + folder + ": " + ec.message());
  TRY(auto db, open_holds(folder));
  TRY(auto add, db.prepare("INSERT INTO hold (camera, from_ms, to_ms, until_ms, reason, by) "
                           "VALUES (?1, ?2, ?3, ?4, ?5, ?6)"));
  add.bind(1, std::int64_t{hold.camera}).bind(2, hold.from.ms()).bind(3, ceil_ms(hold.to));
  TRY_VOID(add.bind(4, ceil_ms(hold.until)).bind(5, hold.reason).bind(6, hold.by).run());
  return db.last_insert_id();
}

Result<> remove_hold(const std::string& folder, std::int64_t id) {
  const auto missing = [&] { return fail(ErrorKind::not_found, "there is no hold " + std::to_string(id)); };
  TRY(const bool there, is_there(path_of(folder)));
  if (!there) return missing();
  TRY(auto db, open_holds(folder));
  TRY(auto remove, db.prepare("DELETE FROM hold WHERE id=?1"));
  TRY_VOID(remove.bind(1, id).run());
  if (db.changes() == 0) return missing();
  return {};
}

Held::Held(std::vector<Hold> holds, Instant now) : holds_(std::move(holds)) {
  std::erase_if(holds_, [&](const Hold& hold) { return hold.until <= now; });
}

bool Held::covers(std::uint32_t camera, std::int64_t from_ms, std::int64_t to_ms) const {
  return std::ranges::any_of(holds_, [&](const Hold& hold) {
    return hold.camera == camera && from_ms < ceil_ms(hold.to) && to_ms > hold.from.ms();
  });
}

}  // namespace qala::footage
