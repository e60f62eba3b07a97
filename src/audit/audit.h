#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audit/sink.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"

namespace qala::audit {

/// What is to be remembered. `action` and `object` are chained for ever; actor.subject and detail can be erased.
struct Event {
  Actor actor = {};
  std::string action = {};  ///< "thing.changed"
  std::string object = {};  ///< "thing F-12"; nothing personal
  std::string detail = {};  ///< JSON or free text, may be personal
};

/// One link of the chain, with its personal parts if they are still there.
struct Entry {
  std::uint64_t sequence = 0;  ///< from 1, without gaps
  Instant at = {};
  std::string subject = {};  ///< random id of the actor, 32 hex digits, the same in all of its entries
  std::string action = {};
  std::string object = {};
  std::optional<Actor> actor = {};         ///< empty: erased
  std::optional<std::string> detail = {};  ///< empty: erased
  std::string hash = {};                   ///< SHA-256 over this entry and the hash before, 64 hex digits
};

/// What verify() found. `ok` is false at the first entry that does not fit, which `problem` names.
struct Verdict {
  bool ok = false;
  std::uint64_t entries = 0;    ///< that fit
  std::uint64_t first_bad = 0;  ///< sequence, 0: none
  std::uint64_t erased = 0;     ///< personal parts that are gone; the chain holds without them
  std::string head = {};        ///< the signed head of what is there, see docs/formats/audit.md
  std::string problem = {};     ///< English, for the operator
};

/// The append-only record of who did what, in DATA/audit.db, signed with DATA/audit.key (0600, made at the first
/// start). Lives on the writer thread, which is the only one to append; everything but head() is for that thread only.
/// Readers use functions below with a connection of their own. Format: docs/formats/audit.md.
class Log {
 public:
  /// `clock` and `random` must outlive the log. `corrupt`: the newest entry does not fit the signed head.
  static Result<std::unique_ptr<Log>> open(const std::string& folder, const Clock& clock, Random& random);
  virtual ~Log() = default;

  /// All events are on the disk when this returns, in one transaction; or none of them is recorded.
  virtual Result<> append(std::span<const Event> events) = 0;
  Result<> append(const Event& event) { return append(std::span(&event, 1)); }

  /// Newest link, signed: "17.<hash>.<signature>". To be published, so that a rewritten chain shows. Any thread.
  virtual std::string head() const = 0;

  /// Forgets who stands behind an actor: its name goes from all its entries, the chain stays whole. Gives the number of
  /// entries. The erasure is itself recorded (`by`, without the name).
  virtual Result<std::uint64_t> erase_actor(const Actor& actor, const Actor& by) = 0;
  /// Forgets the details of these entries.
  virtual Result<std::uint64_t> erase_details(std::span<const std::uint64_t> sequences, const Actor& by) = 0;
};

/// Which entries; texts are found anywhere, capitals do not matter (ASCII).
struct Query {
  std::string who = {};  ///< name of the actor, or his random id
  std::string action = {};  ///< "user." finds all about users
  std::string object = {};
  Instant from = {};
  Instant to = Instant{INT64_MAX};
  std::uint64_t before = 0;  ///< sequence; 0: from the end
  std::size_t limit = 100;
};
/// Newest first. Any thread; opens its own read-only connection.
Result<std::vector<Entry>> search(const std::string& folder, const Query& query);
/// Entries whose details have this text as a value of its own, as the name of somebody: not as a key, nor where our own
/// words stand (a role, a kind). Any thread.
Result<std::vector<std::uint64_t>> naming(const std::string& folder, std::string_view text);

/// Newest first; `before` 0: from the end. Any thread; opens its own read-only connection.
Result<std::vector<Entry>> recent(const std::string& folder, std::size_t limit, std::uint64_t before = 0);

/// Newest first, of one object only. Any thread; opens its own read-only connection.
Result<std::vector<Entry>> about(const std::string& folder, std::string_view object, std::size_t limit);

/// Walks the whole chain. With `published_head` (given out by head() earlier) also notices a chain that was cut or
/// rewritten since. Any thread or process; an error only if the files cannot be read at all.
Result<Verdict> verify(const std::string& folder, std::optional<std::string_view> published_head = {});

}  // namespace qala::audit
