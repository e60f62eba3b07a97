#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/sink.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/sqlite.h"
#include "base/zone.h"
#include "warnings/atom.h"
#include "warnings/check.h"
#include "warnings/model.h"

namespace qala::warnings {

struct Settings {
  Issuer issuer = {};
  std::string identifiers = "qala";  ///< what every identifier begins with
  Area town = {};                    ///< where a message holds that names no other area
  /// A training copy: nothing of it is public, whatever was published where the copy was made.
  bool training = false;
};

/// Public warnings in town.db: drafts, approvals, messages. All of them are in memory: reading from any thread, changes
/// on the writer thread by callers who have authorised; a change that cannot be recorded or stored does not happen.
/// What is published stays as it is, byte for byte. Errors: `invalid` begins with the field ("expires: ..."),
/// `conflict` with a code: "changed" (another revision by now), "published", "second_person", "same_person",
/// "no_person" (a token), "overtaken" (the warning has gone on), "over" (it holds no more), "clock", "too_many".
class WarningBook {
 public:
  static constexpr std::size_t kMostDrafts = 100;

  /// All references must outlive this.
  static Result<std::unique_ptr<WarningBook>> open(sqlite::Database& db, const Clock& clock, Random& random,
                                                   audit::AuditSink& audit, const Zone& zone, Settings settings);

  /// Drafts first, then what was published; newest first.
  std::vector<Listed> all() const;
  std::optional<Listed> find(std::uint64_t id) const;
  /// Public messages that hold now, most severe first.
  std::vector<Message> in_force() const;
  /// Public messages that hold now, and cancellations of the last 24 hours.
  Feed feed() const;
  /// A public message by its identifier, whether it holds or not; none: there is no such, or it is not public.
  std::optional<Message> file(std::string_view identifier) const;
  /// Rises with every change of any of them.
  std::uint64_t generation() const { return generation_; }
  const Settings& settings() const { return settings_; }
  const Envelope& envelope() const { return envelope_; }  ///< of the town; empty if its area is not set

  /// A new warning's first draft. An area without name is the town.
  Result<Listed> write(const Person& by, Content content);
  /// Takes back an approval. Of a cancellation only the texts change.
  Result<Listed> change(const Person& by, std::uint64_t id, std::uint64_t revision, Content content);
  Result<> discard(const Person& by, std::uint64_t id);
  /// By a person who has not written this revision.
  Result<Listed> approve(const Person& by, std::uint64_t id, std::uint64_t revision);
  Result<Listed> publish(const Person& by, std::uint64_t id, std::uint64_t revision);
  /// A draft that is to replace, or to end, a message in force: with its words, or words that say that it is over.
  Result<Listed> follow(const Person& by, std::uint64_t id, Type type);

 private:
  WarningBook(sqlite::Database& db, const Clock& clock, Random& random, audit::AuditSink& audit, const Zone& zone,
              Settings settings);
  Result<> load();
  Result<> store(const Person& by, std::string_view action, Message& message);
  Result<Message> draft(std::uint64_t id, std::optional<std::uint64_t> revision) const;
  Result<> room_for_one() const;
  Result<> ready(const Message& message, Instant now) const;
  Result<> may_go_out(const Message& message, Instant now) const;
  Result<std::vector<Reference>> referred_to(const Message& message, Instant now) const;
  Listed listed(const Message& message, Instant now) const;  // with mutex_
  const Message* known(std::uint64_t id) const;  // with mutex_
  const Message* follower_of(std::uint64_t id) const;  // with mutex_
  bool needs_approval(const Message& message, Instant now) const;  // with mutex_
  bool is_public(const Message& message) const;

  sqlite::Database& db_;
  const Clock& clock_;
  Random& random_;
  audit::AuditSink& audit_;
  const Zone& zone_;
  const Settings settings_;
  Envelope envelope_;
  Instant began_ = {};  ///< when this town's book was opened first
  std::atomic<std::uint64_t> generation_ = 1;
  mutable std::mutex mutex_;  ///< guards messages_, held for a copy
  std::vector<Message> messages_;  ///< by ascending id
};

}  // namespace qala::warnings
