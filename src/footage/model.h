#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace qala::footage {

/// One of the two pictures that a camera sends.
struct StreamId {
  std::uint32_t camera = 0;
  std::uint8_t stream = 0;  ///< 0 main, 1 sub

  friend constexpr auto operator<=>(const StreamId&, const StreamId&) = default;
};
constexpr std::uint8_t kMain = 0, kSub = 1;
/// "main" or "sub": the name of its folder.
constexpr std::string_view name_of_stream(std::uint8_t stream) { return stream == kMain ? "main" : "sub"; }
/// "camera 7 main", for people.
std::string to_text(StreamId id);

/// A stretch of time without a gap that is recorded, of one run and with or without motion throughout. [from, to)
struct Span {
  Instant from = {}, to = {};
  bool motion = false;
  std::uint32_t run = 0;

  friend bool operator==(const Span&, const Span&) = default;
};

/// What is kept at most. 0: no limit.
struct Keep {
  std::int64_t days = 0;  ///< footage that ended longer ago goes, also while there is room: the law's or the town's age
  std::int64_t bytes = 0;  ///< of all cameras of the group and both of their streams together
};
struct Group {
  std::string name = {};
  std::vector<std::uint32_t> cameras = {};
  Keep keep = {};
};
/// What goes when. Holds never go.
struct Retention {
  std::vector<Group> groups = {};
  Keep others = {};  ///< each camera that is in no group, by itself
  std::uint64_t least_free = 2ULL << 30;  ///< bytes of the disk that stay free; the oldest of all cameras goes for it
};

/// Footage that must not go: evidence, an incident that is being looked into. Both streams of the camera, [from, to).
struct Hold {
  std::int64_t id = 0;
  std::uint32_t camera = 0;
  Instant from = {}, to = {};
  Instant until = Instant{INT64_MAX};  ///< ends by itself then; the default: never
  std::string reason = {};  ///< case number or the like, for who looks at the list
  std::string by = {};  ///< user name
};

}  // namespace qala::footage
