#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "ingest/series.h"
#include "readings/observation.h"

namespace qala::ingest {

enum class Transport : std::uint8_t { mqtt, gateway, http, import };
constexpr std::size_t kTransports = 4;
std::string_view name_of(Transport transport);

/// Who sends, and what may become of names nobody knows.
struct Source {
  Transport transport = Transport::http;
  std::string name;            ///< token name, for the audit trail and the health page
  ThingId thing;               ///< device tokens: the thing itself; gateways: the gateway
  bool gateway = false;        ///< unknown devices wait in the list as "came through this gateway"
  bool provisioning = false;   ///< unknown devices wait in the list as "came by themselves"
  bool may_create = false;     ///< unknown things are claimed at once (--auto-claim)
  bool past_welcome = false;   ///< times before 2000 are meant: a person or a system of record says so
  bool any_keys = false;       ///< however many datastreams it makes of a thing: a person said so
  bool refuse_future = false;  ///< the sender can be told: times ahead of ours are errors, not restamped
};

/// In Observation::datastream: bit 31 set means "index into Submission::names", the datastream is not known yet.
constexpr std::uint32_t kUnknownSeries = 0x80000000U;

/// A bad line or member of a request: what, where.
struct Problem {
  std::uint32_t line = 0;  ///< from 1
  std::string reason;      ///< counter name: "syntax", "nan", "future", ...
  std::string message;
};

/// How often lines or values were refused for one reason; exact, where problems are cut.
struct Refused {
  std::string reason;
  std::uint32_t count = 0;
  std::string sample;  ///< message of the first, and how what was sent begins
};

/// Proof that something was taken in: kept with the commit, so that a resend is recognised after a crash too.
struct Receipt {
  std::uint64_t high = 0, low = 0;  ///< 128-bit hash of (who, key or packet id, payload)
  friend bool operator==(const Receipt&, const Receipt&) = default;
};

/// What became of a submission, known once its commit is on disk.
struct Report {
  std::uint32_t accepted = 0;    ///< stored or corrected or late
  std::uint32_t duplicates = 0;
  std::uint32_t corrected = 0;
  std::uint32_t late = 0;
  std::uint32_t unclaimed = 0;   ///< waiting in the list
  std::uint32_t rejected = 0;
  std::vector<Problem> problems; ///< at most kMaxProblems; `rejected` counts all
};
constexpr std::size_t kMaxProblems = 100;

/// One request or a round of MQTT messages on its way to the writer.
struct Submission {
  Source source;
  readings::Batch batch;
  std::vector<SeriesName> names;
  std::vector<std::uint32_t> lines;  ///< line of each row, for problems found late; may be empty
  std::vector<Receipt> receipts;
  bool check_receipts = false;  ///< a resend: if every receipt is known, nothing is stored again
  Instant receipts_since = {};  ///< an older receipt is of another message under the same key; 0: any will do
  std::vector<Problem> problems;     ///< found while parsing
  std::vector<Refused> refused;      ///< one per reason
  std::uint32_t rejected = 0;
  std::uint32_t resent = 0;  ///< rows dropped because their receipt is known; set by admission
  /// Called exactly once, on the writer thread, when the commit is on disk (or is not: the error).
  std::function<void(const Result<Report>&)> done;

  /// Before rows are taken out: writes down the lines, so that problems found later still name the right one.
  void number_lines();
  /// 0: the sender knows no lines.
  std::uint32_t line_of(std::size_t row) const;
  /// `said`: what was sent, for the sample; its beginning is enough.
  void reject(std::uint32_t line, std::string_view reason, std::string message, std::string_view said = {});
};

}  // namespace qala::ingest
