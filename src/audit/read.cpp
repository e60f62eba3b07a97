#include "audit/audit.h"
#include "audit/chain.h"
#include "base/sqlite.h"

namespace qala::audit {

namespace {

constexpr std::string_view kNewest =
    "SELECT entry.sequence, at, subject, action, object, hash, actor_name.kind, actor_name.name, detail.text "
    "FROM entry LEFT JOIN actor_name USING (sequence) LEFT JOIN detail USING (sequence) "
    "WHERE ?1 = 0 OR entry.sequence < ?1 ORDER BY entry.sequence DESC LIMIT ?2";

Entry read_entry(const sqlite::Statement& row) {
  Entry entry{.sequence = static_cast<std::uint64_t>(row.integer(0)),
              .at = Instant::from_ms(row.integer(1)),
              .subject = to_hex(row.blob(2)),
              .action = row.text(3),
              .object = row.text(4),
              .hash = to_hex(row.blob(5))};
  if (!row.is_null(7)) entry.actor = Actor{row.text(6), row.text(7)};
  if (!row.is_null(8)) entry.detail = row.text(8);
  return entry;
}

}  // namespace

Result<std::vector<Entry>> recent(const std::string& folder, std::size_t limit, std::uint64_t before) {
  TRY(auto db, sqlite::Database::open(folder + "/audit.db", {.read_only = true, .cache_kib = 256}));
  TRY(auto rows, db.prepare(kNewest));
  rows.bind(1, static_cast<std::int64_t>(before)).bind(2, static_cast<std::int64_t>(limit));
  std::vector<Entry> entries;
  while (true) {
    TRY(const bool more, rows.step());
    if (!more) return entries;
    entries.push_back(read_entry(rows));
  }
}

}  // namespace qala::audit
