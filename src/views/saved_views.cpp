#include "views/saved_views.h"

#include <algorithm>
#include <array>

#include "base/schema.h"

namespace qala::views {

namespace {

constexpr std::string_view kVersion1 = R"sql(
CREATE TABLE saved_view (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used twice: links to it may lie about
  name       TEXT NOT NULL,
  page       TEXT NOT NULL,                      -- "map", "compare" ...
  address    TEXT NOT NULL,                      -- below /control
  owner      INTEGER NOT NULL,                   -- user id
  owner_name TEXT NOT NULL,
  shared     INTEGER NOT NULL CHECK (shared IN (0, 1)),
  created    INTEGER NOT NULL,                   -- UTC ns
  changed    INTEGER NOT NULL                    -- UTC ns
) STRICT;
CREATE TABLE start_view (
  user INTEGER PRIMARY KEY,
  view INTEGER NOT NULL
) STRICT;
)sql";

bool control_character(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

Result<> check(const View& view) {
  if (view.name.empty() || view.name.find_first_not_of(' ') == std::string::npos)
    return fail(ErrorKind::invalid, "name: give the view a name");
  if (view.name.size() > Limits::kName) return fail(ErrorKind::invalid, "name: at most 200 bytes");
  if (std::ranges::any_of(view.name, control_character)) return fail(ErrorKind::invalid, "name: no control characters");
  const bool page_fine = !view.page.empty() && view.page.size() <= 24 &&
                         std::ranges::all_of(view.page, [](char c) { return c >= 'a' && c <= 'z'; });
  if (!page_fine) return fail(ErrorKind::invalid, "page: 1 to 24 small letters");
  if (view.address.size() > Limits::kAddress) return fail(ErrorKind::invalid, "address: at most 2,000 bytes");
  const bool inside = view.address.starts_with("/control/") || view.address == "/control";
  if (!inside || view.address.find("..") != std::string::npos || view.address.find('\\') != std::string::npos ||
      view.address.find("//") != std::string::npos)
    return fail(ErrorKind::invalid, "address: a path below /control");
  if (view.address.find('#') != std::string::npos)
    return fail(ErrorKind::invalid, "address: nothing behind # (a wall's token stands there)");
  if (std::ranges::any_of(view.address, [](char c) { return control_character(c) || c == ' '; }))
    return fail(ErrorKind::invalid, "address: no blanks or control characters");
  return {};
}

bool sees(const Viewer& viewer, const View& view) { return view.shared || (viewer.user && view.owner == viewer.user); }

Result<> needs_person(const Viewer& viewer) {
  if (viewer.user) return {};
  return fail(ErrorKind::denied, "views belong to people: sign in, a token keeps none");
}

}  // namespace

Result<std::unique_ptr<SavedViews>> SavedViews::open(sqlite::Database& db, const Clock& clock, audit::AuditSink& audit,
                                                     Limits limits) {
  static constexpr std::array kSteps{kVersion1};
  TRY_VOID(sqlite::upgrade_room(db, "views", kSteps).context("saved views"));
  std::unique_ptr<SavedViews> self(new SavedViews(db, clock, audit, limits));
  TRY_VOID(self->load().context("saved views"));
  return self;
}

Result<> SavedViews::load() {
  std::vector<View> views;
  TRY(auto row,
      db_.prepare("SELECT id, name, page, address, owner, owner_name, shared, created, changed FROM saved_view"));
  for (;;) {
    TRY(const bool more, row.step());
    if (!more) break;
    views.push_back({.id = static_cast<std::uint64_t>(row.integer(0)),
                     .name = row.text(1),
                     .page = row.text(2),
                     .address = row.text(3),
                     .owner = UserId(static_cast<std::uint32_t>(row.integer(4))),
                     .owner_name = row.text(5),
                     .shared = row.integer(6) != 0,
                     .created = {row.integer(7)},
                     .changed = {row.integer(8)}});
  }
  std::vector<std::pair<UserId, std::uint64_t>> starts;
  TRY(auto start, db_.prepare("SELECT user, view FROM start_view"));
  for (;;) {
    TRY(const bool more, start.step());
    if (!more) break;
    starts.emplace_back(UserId(static_cast<std::uint32_t>(start.integer(0))),
                        static_cast<std::uint64_t>(start.integer(1)));
  }
  const std::lock_guard lock(mutex_);
  views_ = std::move(views);
  starts_ = std::move(starts);
  return {};
}

std::vector<View> SavedViews::visible(const Viewer& viewer) const {
  std::vector<View> out;
  {
    const std::lock_guard lock(mutex_);
    std::ranges::copy_if(views_, std::back_inserter(out), [&](const View& view) { return sees(viewer, view); });
  }
  std::ranges::sort(out, [](const View& a, const View& b) { return std::tie(a.name, a.id) < std::tie(b.name, b.id); });
  return out;
}

std::optional<std::uint64_t> SavedViews::start_of(const Viewer& viewer) const {
  const std::lock_guard lock(mutex_);
  const auto start = std::ranges::find(starts_, viewer.user, &std::pair<UserId, std::uint64_t>::first);
  if (!viewer.user || start == starts_.end()) return std::nullopt;
  const auto view = std::ranges::find(views_, start->second, &View::id);
  return view != views_.end() && sees(viewer, *view) ? std::optional(start->second) : std::nullopt;
}

/// One that the viewer may change.
Result<View> SavedViews::own(const Viewer& viewer, std::uint64_t id) const {
  const std::lock_guard lock(mutex_);
  const auto view = std::ranges::find(views_, id, &View::id);
  if (view == views_.end() || !sees(viewer, *view))
    return fail(ErrorKind::not_found, "there is no view " + std::to_string(id));
  if (view->owner != viewer.user && !viewer.may_edit_all)
    return fail(ErrorKind::denied, "this view is " + view->owner_name + "'s: its owner or an engineer may change it");
  return *view;
}

Result<> SavedViews::room_for(const View& view, const View* before) const {
  const std::lock_guard lock(mutex_);
  const auto own = std::ranges::count(views_, view.owner, &View::owner);
  if (!before && static_cast<std::size_t>(own) >= limits_.of_person)
    return fail(ErrorKind::conflict, "too_many: " + std::to_string(limits_.of_person) + " views of one person at most");
  if (view.shared && !(before && before->shared) &&
      static_cast<std::size_t>(std::ranges::count(views_, true, &View::shared)) >= limits_.shared)
    return fail(ErrorKind::conflict, "too_many: " + std::to_string(limits_.shared) + " shared views at most");
  return {};
}

Result<> SavedViews::store(const Viewer& viewer, std::string_view action, View& view) {
  TRY(auto transaction, sqlite::Transaction::begin(db_));
  TRY(auto row, db_.prepare("INSERT OR REPLACE INTO saved_view (id, name, page, address, owner, owner_name, shared,"
                            " created, changed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  if (view.id) row.bind(1, static_cast<std::int64_t>(view.id));
  else row.bind_null(1);
  row.bind(2, view.name).bind(3, view.page).bind(4, view.address).bind(5, std::int64_t{view.owner.value});
  row.bind(6, view.owner_name).bind(7, std::int64_t{view.shared}).bind(8, view.created.ns).bind(9, view.changed.ns);
  TRY_VOID(row.run());
  view.id = static_cast<std::uint64_t>(db_.last_insert_id());
  TRY_VOID(audit_.record(viewer.actor, action, "view " + std::to_string(view.id),
                         view.shared ? R"({"shared":true})" : "{}"));
  TRY_VOID(transaction.commit());
  const std::lock_guard lock(mutex_);
  std::erase_if(views_, [&](const View& known) { return known.id == view.id; });
  views_.push_back(view);
  generation_++;
  return {};
}

Result<View> SavedViews::add(const Viewer& viewer, View view) {
  TRY_VOID(needs_person(viewer));
  view.id = 0;
  view.owner = viewer.user;
  view.owner_name = viewer.actor.subject;
  view.created = view.changed = clock_.now();
  TRY_VOID(check(view));
  if (view.shared && !viewer.may_share) return fail(ErrorKind::denied, "operators may share a view with the room");
  TRY_VOID(room_for(view, nullptr));
  TRY_VOID(store(viewer, "view.saved", view));
  return view;
}

Result<View> SavedViews::change(const Viewer& viewer, std::uint64_t id, const Edit& edit) {
  TRY_VOID(needs_person(viewer));
  TRY(const View before, own(viewer, id));
  View view = before;
  view.name = edit.name.value_or(view.name);
  view.page = edit.page.value_or(view.page);
  view.address = edit.address.value_or(view.address);
  view.shared = edit.shared.value_or(view.shared);
  view.changed = clock_.now();
  TRY_VOID(check(view));
  if (view.shared && !before.shared && !viewer.may_share)
    return fail(ErrorKind::denied, "operators may share a view with the room");
  TRY_VOID(room_for(view, &before));
  TRY_VOID(store(viewer, "view.changed", view));
  return view;
}

Result<> SavedViews::remove(const Viewer& viewer, std::uint64_t id) {
  TRY_VOID(needs_person(viewer));
  TRY(const View view, own(viewer, id));
  TRY(auto transaction, sqlite::Transaction::begin(db_));
  for (const char* sql : {"DELETE FROM saved_view WHERE id = ?", "DELETE FROM start_view WHERE view = ?"}) {
    TRY(auto row, db_.prepare(sql));
    row.bind(1, static_cast<std::int64_t>(id));
    TRY_VOID(row.run());
  }
  TRY_VOID(audit_.record(viewer.actor, "view.removed", "view " + std::to_string(id), "{}"));
  TRY_VOID(transaction.commit());
  const std::lock_guard lock(mutex_);
  std::erase_if(views_, [&](const View& known) { return known.id == id; });
  std::erase_if(starts_, [&](const auto& start) { return start.second == id; });
  generation_++;
  return {};
}

Result<> SavedViews::set_start(const Viewer& viewer, std::optional<std::uint64_t> id) {
  TRY_VOID(needs_person(viewer));
  if (id) {
    const auto seen = visible(viewer);
    if (std::ranges::find(seen, *id, &View::id) == seen.end())
      return fail(ErrorKind::not_found, "there is no view " + std::to_string(*id));
  }
  TRY(auto transaction, sqlite::Transaction::begin(db_));
  TRY(auto row, db_.prepare(id ? "INSERT OR REPLACE INTO start_view (user, view) VALUES (?1, ?2)"
                               : "DELETE FROM start_view WHERE user = ?1"));
  row.bind(1, std::int64_t{viewer.user.value});
  if (id) row.bind(2, static_cast<std::int64_t>(*id));
  TRY_VOID(row.run());
  TRY_VOID(audit_.record(viewer.actor, "view.start", id ? "view " + std::to_string(*id) : "view none", "{}"));
  TRY_VOID(transaction.commit());
  const std::lock_guard lock(mutex_);
  std::erase_if(starts_, [&](const auto& start) { return start.first == viewer.user; });
  if (id) starts_.emplace_back(viewer.user, *id);
  generation_++;
  return {};
}

Result<> SavedViews::keep_only(std::span<const UserId> people) {
  const auto gone = [&](UserId user) { return std::ranges::find(people, user) == people.end(); };
  std::vector<UserId> leave;
  {
    const std::lock_guard lock(mutex_);
    for (const View& view : views_) {
      if (!view.shared && gone(view.owner)) leave.push_back(view.owner);
    }
    for (const auto& [user, view] : starts_) {
      if (gone(user)) leave.push_back(user);
    }
  }
  if (leave.empty()) return {};
  TRY(auto transaction, sqlite::Transaction::begin(db_));
  for (const UserId user : leave) {
    for (const char* sql : {"DELETE FROM start_view WHERE user = ?1 OR view IN"
                            " (SELECT id FROM saved_view WHERE owner = ?1 AND shared = 0)",
                            "DELETE FROM saved_view WHERE owner = ?1 AND shared = 0"}) {
      TRY(auto row, db_.prepare(sql));
      row.bind(1, std::int64_t{user.value});
      TRY_VOID(row.run());
    }
  }
  TRY_VOID(transaction.commit());
  TRY_VOID(load());
  generation_++;
  return {};
}

}  // namespace qala::views
