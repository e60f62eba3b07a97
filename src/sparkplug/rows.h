#pragma once

#include <map>
#include <string>

#include "ingest/series.h"
#include "ingest/submission.h"
#include "sparkplug/payload.h"

namespace qala::sparkplug {

/// What a metric's value is here, or why it is none.
enum class Taken : std::uint8_t { fine, none, kind };  ///< none: null, or no value; kind: of a type that is not read

/// Metrics of one thing as rows of a submission. Network thread; lives for one message.
class Rows {
 public:
  Rows(const ingest::SeriesIndex& index, ingest::Submission& into, std::string thing, Instant now)
      : reader_(index), seed_(index.seed()), into_(into), thing_(std::move(thing)), now_(now) {}

  /// `datatype`: the metric's own or that of its birth. `payload_ms`: the time of the message, for metrics without one.
  Taken add(const std::string& key, const Metric& metric, std::uint32_t datatype,
            std::optional<std::uint64_t> payload_ms);
  void add_flag(const std::string& key, bool on);

 private:
  void put(const std::string& key, readings::Observation row, std::string_view text);

  ingest::SeriesIndex::Reader reader_;
  std::uint64_t seed_;
  ingest::Submission& into_;
  std::string thing_;
  Instant now_;
  std::map<std::string, std::uint32_t> names_;
};

}  // namespace qala::sparkplug
