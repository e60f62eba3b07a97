#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/sqlite.h"
#include "ingest/submission.h"
#include "registry/registry.h"

namespace qala::ingest {

/// A device that nobody has claimed yet, as the list shows it.
struct WaitingDevice {
  std::uint32_t id = 0;
  std::string scope;      ///< who vouches for it: "gateway:17", "provisioning:3", "ingest"
  std::string key;        ///< what it calls itself
  ThingId gateway;        ///< through which it came, if it did
  Instant first_seen, last_seen;
  std::uint64_t readings = 0;  ///< kept
  std::uint64_t bytes = 0;
  std::uint64_t dropped = 0;   ///< oldest ones, beyond the limits
  std::string last_payload;
  std::vector<std::string> keys;  ///< of the readings kept, the first of them by name
};

/// One reading of a device nobody knows, as text or number; views into the submission.
struct HeldValue {
  std::string_view key;
  readings::Observation row;
  std::string_view text;
};

/// How a claimed device is called from now on. Empty fields take what is sensible.
struct Claim {
  std::string key, name, street, kind, zone;
  std::optional<registry::Point> location;
};

/// Devices that wait to be claimed, with what they sent: in town.db, so that it is as durable as a commit.
/// Limits: kDevices devices, kReadings readings and kBytes bytes each; beyond, the oldest goes and is counted: of the
/// devices, the oldest of the scope with the most of them. Of their keys the list names kKeys.
/// Writer thread, but for list().
class Unclaimed {
 public:
  static constexpr std::size_t kDevices = 500;
  static constexpr std::size_t kNewAtOnce = 100;  ///< devices that one submission may bring: held to by its caller
  static constexpr std::uint64_t kReadings = 1000;
  static constexpr std::uint64_t kBytes = 1'000'000;
  static constexpr std::size_t kKeys = 200;

  static Result<std::unique_ptr<Unclaimed>> open(sqlite::Database& db, const Clock& clock);

  using Held = std::map<std::string, std::vector<HeldValue>, std::less<>>;  ///< by device
  /// Keeps the values, in one transaction; on disk when this returns. On failure nothing changed.
  Result<> hold(std::string_view scope, ThingId gateway, const Held& devices);
  /// What the devices of a scope that wait call themselves. Valid until the next change.
  std::set<std::string_view> names(std::string_view scope) const;
  /// Which thing a device of that scope and name was claimed as; none: not claimed.
  ThingId claimed_as(std::string_view scope, std::string_view device) const;

  /// Makes the thing (or takes the one that has the key already: a replaced device) and its datastreams, and remembers
  /// the name. Returns the thing and what the device had sent, as a submission; commit it, then forget(id).
  /// Done again after a crash, it does no harm.
  struct Claimed {
    ThingId thing;
    Submission held;
  };
  Result<Claimed> claim(std::uint32_t id, const Claim& claim, registry::Registry& registry,
                        const registry::Actor& actor);
  Result<> forget(std::uint32_t id);

  std::vector<WaitingDevice> list() const;
  std::uint64_t dropped_devices() const;
  std::size_t size() const;
  /// Grows with every change of the list.
  std::uint64_t generation() const;

 private:
  explicit Unclaimed(sqlite::Database& db, const Clock& clock) : db_(db), clock_(clock) {}
  Result<> load();
  Result<> store(std::string_view scope, ThingId gateway, const Held& devices);
  Result<> store_readings(const WaitingDevice& device, std::span<const HeldValue> values, sqlite::Statement& insert);
  Result<WaitingDevice*> admit(std::string_view scope, ThingId gateway, std::string_view device,
                               sqlite::Statement& insert);
  Result<> drop_oldest_device(std::string_view newcomers_scope);
  Result<> trim(WaitingDevice& device);
  void add_keys(WaitingDevice& device, std::span<const HeldValue> values);
  Result<> read_keys(WaitingDevice& device);
  static Result<> save(const WaitingDevice& device, sqlite::Statement& update);

  sqlite::Database& db_;
  const Clock& clock_;
  mutable std::mutex mutex_;  ///< list() against the writer
  std::map<std::uint32_t, WaitingDevice> devices_;
  std::map<std::pair<std::string, std::string>, ThingId, std::less<>> aliases_;
  std::uint64_t dropped_devices_ = 0;
  std::uint64_t generation_ = 0;
};

}  // namespace qala::ingest
