#include "audit/about.h"

#include "audit/chain.h"
#include "base/hex.h"
#include "base/json_writer.h"
#include "base/sqlite.h"

namespace qala::audit {

namespace {

// Three ways to be about it, each by an index of its own; the end of a range of names is the part and a character that
// comes after all others.
constexpr std::string_view kAbout =
    "WITH hit (sequence) AS ("
    " SELECT sequence FROM entry WHERE object = ?1"
    " UNION SELECT sequence FROM entry WHERE object >= ?2 AND object < ?2 || char(1114111) AND ?2 <> ''"
    " UNION SELECT entry.sequence FROM entry JOIN detail USING (sequence) WHERE action = 'registry.changed'"
    "  AND action = ?3 AND (instr(text, ?4) > 0 OR (?2 <> '' AND instr(text, ?5) > 0))) "
    "SELECT entry.sequence, at, subject, action, object, hash, actor_name.kind, actor_name.name, detail.text "
    "FROM hit JOIN entry USING (sequence) LEFT JOIN actor_name USING (sequence) LEFT JOIN detail USING (sequence) "
    "WHERE ?6 = 0 OR entry.sequence < ?6 ORDER BY entry.sequence DESC LIMIT ?7";

/// A row of sequence, at, subject, action, object, hash, the actor's kind and name, details.
Entry entry_of(const sqlite::Statement& row) {
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

Result<std::vector<Entry>> about(const std::string& folder, const About& what) {
  std::string object, part;
  append_json_string(object, what.object);
  append_json_string(part, what.part);
  if (!part.empty()) part.pop_back();  // any name that begins so
  TRY(auto db, sqlite::Database::open(folder + "/audit.db", {.read_only = true, .cache_kib = 256}));
  TRY(auto rows, db.prepare(kAbout));
  rows.bind(1, what.object).bind(2, what.part).bind(3, what.many).bind(4, object + ":").bind(5, part);
  rows.bind(6, static_cast<std::int64_t>(what.before)).bind(7, static_cast<std::int64_t>(what.limit));
  std::vector<Entry> entries;
  while (true) {
    TRY(const bool more, rows.step());
    if (!more) return entries;
    entries.push_back(entry_of(rows));
  }
}

}  // namespace qala::audit
