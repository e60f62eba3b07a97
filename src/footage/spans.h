#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "footage/model.h"

namespace qala::footage {

/// Joins what is continuous into spans. Pure.
class SpanJoiner {
 public:
  /// Everything is cut to [from_ms, to_ms).
  SpanJoiner(std::int64_t from_ms, std::int64_t to_ms) : from_ms_(from_ms), to_ms_(to_ms) {}

  /// In the order of their beginnings within a run.
  void add(std::uint32_t run, std::int64_t from_ms, std::int64_t to_ms, bool motion);
  std::vector<Span> spans() && { return std::move(spans_); }

 private:
  std::int64_t from_ms_, to_ms_;
  std::int64_t end_ms_ = 0;  ///< of the last one before it was cut
  std::vector<Span> spans_;
};

}  // namespace qala::footage
