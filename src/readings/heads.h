#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <unordered_map>
#include <vector>

#include "readings/observation.h"
#include "readings/places.h"

namespace qala::readings {

/// What the writer knows of one datastream: its newest reading and where its ordinals stand.
struct Head {
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::min();

  std::int64_t pending = kNever;  ///< writer only: newest time including the commit being made
  std::int64_t bound = kNever;    ///< newest time ever appended; a later one is in order
  std::int64_t time = kNever;     ///< of the newest reading that is there
  std::int64_t bits = 0;          ///< text and json: see Heads::texts
  std::uint64_t plain_next = 0;   ///< next ordinal of a plain row
  std::uint64_t odd_next = 0;     ///< next ordinal of an odd row, without kOddOrdinal
  std::uint16_t flags = 0;
  ValueType type = ValueType::decimal;
  std::int8_t scale = 0;
  Pace pace;
};

/// By datastream id.
struct Heads {
  std::vector<Head> rows;
  std::unordered_map<std::uint32_t, std::string> texts;
  Places places;
};

}  // namespace qala::readings
