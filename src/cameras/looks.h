#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "audit/sink.h"
#include "base/clock.h"
#include "base/sqlite.h"
#include "cameras/camera.h"

namespace qala::cameras {

enum class LookKind : std::uint8_t { live, still, playback, evidence, unmask };
std::string_view name_of(LookKind kind);  ///< "live" … "export", "unmask"

/// Somebody sees pictures of a camera.
struct Look {
  std::uint64_t id = 0;
  CameraId camera = {};
  LookKind kind = LookKind::live;
  Instant began = {};
  std::optional<Instant> ended = {};  ///< while it goes on: as far as is known
  Instant shown_from = {};            ///< the minutes that were seen, by the town's clock
  std::optional<Instant> shown_to = {};
  bool masked = true;  ///< false: what the masks hide was seen
  audit::Actor actor = {};
  std::string reason = {}, case_number = {};
};

/// What residents will see of the looks at one camera: no names.
struct LookSum {
  CameraId camera = {};
  std::uint64_t looks = 0, exports = 0, unmaskings = 0;
  std::uint64_t people = 0;  ///< how many different ones
  std::int64_t seconds = 0;  ///< of looking, not of pictures
};

struct LookQuery {
  CameraId camera = {};  ///< none: all
  Instant from = {}, to = Instant{INT64_MAX};
  std::uint64_t before = 0;  ///< id; 0: from the end
  std::size_t limit = 200;
};

/// Every look at a picture, in town.db and, before the first byte is sent, in the audit chain. begin(), end(), touch()
/// and sweep() on the writer thread; list() and sums() anywhere, through a connection of the caller.
class Looks {
 public:
  /// All references must outlive this. Looks that a dead program left open end where they were last known to go on.
  static Result<std::unique_ptr<Looks>> open(sqlite::Database& db, const Clock& clock, audit::AuditSink& audit);

  /// Returns once the look is durable in the audit chain; with an error no picture may be sent. Stills that the same
  /// person asks of the same camera within a minute of each other are one look, whose end touch() notes. So are
  /// recorded ones (those with `shown_to`): the look then goes from the earliest to the latest that was seen, and each
  /// hour of the recording into which it goes is in the chain before a picture of it is sent.
  Result<std::uint64_t> begin(Look look);
  /// `shown_to`: up to where its pictures went; none: live, up to now.
  Result<> end(std::uint64_t id, std::optional<Instant> shown_to = {});
  /// Notes that open looks and stills go on (to be called each half minute), so that a crash loses no more of their
  /// length. One step for all of them: stills are too many to be written one by one.
  Result<> touch();
  /// Forgets looks that began before `limit`. The audit chain keeps that they were.
  Result<std::uint64_t> sweep(Instant limit);
  std::size_t open_looks() const { return open_.size(); }

  static Result<std::vector<Look>> list(sqlite::Database& db, const LookQuery& query);  ///< newest first
  static Result<std::vector<LookSum>> sums(sqlite::Database& db, Instant from, Instant to);

 private:
  Looks(sqlite::Database& db, const Clock& clock, audit::AuditSink& audit) : db_(db), clock_(clock), audit_(audit) {}
  struct Still {
    std::uint64_t id = 0;
    Look look = {};  ///< of recorded ones: its minutes grow
    Instant last = {};
    bool noted = true;
    std::set<std::int64_t> hours = {};  ///< of the recording, since 1970, that are in the chain
  };
  Still* continued(const Look& look);
  Result<> goes_on(Still& still, const Look& look);
  Result<> note(std::uint64_t id, Instant ended, Instant shown_to);
  Result<> note(const Still& still);

  sqlite::Database& db_;
  const Clock& clock_;
  audit::AuditSink& audit_;
  std::set<std::uint64_t> open_;
  std::vector<Still> stills_;  ///< of the last minute or so
};

}  // namespace qala::cameras
