#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/data_folder.h"
#include "base/file.h"
#include "base/sqlite.h"
#include "readings/store.h"
#include "registry/photos.h"

namespace qala::app {

/// What a copy of a town holds, by which it is recognised as whole. Lies in the copy as `backup.json`.
struct Contents {
  std::string version;  ///< of the program that wrote it
  Instant at;
  std::uint64_t sequence = 0, observations = 0;
  std::uint64_t things = 0, datastreams = 0;
  std::uint64_t photos = 0;  ///< pictures in the copy; not said before 0.2
  std::uint64_t audit_entries = 0;
  std::string audit_head;

  std::string to_json() const;
  static Result<Contents> from_json(const std::string& text);
};
constexpr const char* kContentsFile = "backup.json";
constexpr const char* kUnfinishedFile = "backup.json.unfinished";  ///< in a copy that is not whole yet
Result<Contents> read_contents(const std::string& backup);

/// Makes `to` ready for a copy: absent, empty, or a copy of this town already, whole or not. `conflict` for anything
/// else, which a copy would write over: a folder with other things in it, another town's copy, or the town's own
/// folder.
Result<> begin_copy(const std::string& town, const std::string& to);

/// One moment of a whole town, held for copying: databases and readings of the same point between two commits.
///   prepare()  any thread, opens files
///   take()     writer thread, a fraction of a millisecond: the moment
///   copy_to()  any other thread, as long as it takes
/// Everything that was handed in must outlive it; the store keeps what belongs to the moment while this exists.
class TownSnapshot {
 public:
  static Result<std::unique_ptr<TownSnapshot>> prepare(const DataFolder& folder);
  /// `unavailable`: the store is busy for the moment, ask again.
  Result<> take(readings::ReadingStore& store, const registry::Registry& registry, const Clock& clock);
  /// Writes the copy; `to` is as in begin_copy(), and what is unchanged there is not copied again. The contents are
  /// written last: a folder without them is no backup. Lets go of the moment, also when it fails.
  Result<Contents> copy_to(const std::string& to, const std::function<bool()>& cancelled = {});

 private:
  explicit TownSnapshot(const DataFolder& folder) : folder_(folder) {}
  Result<Contents> copy_held(const std::string& to, const std::function<bool()>& cancelled);

  const DataFolder& folder_;
  std::vector<std::pair<std::string, sqlite::Database>> databases_;
  std::optional<File> receipts_;
  std::unique_ptr<readings::StoreSnapshot> readings_;
  std::vector<std::string> photos_;  ///< that things had at the moment
  std::optional<registry::Photos::Hold> photos_held_;  ///< none of them is removed
  Contents contents_;
};

}  // namespace qala::app
