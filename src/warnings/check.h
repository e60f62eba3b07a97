#pragma once

#include <string_view>

#include "base/result.h"
#include "warnings/area.h"
#include "warnings/model.h"

namespace qala::warnings {

/// In characters, not bytes. 160 is CAP's own advice for a headline.
struct TextLimits {
  static constexpr std::size_t kHeadline = 160, kDescription = 2000, kInstruction = 2000, kArea = 200;
};
constexpr std::size_t kMostPolygons = 20;
constexpr std::int64_t kLongest = 48 * Instant::kHour;       ///< without Content::longer
constexpr std::int64_t kLongestEver = 30 * Instant::kDay;    ///< with it
/// How long a cancellation stays in the feed, so that everybody who reads it now and then has seen it.
constexpr std::int64_t kCancelShown = 24 * Instant::kHour;

/// Is this text UTF-8 that XML 1.0 can hold? `invalid` names the first character that is not: "U+0001".
Result<> check_characters(std::string_view text);

/// Everything that holds for a message whenever it is written, approved or published at `now`. `town`: the envelope of
/// the town's area, empty if none is known. Area and times of a cancellation are those of what it takes back. `invalid`
/// begins with the field: "texts.kk.headline: is empty". Pure.
Result<> check(const Content& content, Type type, Instant now, const Envelope& town);

/// Extreme or severe: one person alone must not publish it, nor take it back.
bool is_severe(Severity severity);

}  // namespace qala::warnings
