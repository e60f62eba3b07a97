#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "footage/walk.h"

namespace qala::footage {

// The fragments of one file as the index keeps them: some eight bytes each. Grammar: docs/formats/footage.md.
std::string encode_list(std::span<const Fragment> fragments, std::int64_t file_ms, std::uint64_t first_offset);
/// `corrupt`: not such a list, or one that no file can have.
Result<std::vector<Fragment>> decode_list(std::span<const std::byte> bytes, std::int64_t file_ms);

/// What a list says about motion, so that most questions need not read it.
enum class Marks : std::int64_t {
  still = 0,   ///< without a gap, no motion
  motion = 1,  ///< without a gap, motion throughout
  mixed = 2,   ///< look into the list
};
Marks marks_of(std::span<const Fragment> fragments);

/// Fragments of a run that are at most so far apart are continuous.
constexpr std::int64_t kLongestGapMs = 1'000;

}  // namespace qala::footage
