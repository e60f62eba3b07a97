#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "sensorthings/evaluate.h"
#include "sensorthings/town_facts.h"

namespace qala::sensorthings {

/// A second observation of the same datastream and time lies some nanoseconds further in the store: at most this many.
constexpr std::int64_t kMaxShift = 1'000'000;

/// What a filter over observations rules out before any is read.
struct Bounds {
  static constexpr std::int64_t kFirst = std::numeric_limits<std::int64_t>::min();
  static constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max();
  readings::Window exact{kFirst, kLast};  ///< for datastreams of plain instants: these and no others
  readings::Window wide{kFirst, kLast};   ///< for those with intervals and shifted ones: no others
  std::uint64_t id_from = 1, id_to = std::numeric_limits<std::uint64_t>::max();  ///< inclusive
  std::vector<DatastreamId> streams = {};
  bool complete = true;  ///< nothing of the filter is left to be judged row by row (of plain datastreams)
  bool in_time = false;  ///< the filter speaks of time
};

/// `streams`: the candidates; those that the filter rules out by what it says of the datastream alone are left out.
Result<Bounds> bounds_of(const Query& query, std::vector<DatastreamId> streams, const TownFacts& facts,
                         Evaluator& evaluator);

}  // namespace qala::sensorthings
