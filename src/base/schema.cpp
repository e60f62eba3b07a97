#include "base/schema.h"

#include <string>

namespace qala::sqlite {

namespace {

constexpr std::string_view kTable =
    "CREATE TABLE IF NOT EXISTS room_version ("
    "  room    TEXT PRIMARY KEY,                       -- folder of src/ that owns the tables\n"
    "  version INTEGER NOT NULL CHECK (version >= 0)   -- how many upgrade steps have been applied\n"
    ") STRICT, WITHOUT ROWID;";

Result<std::int64_t> version_of(Database& db, std::string_view room) {
  TRY(auto table, db.prepare("SELECT count(*) FROM sqlite_schema WHERE type='table' AND name='room_version'"));
  TRY([[maybe_unused]] const bool counted, table.step());
  if (table.integer(0) == 0) return 0;
  TRY(auto statement, db.prepare("SELECT version FROM room_version WHERE room=?"));
  TRY(const bool known, statement.bind(1, room).step());
  return known ? statement.integer(0) : 0;
}

Result<> take_step(Database& db, std::string_view room, std::int64_t from, std::string_view sql) {
  TRY(auto transaction, Transaction::begin(db));
  TRY_VOID(db.exec(kTable));
  TRY(const auto version, version_of(db, room));
  if (version > from) return {};  // another process was faster
  TRY_VOID(db.exec(sql));
  TRY(auto note, db.prepare("INSERT INTO room_version VALUES (?1, ?2) ON CONFLICT(room) DO UPDATE SET version=?2"));
  TRY_VOID(note.bind(1, room).bind(2, from + 1).run());
  return transaction.commit();
}

}  // namespace

Result<> upgrade_room(Database& db, std::string_view room, std::span<const std::string_view> steps) {
  const auto newest = static_cast<std::int64_t>(steps.size());
  TRY(const auto version, version_of(db, room));
  if (version > newest)
    return fail(ErrorKind::conflict, "the tables of " + std::string(room) + " have version " + std::to_string(version) +
                                         ", this program knows " + std::to_string(newest) +
                                         ": start the newer Qala or restore an older backup");
  for (auto at = version; at < newest; at++)
    TRY_VOID(take_step(db, room, at, steps[static_cast<std::size_t>(at)])
                 .context("upgrading " + std::string(room) + " to version " + std::to_string(at + 1)));
  return {};
}

}  // namespace qala::sqlite
