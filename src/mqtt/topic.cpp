#include "mqtt/topic.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "base/utf8.h"

namespace qala::mqtt {
namespace {

constexpr std::size_t kMaxLevels = 200;  // below the first
constexpr std::string_view kShare = "$share/";

/// Eight bytes at a time while all are ASCII and none is zero.
std::size_t plain_prefix(std::string_view text) {
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + at, 8);
    constexpr std::uint64_t kHigh = 0x8080808080808080, kOnes = 0x0101010101010101;
    if ((word & kHigh) || ((word - kOnes) & ~word & kHigh)) break;
  }
  return at;
}

bool too_deep(std::string_view topic) { return static_cast<std::size_t>(std::ranges::count(topic, '/')) > kMaxLevels; }

}  // namespace

bool valid_utf8(std::string_view text) {
  text.remove_prefix(plain_prefix(text));
  while (!text.empty()) {
    const auto [code, bytes] = utf8::first(text);
    if (code == 0) return false;
    text.remove_prefix(bytes);
  }
  return true;
}

bool valid_topic_name(std::string_view topic) {
  return !topic.empty() && topic.find_first_of("+#") == std::string_view::npos && !too_deep(topic);
}

bool valid_topic_filter(std::string_view filter) {
  if (filter.starts_with(kShare)) {
    const auto shared = split_shared(filter);
    if (shared.group.empty() || shared.group.find_first_of("+#") != std::string_view::npos) return false;
    filter = shared.filter;
  }
  if (filter.empty() || too_deep(filter)) return false;
  Levels levels(filter);
  for (std::string_view level; levels.next(level);) {
    if (level == "+") continue;
    if (level == "#") return levels.last();
    if (level.find_first_of("+#") != std::string_view::npos) return false;
  }
  return true;
}

bool topic_matches(std::string_view filter, std::string_view topic) {
  if (topic.starts_with('$') && (filter.starts_with('+') || filter.starts_with('#'))) return false;
  Levels want(filter), have(topic);
  std::string_view w, h;
  while (want.next(w)) {
    if (w == "#") return true;
    if (!have.next(h)) return false;
    if (w != "+" && w != h) return false;
    if (have.last() && !want.last()) {  // "a/#" covers "a"
      return want.next(w) && w == "#";
    }
  }
  return have.last();
}

SharedFilter split_shared(std::string_view filter) {
  if (!filter.starts_with(kShare)) return {{}, filter};
  const auto rest = filter.substr(kShare.size());
  const auto slash = rest.find('/');
  if (slash == std::string_view::npos) return {rest, {}};
  return {rest.substr(0, slash), rest.substr(slash + 1)};
}

}  // namespace qala::mqtt
