#include "audit/audit.h"
#include "audit/chain.h"
#include "base/hex.h"
#include "base/json_writer.h"
#include "base/sqlite.h"

namespace qala::audit {

namespace {

constexpr std::string_view kNewest =
    "SELECT entry.sequence, at, subject, action, object, hash, actor_name.kind, actor_name.name, detail.text "
    "FROM entry LEFT JOIN actor_name USING (sequence) LEFT JOIN detail USING (sequence) "
    "WHERE (?1 = 0 OR entry.sequence < ?1) AND at >= ?3 AND at <= ?4 "
    "AND (?5 = '' OR actor_name.name LIKE ?5 ESCAPE '\\' OR (actor_name.name IS NULL AND hex(subject) LIKE ?5)) "
    "AND (?6 = '' OR action LIKE ?6 ESCAPE '\\') AND (?7 = '' OR object LIKE ?7 ESCAPE '\\') "
    "ORDER BY entry.sequence DESC LIMIT ?2";

/// Text to be found anywhere, as a pattern of LIKE; nothing for nothing.
std::string pattern_of(std::string_view text) {
  if (text.empty()) return {};
  std::string pattern = "%";
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '\\') pattern += '\\';
    pattern += c;
  }
  return pattern + "%";
}

Result<sqlite::Database> open_to_read(const std::string& folder) {
  return sqlite::Database::open(folder + "/audit.db", {.read_only = true, .cache_kib = 256});
}

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

Result<std::vector<Entry>> search(const std::string& folder, const Query& query) {
  TRY(auto db, open_to_read(folder));
  TRY(auto rows, db.prepare(kNewest));
  rows.bind(1, static_cast<std::int64_t>(query.before)).bind(2, static_cast<std::int64_t>(query.limit));
  rows.bind(3, query.from.ms()).bind(4, query.to.ms());
  rows.bind(5, pattern_of(query.who)).bind(6, pattern_of(query.action)).bind(7, pattern_of(query.object));
  std::vector<Entry> entries;
  while (true) {
    TRY(const bool more, rows.step());
    if (!more) return entries;
    entries.push_back(read_entry(rows));
  }
}

Result<std::vector<std::uint64_t>> naming(const std::string& folder, std::string_view text) {
  std::string quoted;
  append_json_string(quoted, text);
  TRY(auto db, open_to_read(folder));
  // Values only, and not those that come from a list of words of ours: a user may be called "admin" or "lamp".
  std::string sql =
      "SELECT sequence FROM detail WHERE instr(text, ?1) > 0 AND (NOT json_valid(text) OR EXISTS "
      "(SELECT 1 FROM json_tree(detail.text) AS part WHERE part.type = 'text' AND part.atom = ?2";
  for (const std::string word : {"role", "scope", "kind", "type", "retention", "language", "method"})
    sql += " AND part.fullkey NOT GLOB '*." + word + "' AND part.fullkey NOT GLOB '*." + word + "[[]*'";
  TRY(auto rows, db.prepare(sql + ")) ORDER BY sequence"));
  rows.bind(1, quoted).bind(2, text);
  std::vector<std::uint64_t> found;
  while (true) {
    TRY(const bool more, rows.step());
    if (!more) return found;
    found.push_back(static_cast<std::uint64_t>(rows.integer(0)));
  }
}

Result<std::vector<Entry>> about(const std::string& folder, std::string_view object, std::size_t limit) {
  TRY(auto db, open_to_read(folder));
  TRY(auto rows,
      db.prepare("SELECT entry.sequence, at, subject, action, object, hash, actor_name.kind, actor_name.name, "
                 "detail.text FROM entry LEFT JOIN actor_name USING (sequence) LEFT JOIN detail USING "
                 "(sequence) WHERE object = ? ORDER BY entry.sequence DESC LIMIT ?"));
  rows.bind(1, object).bind(2, static_cast<std::int64_t>(limit));
  std::vector<Entry> entries;
  while (true) {
    TRY(const bool more, rows.step());
    if (!more) return entries;
    entries.push_back(read_entry(rows));
  }
}

Result<std::vector<Entry>> recent(const std::string& folder, std::size_t limit, std::uint64_t before) {
  return search(folder, {.before = before, .limit = limit});
}

}  // namespace qala::audit
