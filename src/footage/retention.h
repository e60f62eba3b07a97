#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/steady.h"
#include "footage/disk.h"
#include "footage/index.h"
#include "footage/model.h"

namespace qala::footage {

/// Lets footage go when its time has come: row -> garbage -> file -> no garbage, so that no crash leaves a row without
/// a file or a file without a row. Part of the recorder, on its thread.
///
/// A clock in doubt takes nothing by age: none does in the ten minutes after a jump, and one that went forwards by more
/// than a day, or that says at the start that nothing was recorded a day ago though something was before, has to be
/// steady for a day. Limits of bytes hold all the same.
class Expiry {
 public:
  static constexpr std::size_t kBatch = 64;  ///< files at most in one go

  Expiry(std::string folder, const Clock& clock, Disk& disk);

  void retain(Retention retention) { retention_ = std::move(retention); }

  struct Open {
    StreamId stream = {};
    std::uint64_t bytes = 0;
  };
  struct Done {
    std::uint64_t files = 0, bytes = 0, held = 0;
    bool more = false;  ///< there is more to do at once
  };
  /// Removes what is due, a batch at most, and says in `done` what was done, also if it fails then. `open`: files being
  /// written, which count but do not go. `full`: what may go has gone, and the disk is fuller than it may be still.
  Result<> run(Index& index, const std::vector<Open>& open, Done& done);
  /// Removes what an earlier process meant to remove.
  Result<> clear_garbage(Index& index);
  /// Files that count for nothing: their rows go with them.
  Result<> remove(Index& index, const std::vector<FileRow>& rows);

 private:
  Result<bool> clock_is_believed(Index& index);
  Result<> unlink(Index& index, const std::vector<std::string>& paths);
  void keep_ballast(std::uint64_t free);

  std::string folder_;
  const Clock& clock_;
  Disk& disk_;
  std::optional<Retention> retention_;
  WallWatch wall_;
  std::int64_t steady_for_ = WallWatch::kSteady;  ///< ns without a jump, before anything goes by age
  bool began_ = false;
};

}  // namespace qala::footage
