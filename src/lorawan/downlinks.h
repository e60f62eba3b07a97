#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/sink.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/sqlite.h"
#include "lorawan/message.h"

namespace qala::lorawan {

/// What is sent to a device: it leaves with the device's next uplink, not before.
struct Downlink {
  std::int64_t id = 0;
  std::string uuid = {};  ///< queue item of ChirpStack, "qala:…" among The Things Stack's correlation ids
  std::string device = {}, source = {};
  Instant at = {};
  std::string by = {};
  std::uint8_t f_port = 0;
  std::string payload = {};
  bool confirmed = false;
  std::string state = "queued";  ///< queued, sent, acknowledged, failed, expired
  bool published = false;
  std::string words = {};
};

/// The queue of downlinks in town.db; durable, so that nothing is sent twice nor forgotten. Writer thread.
class Downlinks {
 public:
  /// So long is waited for news of one, then it has expired.
  static constexpr std::int64_t kLife = Instant::kDay;

  /// After Book::open(), which makes the tables. Everything outlives it.
  Downlinks(sqlite::Database& db, const Clock& clock, Random& random, audit::AuditSink& audit)
      : db_(db), clock_(clock), random_(random), audit_(audit) {}

  Result<Downlink> add(Downlink downlink, const audit::Actor& actor);
  /// The broker has it, or why not.
  Result<> published(std::int64_t id, bool done, std::string_view words);
  /// News of those with these ids: `sent` does not take back `acknowledged`; what has ended stays as it is.
  Result<> told(const std::vector<std::string>& uuids, Event event, std::string_view words);
  /// Newest first.
  Result<std::vector<Downlink>> of(const std::string& device, std::size_t limit);
  /// Not published yet, of one source, oldest first.
  Result<std::vector<Downlink>> unpublished(const std::string& source);
  Result<bool> is_unpublished(std::int64_t id);
  Result<> expire();

 private:
  Result<std::vector<Downlink>> select(const std::string& where, std::string_view text, std::int64_t limit);

  sqlite::Database& db_;
  const Clock& clock_;
  Random& random_;
  audit::AuditSink& audit_;
};

}  // namespace qala::lorawan
