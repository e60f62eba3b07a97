#include "footage/fragment_list.h"

namespace qala::footage {

namespace {

// list     = version:u8=1 first_offset:varint count:varint fragment*
// fragment = skipped:varint  bytes between the end of the fragment before and its mark (0 but behind damage)
//            drift:zigzag    at_ms minus the end of the fragment before (first: minus the file's at_ms)
//            duration_ms:varint  (bytes << 2 | motion << 1 | key):varint
constexpr unsigned kVersion = 1;
constexpr std::size_t kMostFragments = 1 << 20;
constexpr std::uint64_t kFarthest = std::uint64_t{1} << 45;

void put(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : bytes_(bytes) {}
  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (bytes_.empty()) break;
      const auto byte = std::to_integer<std::uint64_t>(bytes_.front());
      bytes_ = bytes_.subspan(1);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    failed_ = true;
    return 0;
  }
  std::int64_t difference() {
    const std::uint64_t value = number();
    return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
  }
  bool failed() const { return failed_; }
  std::size_t left() const { return bytes_.size(); }

 private:
  std::span<const std::byte> bytes_;
  bool failed_ = false;
};

Error bad_list() { return fail(ErrorKind::corrupt, "the index has a list of fragments that is damaged"); }

}  // namespace

std::string encode_list(std::span<const Fragment> fragments, std::int64_t file_ms, std::uint64_t first_offset) {
  std::string out;
  put(out, kVersion);
  put(out, first_offset);
  put(out, fragments.size());
  std::uint64_t offset = first_offset;
  std::int64_t end_ms = file_ms;
  for (const auto& one : fragments) {
    put(out, one.offset - offset);
    const std::int64_t drift = one.at_ms - end_ms;
    put(out, static_cast<std::uint64_t>(drift) << 1 ^ static_cast<std::uint64_t>(drift >> 63));
    put(out, one.duration_ms);
    put(out, std::uint64_t{one.bytes} << 2 | (one.motion ? 2U : 0U) | (one.key ? 1U : 0U));
    offset = one.end();
    end_ms = one.end_ms();
  }
  return out;
}

Result<std::vector<Fragment>> decode_list(std::span<const std::byte> bytes, std::int64_t file_ms) {
  Reader in(bytes);
  if (in.number() != kVersion) return bad_list();
  std::uint64_t offset = in.number();
  const std::uint64_t count = in.number();
  if (in.failed() || count > kMostFragments || count > in.left() || offset > kFarthest) return bad_list();
  std::vector<Fragment> fragments;
  fragments.reserve(count);
  std::int64_t end_ms = file_ms;
  for (std::uint64_t at = 0; at < count; at++) {
    const std::uint64_t skipped = in.number();
    const std::int64_t drift = in.difference();
    const std::uint64_t duration = in.number();
    const std::uint64_t packed = in.number();
    if (in.failed() || skipped > kFarthest || duration > UINT32_MAX || packed >> 2 > kLargestFragment ||
        drift > kLatestMs || drift < -kLatestMs)
      return bad_list();
    const Fragment one{.offset = offset + skipped,
                       .bytes = static_cast<std::uint32_t>(packed >> 2),
                       .at_ms = end_ms + drift,
                       .duration_ms = static_cast<std::uint32_t>(duration),
                       .key = (packed & 1) != 0,
                       .motion = (packed & 2) != 0};
    if (one.offset > kFarthest || one.at_ms < 0 || one.at_ms > kLatestMs) return bad_list();
    fragments.push_back(one);
    offset = one.end();
    end_ms = one.end_ms();
  }
  if (in.left() != 0) return bad_list();
  return fragments;
}

Marks marks_of(std::span<const Fragment> fragments) {
  if (fragments.empty()) return Marks::still;
  const bool motion = fragments.front().motion;
  for (std::size_t at = 0; at < fragments.size(); at++) {
    if (fragments[at].motion != motion) return Marks::mixed;
    if (at > 0 && fragments[at].at_ms - fragments[at - 1].end_ms() > kLongestGapMs) return Marks::mixed;
  }
  return motion ? Marks::motion : Marks::still;
}

}  // namespace qala::footage
