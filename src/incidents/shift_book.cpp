#include "incidents/shift_book.h"

#include <array>
#include <set>

#include "base/schema.h"
#include "incidents/render.h"
#include "words/fold.h"

namespace qala::incidents {

namespace {

constexpr std::size_t kLongestText = 4000;

constexpr std::string_view kVersion1 = R"sql(
CREATE TABLE shift (
  id          INTEGER PRIMARY KEY,
  who         TEXT NOT NULL,          -- user name
  started     INTEGER NOT NULL,       -- UTC ns
  ended       INTEGER,                -- UTC ns, null: it runs
  offered     INTEGER,                -- UTC ns, the outgoing operator's signature
  note        TEXT NOT NULL,
  accepted_by TEXT NOT NULL,          -- the incoming operator's signature; empty: none
  open_items  INTEGER NOT NULL,
  book        TEXT NOT NULL           -- JSON of what was open at the end
) STRICT;
CREATE UNIQUE INDEX shift_one_runs ON shift ((ended IS NULL)) WHERE ended IS NULL;
CREATE TABLE shift_entry (
  id    INTEGER PRIMARY KEY,
  shift INTEGER NOT NULL REFERENCES shift (id),
  at    INTEGER NOT NULL,             -- UTC ns
  by    TEXT NOT NULL,
  text  TEXT NOT NULL,
  alarm INTEGER,
  thing INTEGER
) STRICT;
CREATE INDEX shift_entry_by_shift ON shift_entry (shift, id);
CREATE TRIGGER shift_entry_is_never_changed BEFORE UPDATE ON shift_entry
BEGIN SELECT RAISE(ABORT, 'what is written in the shift book stays'); END;
CREATE TRIGGER shift_is_over BEFORE UPDATE ON shift WHEN old.ended IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a shift that is over stays as it was'); END;
)sql";

constexpr const char* kColumns = "id, who, started, ended, offered, note, accepted_by, open_items";

std::optional<Instant> instant_of(const sqlite::Statement& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return Instant{row.integer(column)};
}

Shift shift_of(const sqlite::Statement& row) {
  return {.id = static_cast<std::uint64_t>(row.integer(0)),
          .who = row.text(1),
          .started = {row.integer(2)},
          .ended = instant_of(row, 3),
          .offered = instant_of(row, 4),
          .note = row.text(5),
          .accepted_by = row.text(6),
          .open_items = static_cast<std::size_t>(row.integer(7))};
}

void bind(sqlite::Statement& statement, int at, const std::optional<Instant>& time) {
  if (time) statement.bind(at, time->ns);
  else statement.bind_null(at);
}

std::string book_of(const OpenItems& open) {
  std::string book;
  JsonWriter json(book);
  render(json, open);
  return book;
}

Result<> same(std::string_view seen, const OpenItems& open) {
  if (seen == open.digest()) return {};
  return fail(ErrorKind::conflict, "changed: something else is open by now; look at it before you sign");
}

Entry entry_of(const sqlite::Statement& row) {
  return {.id = static_cast<std::uint64_t>(row.integer(0)),
          .shift = static_cast<std::uint64_t>(row.integer(1)),
          .at = {row.integer(2)},
          .by = row.text(3),
          .text = row.text(4),
          .alarm = AlarmId(static_cast<std::uint64_t>(row.integer(5))),
          .thing = ThingId(static_cast<std::uint32_t>(row.integer(6)))};
}

}  // namespace

Result<std::unique_ptr<ShiftBook>> ShiftBook::open(sqlite::Database& db, const std::string& path, const Clock& clock,
                                                   audit::AuditSink& audit) {
  static constexpr std::array kSteps{kVersion1};
  TRY_VOID(sqlite::upgrade_room(db, "incidents", kSteps).context("the shift book"));
  TRY(auto reader, sqlite::Database::open(path, {.read_only = true}));
  std::unique_ptr<ShiftBook> self(new ShiftBook(db, std::move(reader), clock, audit));
  TRY_VOID(self->load().context("the shift book"));
  return self;
}

Result<> ShiftBook::load() {
  TRY(auto row, db_.prepare(std::string("SELECT ") + kColumns + " FROM shift WHERE ended IS NULL"));
  TRY(const bool found, row.step());
  publish(found ? std::optional(shift_of(row)) : std::nullopt);
  return {};
}

void ShiftBook::publish(std::optional<Shift> shift) {
  const std::lock_guard lock(mutex_);
  current_ = std::move(shift);
}

std::optional<Shift> ShiftBook::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

Result<std::vector<Shift>> ShiftBook::list(const ShiftQuery& query) const {
  const std::lock_guard lock(reader_mutex_);
  if (!words::fold(query.text).empty()) return list_found(query);
  TRY(auto row, reader_.prepare(std::string("SELECT ") + kColumns +
                                " FROM shift WHERE (?1 = 0 OR id < ?1) ORDER BY id DESC LIMIT ?2"));
  row.bind(1, static_cast<std::int64_t>(query.before)).bind(2, static_cast<std::int64_t>(query.limit));
  std::vector<Shift> out;
  for (;;) {
    TRY(const bool more, row.step());
    if (!more) return out;
    out.push_back(shift_of(row));
  }
}

Result<> ShiftBook::each_row(std::string_view sql, const std::function<bool(sqlite::Statement&)>& each) const {
  TRY(auto row, reader_.prepare(sql));
  for (;;) {
    TRY(const bool more, row.step());
    if (!more || !each(row)) return {};
  }
}

/// Every text is folded anew: some hundred a month, a millisecond for a thousand.
Result<std::vector<Shift>> ShiftBook::list_found(const ShiftQuery& query) const {
  const std::string needle = words::fold(query.text);
  std::set<std::uint64_t> found;
  TRY_VOID(each_row("SELECT shift, text FROM shift_entry", [&](sqlite::Statement& row) {
    const auto shift = static_cast<std::uint64_t>(row.integer(0));
    if (!found.contains(shift) && words::found_in(words::fold(row.text(1)), needle)) found.insert(shift);
    return true;
  }));
  std::vector<Shift> out;
  const std::string all = std::string("SELECT ") + kColumns + " FROM shift ORDER BY id DESC";
  TRY_VOID(each_row(all, [&](sqlite::Statement& row) {
    Shift shift = shift_of(row);
    const bool wanted = found.contains(shift.id) || words::found_in(words::fold(shift.note), needle);
    if (wanted && (query.before == 0 || shift.id < query.before)) out.push_back(std::move(shift));
    return out.size() < query.limit;
  }));
  return out;
}

Result<std::vector<Entry>> ShiftBook::search(std::string_view text, std::size_t limit) const {
  const std::string needle = words::fold(text);
  std::vector<Entry> out;
  if (needle.empty() || limit == 0) return out;
  const std::lock_guard lock(reader_mutex_);
  TRY_VOID(each_row("SELECT id, shift, at, by, text, alarm, thing FROM shift_entry ORDER BY id DESC",
                    [&](sqlite::Statement& row) {
                      if (words::found_in(words::fold(row.text(4)), needle)) out.push_back(entry_of(row));
                      return out.size() < limit;
                    }));
  return out;
}

Result<std::vector<Shift>> ShiftBook::shifts_between(Instant from, Instant to) const {
  const std::lock_guard lock(reader_mutex_);
  std::vector<Shift> out;
  TRY_VOID(each_row(std::string("SELECT ") + kColumns + " FROM shift WHERE started < " + std::to_string(to.ns) +
                        " AND (ended IS NULL OR ended > " + std::to_string(from.ns) + ") ORDER BY id",
                    [&](sqlite::Statement& row) {
                      out.push_back(shift_of(row));
                      return true;
                    }));
  return out;
}

Result<std::vector<Entry>> ShiftBook::entries_between(Instant from, Instant to) const {
  const std::lock_guard lock(reader_mutex_);
  std::vector<Entry> out;
  TRY_VOID(each_row("SELECT id, shift, at, by, text, alarm, thing FROM shift_entry WHERE at >= " +
                        std::to_string(from.ns) + " AND at < " + std::to_string(to.ns) + " ORDER BY id",
                    [&](sqlite::Statement& row) {
                      out.push_back(entry_of(row));
                      return true;
                    }));
  return out;
}

Result<Shift> ShiftBook::find(std::uint64_t id) const {
  const std::lock_guard lock(reader_mutex_);
  TRY(auto row, reader_.prepare(std::string("SELECT ") + kColumns + " FROM shift WHERE id = ?"));
  row.bind(1, static_cast<std::int64_t>(id));
  TRY(const bool found, row.step());
  if (!found) return fail(ErrorKind::not_found, "no shift " + std::to_string(id));
  return shift_of(row);
}

Result<std::vector<Entry>> ShiftBook::entries(std::uint64_t shift) const {
  const std::lock_guard lock(reader_mutex_);
  TRY(auto row,
      reader_.prepare("SELECT id, shift, at, by, text, alarm, thing FROM shift_entry WHERE shift = ? ORDER BY id"));
  row.bind(1, static_cast<std::int64_t>(shift));
  std::vector<Entry> out;
  for (;;) {
    TRY(const bool more, row.step());
    if (!more) return out;
    out.push_back(entry_of(row));
  }
}

Result<std::string> ShiftBook::book(std::uint64_t shift) const {
  const std::lock_guard lock(reader_mutex_);
  TRY(auto row, reader_.prepare("SELECT book FROM shift WHERE id = ?"));
  row.bind(1, static_cast<std::int64_t>(shift));
  TRY(const bool found, row.step());
  if (!found) return fail(ErrorKind::not_found, "no shift " + std::to_string(shift));
  return row.text(0);
}

Result<Shift> ShiftBook::running(const audit::Actor& by, bool own) const {
  auto shift = current();
  if (!shift) return fail(ErrorKind::conflict, "no_shift: nobody has the shift");
  if (own && shift->who != by.subject) return fail(ErrorKind::conflict, "not_yours: " + shift->who + " has the shift");
  if (!own && shift->who == by.subject) return fail(ErrorKind::conflict, "same_person: you have the shift already");
  return *shift;
}

Result<> ShiftBook::record(const audit::Actor& by, std::string_view action, const Shift& shift,
                           std::string_view detail) {
  return audit_.record(by, action, "shift " + std::to_string(shift.id), detail);
}

Result<Shift> ShiftBook::insert(const audit::Actor& by) {
  TRY(auto row,
      db_.prepare(
          "INSERT INTO shift (who, started, note, accepted_by, open_items, book) VALUES (?, ?, '', '', 0, '')"));
  const Instant now = clock_.now();
  row.bind(1, by.subject).bind(2, now.ns);
  TRY_VOID(row.run());
  return Shift{.id = static_cast<std::uint64_t>(db_.last_insert_id()), .who = by.subject, .started = now};
}

Result<> ShiftBook::store(const Shift& shift, std::string_view book) {
  TRY(auto row,
      db_.prepare("UPDATE shift SET ended = ?, offered = ?, note = ?, accepted_by = ?, open_items = ?, book = ?"
                  " WHERE id = ?"));
  bind(row, 1, shift.ended);
  bind(row, 2, shift.offered);
  row.bind(3, shift.note).bind(4, shift.accepted_by).bind(5, static_cast<std::int64_t>(shift.open_items));
  row.bind(6, book).bind(7, static_cast<std::int64_t>(shift.id));
  return row.run();
}

/// A changed shift, with its audit entry.
Result<Shift> ShiftBook::keep(Shift shift, const audit::Actor& by, std::string_view action, std::string_view book) {
  TRY(auto transaction, sqlite::Transaction::begin(db_));
  TRY_VOID(store(shift, book));
  TRY_VOID(record(by, action, shift, "{}"));
  TRY_VOID(transaction.commit());
  publish(shift.ended ? std::nullopt : std::optional(shift));
  return shift;
}

Result<Shift> ShiftBook::start(const audit::Actor& by) {
  if (const auto shift = current()) return fail(ErrorKind::conflict, "taken: " + shift->who + " has the shift");
  TRY(auto transaction, sqlite::Transaction::begin(db_));
  TRY(auto shift, insert(by));
  TRY_VOID(record(by, "shift.started", shift, "{}"));
  TRY_VOID(transaction.commit());
  publish(shift);
  return shift;
}

Result<Entry> ShiftBook::write(const audit::Actor& by, const NewEntry& entry) {
  if (entry.text.empty()) return fail(ErrorKind::invalid, "text: write something");
  if (entry.text.size() > kLongestText) return fail(ErrorKind::invalid, "text: at most 4,000 bytes");
  const auto shift = current();
  if (!shift) return fail(ErrorKind::conflict, "no_shift: nobody has the shift");
  TRY(auto row, db_.prepare("INSERT INTO shift_entry (shift, at, by, text, alarm, thing) VALUES (?, ?, ?, ?, ?, ?)"));
  const Instant now = clock_.now();
  row.bind(1, static_cast<std::int64_t>(shift->id)).bind(2, now.ns).bind(3, by.subject).bind(4, entry.text);
  if (entry.alarm) row.bind(5, static_cast<std::int64_t>(entry.alarm.value));
  else row.bind_null(5);
  if (entry.thing) row.bind(6, static_cast<std::int64_t>(entry.thing.value));
  else row.bind_null(6);
  TRY_VOID(row.run());
  return Entry{.id = static_cast<std::uint64_t>(db_.last_insert_id()),
               .shift = shift->id,
               .at = now,
               .by = by.subject,
               .text = entry.text,
               .alarm = entry.alarm,
               .thing = entry.thing};
}

Result<Shift> ShiftBook::offer(const audit::Actor& by, std::string_view note) {
  if (note.size() > kLongestText) return fail(ErrorKind::invalid, "note: at most 4,000 bytes");
  TRY(Shift shift, running(by, true));
  shift.offered = clock_.now();
  shift.note = note;
  return keep(std::move(shift), by, "shift.offered", "");
}

Result<Shift> ShiftBook::withdraw(const audit::Actor& by) {
  TRY(Shift shift, running(by, true));
  shift.offered.reset();
  return keep(std::move(shift), by, "shift.withdrawn", "");
}

Result<Shift> ShiftBook::pass_on(Shift from, const audit::Actor& by, const OpenItems& open, std::string_view action) {
  from.ended = clock_.now();
  from.accepted_by = by.subject;
  from.open_items = open.count();
  TRY(auto transaction, sqlite::Transaction::begin(db_));
  TRY_VOID(store(from, book_of(open)));
  TRY(auto next, insert(by));
  TRY_VOID(record(by, action, from, R"({"next":)" + std::to_string(next.id) + "}"));
  TRY_VOID(transaction.commit());
  publish(next);
  return next;
}

Result<Shift> ShiftBook::accept(const audit::Actor& by, std::string_view seen, const OpenItems& open) {
  TRY(const Shift shift, running(by, false));
  if (!shift.offered) return fail(ErrorKind::conflict, "not_offered: " + shift.who + " has not signed yet");
  TRY_VOID(same(seen, open));
  return pass_on(shift, by, open, "shift.handed_over");
}

Result<Shift> ShiftBook::take_over(const audit::Actor& by, std::string_view seen, const OpenItems& open) {
  TRY(const Shift shift, running(by, false));
  TRY_VOID(same(seen, open));
  return pass_on(shift, by, open, shift.offered ? "shift.handed_over" : "shift.taken_over");
}

Result<Shift> ShiftBook::close(const audit::Actor& by, std::string_view note, std::string_view seen,
                               const OpenItems& open) {
  if (note.size() > kLongestText) return fail(ErrorKind::invalid, "note: at most 4,000 bytes");
  TRY(Shift shift, running(by, true));
  TRY_VOID(same(seen, open));
  shift.ended = shift.offered = clock_.now();
  shift.note = note;
  shift.open_items = open.count();
  return keep(std::move(shift), by, "shift.closed", book_of(open));
}

}  // namespace qala::incidents
