#include "warnings/rows.h"

#include <charconv>

#include "base/schema.h"
#include "warnings/area.h"

namespace qala::warnings {

namespace {

constexpr std::string_view kVersion1 = R"sql(
CREATE TABLE warning (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used twice: links to it may lie about
  warning      INTEGER NOT NULL DEFAULT 0,         -- the alert that began it
  type         TEXT NOT NULL DEFAULT 'alert' CHECK (type IN ('alert', 'update', 'cancel')),
  before       INTEGER NOT NULL DEFAULT 0,         -- the message it replaces or cancels; 0: none
  revision     INTEGER NOT NULL DEFAULT 1,
  hazard       TEXT NOT NULL DEFAULT 'other',
  status       TEXT NOT NULL DEFAULT 'test' CHECK (status IN ('actual', 'exercise', 'test')),
  urgency      TEXT NOT NULL DEFAULT 'unknown',
  severity     TEXT NOT NULL DEFAULT 'unknown',
  certainty    TEXT NOT NULL DEFAULT 'unknown',
  onset        INTEGER,                            -- UTC ns, null: at once
  expires      INTEGER NOT NULL DEFAULT 0,         -- UTC ns
  longer       INTEGER NOT NULL DEFAULT 0 CHECK (longer IN (0, 1)),
  polygons     TEXT NOT NULL DEFAULT '',           -- as CAP writes them, one a line
  zones        TEXT NOT NULL DEFAULT '',           -- ids of the registry, one a line
  writer       INTEGER NOT NULL DEFAULT 0,         -- user id, 0: a script
  written_by   TEXT NOT NULL DEFAULT '',
  written      INTEGER NOT NULL DEFAULT 0,         -- UTC ns
  approved_by  TEXT NOT NULL DEFAULT '',           -- empty: nobody
  approved     INTEGER,                            -- UTC ns
  published_by TEXT NOT NULL DEFAULT '',
  sent         INTEGER,                            -- UTC ns, null: a draft
  sender       TEXT NOT NULL DEFAULT '',
  identifier   TEXT UNIQUE,
  sent_text    TEXT NOT NULL DEFAULT '',           -- with its offset, as it was published
  refs         TEXT NOT NULL DEFAULT '',           -- sender,identifier,sent, one a line
  xml          TEXT NOT NULL DEFAULT ''            -- the CAP file, byte for byte
) STRICT;
CREATE TABLE warning_text (
  message     INTEGER NOT NULL REFERENCES warning (id) ON DELETE CASCADE,
  language    TEXT NOT NULL CHECK (language IN ('kk', 'ru', 'en')),
  headline    TEXT NOT NULL,
  description TEXT NOT NULL,
  instruction TEXT NOT NULL,
  area        TEXT NOT NULL,
  PRIMARY KEY (message, language)
) STRICT;
CREATE TABLE warning_feed (
  began INTEGER NOT NULL                           -- UTC ns, since when there is a feed: what an empty one is dated
) STRICT;
CREATE TRIGGER warning_is_published BEFORE UPDATE ON warning WHEN old.sent IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a published warning stays as it is'); END;
CREATE TRIGGER warning_is_kept BEFORE DELETE ON warning WHEN old.sent IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a published warning stays'); END;
CREATE TRIGGER warning_text_is_published BEFORE UPDATE ON warning_text
WHEN (SELECT sent FROM warning WHERE id = old.message) IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a published warning stays as it is'); END;
CREATE TRIGGER warning_text_is_kept BEFORE DELETE ON warning_text
WHEN (SELECT sent FROM warning WHERE id = old.message) IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a published warning stays as it is'); END;
)sql";

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    out.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

/// Polygons were once kept with the line breaks they came with: their lines belong together.
std::vector<std::string> polygons_of(const std::string& text) {
  const auto lines = lines_of(text);
  std::vector<std::string> out;
  for (std::size_t at = 0; at < lines.size(); at++) {
    std::string polygon;
    std::size_t end = at;
    while (end < lines.size() && !parse_polygon(polygon)) polygon += " " + lines[end++];
    if (parse_polygon(polygon)) at = end - 1;
    else polygon = lines[at];
    if (auto one = on_one_line(polygon); !one.empty()) out.push_back(std::move(one));
  }
  return out;
}

template <class List, class Text>
std::string joined(const List& list, Text text) {
  std::string out;
  for (const auto& one : list) out += (out.empty() ? "" : "\n") + text(one);
  return out;
}

Error damaged(std::uint64_t id, std::string_view what) {
  return fail(ErrorKind::corrupt, "warning " + std::to_string(id) + ": " + std::string(what));
}

template <class Enum>
Result<> take(Enum& into, std::optional<Enum> found, std::uint64_t id, std::string_view what) {
  if (!found) return damaged(id, "unknown " + std::string(what));
  into = *found;
  return {};
}

Result<Reference> reference_of(const std::string& line, std::uint64_t id) {
  const auto first = line.find(','), second = line.rfind(',');
  if (first == std::string::npos || first == second) return damaged(id, "a reference that is none");
  return Reference{line.substr(0, first), line.substr(first + 1, second - first - 1), line.substr(second + 1)};
}

constexpr const char* kColumns =
    "id, warning, type, before, revision, hazard, status, urgency, severity, certainty, onset, expires, longer, "
    "polygons,"
    " zones, writer, written_by, written, approved_by, approved, published_by, sent, sender, identifier, sent_text, "
    "refs,"
    " xml";

std::optional<Instant> instant_of(const sqlite::Statement& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return Instant{row.integer(column)};
}

Result<Content> content_of(const sqlite::Statement& row, std::uint64_t id) {
  Content content;
  TRY_VOID(take(content.hazard, hazard_from(row.text(5)), id, "hazard"));
  TRY_VOID(take(content.status, status_from(row.text(6)), id, "status"));
  TRY_VOID(take(content.urgency, urgency_from(row.text(7)), id, "urgency"));
  TRY_VOID(take(content.severity, severity_from(row.text(8)), id, "severity"));
  TRY_VOID(take(content.certainty, certainty_from(row.text(9)), id, "certainty"));
  content.onset = instant_of(row, 10);
  content.expires = {row.integer(11)};
  content.longer = row.integer(12) != 0;
  content.area.polygons = polygons_of(row.text(13));
  for (const std::string& line : lines_of(row.text(14))) {
    std::uint32_t zone = 0;
    std::from_chars(line.data(), line.data() + line.size(), zone);
    content.area.zones.push_back(zone);
  }
  return content;
}

Result<Message> message_of(const sqlite::Statement& row) {
  Message message{.id = static_cast<std::uint64_t>(row.integer(0)),
                  .warning = static_cast<std::uint64_t>(row.integer(1)),
                  .before = static_cast<std::uint64_t>(row.integer(3)),
                  .revision = static_cast<std::uint64_t>(row.integer(4)),
                  .writer = UserId(static_cast<std::uint32_t>(row.integer(15))),
                  .written_by = row.text(16),
                  .approved_by = row.text(18),
                  .published_by = row.text(20),
                  .written = {row.integer(17)},
                  .approved = instant_of(row, 19),
                  .sent = instant_of(row, 21),
                  .self = {row.text(22), row.is_null(23) ? std::string() : row.text(23), row.text(24)},
                  .xml = row.text(26)};
  TRY_VOID(take(message.type, type_from(row.text(2)), message.id, "type"));
  TRY(message.content, content_of(row, message.id));
  for (const std::string& line : lines_of(row.text(25))) {
    TRY(auto reference, reference_of(line, message.id));
    message.references.push_back(std::move(reference));
  }
  return message;
}

Result<> read_texts(sqlite::Database& db, Message& message) {
  TRY(auto row, db.prepare("SELECT language, headline, description, instruction, area FROM warning_text"
                           " WHERE message = ?"));
  row.bind(1, static_cast<std::int64_t>(message.id));
  for (;;) {
    TRY(const bool more, row.step());
    if (!more) return {};
    const std::string language = row.text(0);
    const std::size_t at = language == "kk" ? 0 : language == "ru" ? 1 : 2;
    message.content.texts[at] = {row.text(1), row.text(2), row.text(3)};
    (at == 0   ? message.content.area.name.kk
     : at == 1 ? message.content.area.name.ru
               : message.content.area.name.en) = row.text(4);
  }
}

Result<> write_texts(sqlite::Database& db, const Message& message) {
  TRY(auto old, db.prepare("DELETE FROM warning_text WHERE message = ?"));
  old.bind(1, static_cast<std::int64_t>(message.id));
  TRY_VOID(old.run());
  const auto& name = message.content.area.name;
  for (std::size_t i = 0; i < kLanguages.size(); i++) {
    const Text& text = message.content.texts[i];
    TRY(auto row, db.prepare("INSERT INTO warning_text (message, language, headline, description, instruction, area)"
                             " VALUES (?, ?, ?, ?, ?, ?)"));
    row.bind(1, static_cast<std::int64_t>(message.id)).bind(2, kLanguages[i]).bind(3, text.headline);
    row.bind(4, text.description).bind(5, text.instruction).bind(6, i == 0 ? name.kk : i == 1 ? name.ru : name.en);
    TRY_VOID(row.run());
  }
  return {};
}

void bind_time(sqlite::Statement& row, int at, const std::optional<Instant>& time) {
  if (time) row.bind(at, time->ns);
  else row.bind_null(at);
}

}  // namespace

Result<> upgrade_schema(sqlite::Database& db, Instant now) {
  static constexpr std::array kSteps{kVersion1};
  TRY_VOID(sqlite::upgrade_room(db, "warnings", kSteps));
  TRY(auto row, db.prepare("INSERT INTO warning_feed (began) SELECT ? WHERE NOT EXISTS (SELECT 1 FROM warning_feed)"));
  row.bind(1, now.ns);
  return row.run();
}

Result<Instant> began(sqlite::Database& db) {
  TRY(auto row, db.prepare("SELECT began FROM warning_feed"));
  TRY(const bool there, row.step());
  if (!there) return fail(ErrorKind::corrupt, "the table warning_feed is empty");
  return Instant{row.integer(0)};
}

Result<std::vector<Message>> read_all(sqlite::Database& db) {
  std::vector<Message> out;
  TRY(auto row, db.prepare("SELECT " + std::string(kColumns) + " FROM warning ORDER BY id"));
  for (;;) {
    TRY(const bool more, row.step());
    if (!more) break;
    TRY(auto message, message_of(row));
    out.push_back(std::move(message));
  }
  for (Message& message : out) TRY_VOID(read_texts(db, message));
  return out;
}

Result<> write_row(sqlite::Database& db, Message& message) {
  if (message.id == 0) {
    TRY_VOID(db.exec("INSERT INTO warning DEFAULT VALUES"));
    message.id = static_cast<std::uint64_t>(db.last_insert_id());
    if (message.warning == 0) message.warning = message.id;
  }
  TRY_VOID(write_texts(db, message));
  TRY(auto row,
      db.prepare(
          "UPDATE warning SET (warning, type, before, revision, hazard, status, urgency, severity, certainty,"
          " onset, expires, longer, polygons, zones, writer, written_by, written, approved_by, approved,"
          " published_by, sent, sender, identifier, sent_text, refs, xml) = (?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10,"
          " ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27) WHERE id = ?1"));
  const Content& content = message.content;
  row.bind(1, static_cast<std::int64_t>(message.id)).bind(2, static_cast<std::int64_t>(message.warning));
  row.bind(3, name_of(message.type)).bind(4, static_cast<std::int64_t>(message.before));
  row.bind(5, static_cast<std::int64_t>(message.revision)).bind(6, name_of(content.hazard));
  row.bind(7, name_of(content.status)).bind(8, name_of(content.urgency)).bind(9, name_of(content.severity));
  row.bind(10, name_of(content.certainty));
  bind_time(row, 11, content.onset);
  row.bind(12, content.expires.ns).bind(13, std::int64_t{content.longer});
  row.bind(14, joined(content.area.polygons, [](const std::string& one) { return one; }));
  row.bind(15, joined(content.area.zones, [](std::uint32_t one) { return std::to_string(one); }));
  row.bind(16, std::int64_t{message.writer.value}).bind(17, message.written_by).bind(18, message.written.ns);
  row.bind(19, message.approved_by);
  bind_time(row, 20, message.approved);
  row.bind(21, message.published_by);
  bind_time(row, 22, message.sent);
  row.bind(23, message.self.sender);
  if (message.self.identifier.empty()) row.bind_null(24);
  else row.bind(24, message.self.identifier);
  row.bind(25, message.self.sent);
  row.bind(26, joined(message.references,
                      [](const Reference& one) { return one.sender + "," + one.identifier + "," + one.sent; }));
  row.bind(27, message.xml);
  return row.run();
}

Result<> remove_row(sqlite::Database& db, std::uint64_t id) {
  TRY(auto row, db.prepare("DELETE FROM warning WHERE id = ?"));
  row.bind(1, static_cast<std::int64_t>(id));
  return row.run();
}

}  // namespace qala::warnings
