#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sensorthings/value.h"

namespace qala::sensorthings {

/// Where a page ended: what it was sorted by, and the id of its last entity. In a nextLink as text without meaning.
struct Mark {
  std::vector<Value> keys;
  std::uint64_t id = 0;
};
std::string write_mark(const Mark& mark);
std::optional<Mark> read_mark(std::string_view text);

}  // namespace qala::sensorthings
