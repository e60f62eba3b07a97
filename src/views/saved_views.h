#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audit/sink.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/sqlite.h"

namespace qala::views {

/// A page of the control room as somebody left it.
struct View {
  std::uint64_t id = 0;
  std::string name = {};
  std::string page = {};     ///< "map", "compare": what kind of view it is
  std::string address = {};  ///< "/control/compare?s=12,14": everything that is needed to see it again
  UserId owner = {};
  std::string owner_name = {};
  bool shared = false;  ///< with the whole room
  Instant created = {}, changed = {};
};

/// Who asks, and what the person's role allows.
struct Viewer {
  UserId user = {};            ///< none: a script, which sees what is shared
  audit::Actor actor = {};
  bool may_share = false;      ///< operators and above
  bool may_edit_all = false;   ///< engineers and above: what others have shared
};

/// What is to change; nothing: stays.
struct Edit {
  std::optional<std::string> name = {}, page = {}, address = {};
  std::optional<bool> shared = {};
};

struct Limits {
  std::size_t of_person = 100, shared = 300;
  static constexpr std::size_t kName = 200, kAddress = 2000;  ///< bytes
};

/// Saved views in town.db. All of them are in memory: reading from any thread, changes on the writer thread, a change
/// that cannot be recorded or stored does not happen. Errors: `invalid` begins with the field ("name: ..."), `conflict`
/// with a code ("too_many: ..."), `denied`, `not_found` (also for another's own view: nobody learns that it exists).
class SavedViews {
 public:
  /// All references must outlive this.
  static Result<std::unique_ptr<SavedViews>> open(sqlite::Database& db, const Clock& clock, audit::AuditSink& audit,
                                                  Limits limits = {});

  /// Those a person sees: the own ones and the shared ones, by name.
  std::vector<View> visible(const Viewer& viewer) const;
  /// The view that the person starts with, if it is still to be seen.
  std::optional<std::uint64_t> start_of(const Viewer& viewer) const;
  std::uint64_t generation() const { return generation_; }
  const Limits& limits() const { return limits_; }

  Result<View> add(const Viewer& viewer, View view);
  Result<View> change(const Viewer& viewer, std::uint64_t id, const Edit& edit);
  Result<> remove(const Viewer& viewer, std::uint64_t id);
  /// None: the person starts with the map again.
  Result<> set_start(const Viewer& viewer, std::optional<std::uint64_t> id);
  /// What a person kept alone goes with the person; what was shared stays with the room.
  Result<> keep_only(std::span<const UserId> people);

 private:
  SavedViews(sqlite::Database& db, const Clock& clock, audit::AuditSink& audit, Limits limits)
      : db_(db), clock_(clock), audit_(audit), limits_(limits) {}
  Result<> load();
  Result<View> own(const Viewer& viewer, std::uint64_t id) const;
  Result<> room_for(const View& view, const View* before) const;
  Result<> store(const Viewer& viewer, std::string_view action, View& view);

  sqlite::Database& db_;
  const Clock& clock_;
  audit::AuditSink& audit_;
  const Limits limits_;
  std::atomic<std::uint64_t> generation_ = 1;
  mutable std::mutex mutex_;  ///< guards the next two, held for a copy
  std::vector<View> views_;
  std::vector<std::pair<UserId, std::uint64_t>> starts_;
};

}  // namespace qala::views
