#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/sink.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/sqlite.h"
#include "incidents/open_items.h"

namespace qala::incidents {

/// One shift of one operator.
struct Shift {
  std::uint64_t id = 0;
  std::string who = {};  ///< user name
  Instant started = {};
  std::optional<Instant> ended = {};
  /// First signature of its handover: the outgoing operator's.
  std::optional<Instant> offered = {};
  std::string note = {};  ///< what the outgoing operator adds to it
  /// Second signature; empty at the end: nobody took over, or somebody did without the first one.
  std::string accepted_by = {};
  std::size_t open_items = 0;  ///< in the book at its end
};

/// Something an operator wrote down. Never altered.
struct Entry {
  std::uint64_t id = 0;
  std::uint64_t shift = 0;
  Instant at = {};
  std::string by = {};
  std::string text = {};
  AlarmId alarm = {};  ///< none: not about an alarm
  ThingId thing = {};  ///< none: not about a thing
};

struct NewEntry {
  std::string text = {};
  AlarmId alarm = {};
  ThingId thing = {};
};

struct ShiftQuery {
  /// Only shifts with an entry or note in which words::found_in() finds this; empty: all.
  std::string text = {};
  std::uint64_t before = 0;   ///< older than this shift; 0: from the newest
  std::size_t limit = 50;
};

/// The shift book in town.db. Reading from any thread, changes on the writer thread; callers have authorised. A change
/// that cannot be recorded by `audit` or stored does not happen. Errors: `invalid` begins with the field
/// ("text: ..."), `conflict` with a code ("no_shift: ...").
class ShiftBook {
 public:
  /// `path` is the file behind `db`. All references must outlive this.
  static Result<std::unique_ptr<ShiftBook>> open(sqlite::Database& db, const std::string& path, const Clock& clock,
                                                 audit::AuditSink& audit);

  std::optional<Shift> current() const;
  Result<std::vector<Shift>> list(const ShiftQuery& query) const;
  /// Entries in which words::found_in() finds `text`, newest first.
  Result<std::vector<Entry>> search(std::string_view text, std::size_t limit) const;
  /// Shifts that ran at some time of from <= t < to, and what was written then; oldest first.
  Result<std::vector<Shift>> shifts_between(Instant from, Instant to) const;
  Result<std::vector<Entry>> entries_between(Instant from, Instant to) const;
  Result<Shift> find(std::uint64_t id) const;
  /// Oldest first.
  Result<std::vector<Entry>> entries(std::uint64_t shift) const;
  /// What was open when it changed hands, as `render()` wrote it; empty while it runs.
  Result<std::string> book(std::uint64_t shift) const;

  /// Starts a shift when nobody has one (`conflict` "taken").
  Result<Shift> start(const audit::Actor& by);
  /// "no_shift" if nobody has one. 1 to 4,000 bytes.
  Result<Entry> write(const audit::Actor& by, const NewEntry& entry);
  /// The outgoing operator signs. "no_shift", "not_yours".
  Result<Shift> offer(const audit::Actor& by, std::string_view note);
  Result<Shift> withdraw(const audit::Actor& by);
  /// The incoming operator signs for what was shown, whose digest is `seen`. "no_shift"; "not_offered"; "same_person";
  /// "changed": something else is open by now, show it first. Returns the new shift.
  Result<Shift> accept(const audit::Actor& by, std::string_view seen, const OpenItems& open);
  /// Without the outgoing operator, who has left: the book has one signature. "no_shift", "same_person", "changed".
  Result<Shift> take_over(const audit::Actor& by, std::string_view seen, const OpenItems& open);
  /// Nobody follows: the first signature stands alone. "no_shift", "not_yours", "changed".
  Result<Shift> close(const audit::Actor& by, std::string_view note, std::string_view seen, const OpenItems& open);

 private:
  ShiftBook(sqlite::Database& db, sqlite::Database reader, const Clock& clock, audit::AuditSink& audit)
      : db_(db), reader_(std::move(reader)), clock_(clock), audit_(audit) {}
  Result<> load();
  /// With reader_mutex_: `each` gets every row until it says false.
  Result<> each_row(std::string_view sql, const std::function<bool(sqlite::Statement&)>& each) const;
  Result<std::vector<Shift>> list_found(const ShiftQuery& query) const;
  Result<Shift> running(const audit::Actor& by, bool own) const;
  Result<> record(const audit::Actor& by, std::string_view action, const Shift& shift, std::string_view detail);
  Result<> store(const Shift& shift, std::string_view book);
  Result<Shift> insert(const audit::Actor& by);
  Result<Shift> keep(Shift shift, const audit::Actor& by, std::string_view action, std::string_view book);
  Result<Shift> pass_on(Shift from, const audit::Actor& by, const OpenItems& open, std::string_view action);
  void publish(std::optional<Shift> shift);

  sqlite::Database& db_;
  mutable std::mutex reader_mutex_;  ///< one reader at a time
  mutable sqlite::Database reader_;
  const Clock& clock_;
  audit::AuditSink& audit_;
  mutable std::mutex mutex_;  ///< guards current_, held for a copy
  std::optional<Shift> current_;
};

}  // namespace qala::incidents
