// moof and mdat read back, ours and those of ffmpeg: one track in a fragment, offsets from the moof. A tfhd's base
// data offset, which counts from the start of a file that we do not see, is taken as the moof's own place.
#include <array>
#include <functional>
#include <limits>

#include <fmt/format.h>

#include "media/boxes.h"

namespace qala::media {
namespace {

constexpr std::uint64_t kLatest = std::uint64_t{1} << 62;
constexpr std::uint64_t kMostSamples = 1'000'000;

Error corrupt(std::string_view what) { return fail(ErrorKind::corrupt, fmt::format("fragment: {}", what)); }

struct Entry {
  std::uint64_t offset = 0;  // from the moof
  std::uint32_t size = 0;
  std::uint32_t duration = 0;
  std::int32_t composition = 0;
  bool key = false;
};

struct Traf {
  std::uint32_t track = 0;
  std::uint32_t duration = 0, size = 0, flags = 0;  // where a run does not say
  std::uint64_t dts = 0;
};

Result<Traf> read_traf_head(std::string_view traf) {
  const auto tfhd = find_box(traf, "tfhd");
  if (!tfhd) return corrupt("no tfhd");
  ByteReader in(*tfhd);
  const auto flags = in.u32() & 0xffffffu;
  Traf out;
  out.track = in.u32();
  if (flags & 0x1u) in.skip(8);
  if (flags & 0x2u) in.skip(4);
  if (flags & 0x8u) out.duration = in.u32();
  if (flags & 0x10u) out.size = in.u32();
  if (flags & 0x20u) out.flags = in.u32();
  if (in.failed()) return corrupt("tfhd is torn");
  if (const auto tfdt = find_box(traf, "tfdt")) {
    ByteReader time(*tfdt);
    const auto version = time.u32() >> 24;
    out.dts = version == 1 ? time.u64() : time.u32();
    if (time.failed()) return corrupt("tfdt is torn");
  }
  if (out.dts > kLatest) return corrupt("decode time is out of range");
  return out;
}

/// Where the next run's bytes begin, and how many samples came so far.
struct Place {
  std::uint64_t offset = 0;
  std::uint64_t samples = 0;
};

using Each = std::function<Result<>(const Entry&)>;

Result<> read_run(std::string_view trun, const Traf& traf, Place& place, const Each& each) {
  ByteReader in(trun);
  const auto flags = in.u32() & 0xffffffu;
  const auto count = in.u32();
  if (flags & 0x1u) place.offset = in.u32();
  std::uint32_t first_flags = traf.flags;
  if (flags & 0x4u) first_flags = in.u32();
  unsigned width = 0;
  for (const auto bit : {0x100u, 0x200u, 0x400u, 0x800u}) width += flags & bit ? 4 : 0;
  if (in.failed() || in.left() / (width ? width : 1) < (width ? count : 0)) return corrupt("trun is torn");
  if (width == 0 && traf.size == 0 && count > 0) return corrupt("samples without bytes");
  for (std::uint32_t i = 0; i < count; i++) {
    if (++place.samples > kMostSamples) return corrupt("too many samples");
    Entry entry{.offset = place.offset, .size = traf.size, .duration = traf.duration};
    std::uint32_t sample_flags = i == 0 ? first_flags : traf.flags;
    if (flags & 0x100u) entry.duration = in.u32();
    if (flags & 0x200u) entry.size = in.u32();
    if (flags & 0x400u) sample_flags = in.u32();
    if (flags & 0x800u) entry.composition = static_cast<std::int32_t>(in.u32());
    entry.key = (sample_flags & 0x10000u) == 0;
    place.offset += entry.size;
    TRY_VOID(each(entry));
  }
  return {};
}

/// moof's only traf, its samples one by one.
Result<Traf> read_moof(std::string_view moof, std::uint64_t moof_size, const Each& each) {
  const auto content = find_box(moof, "traf");
  if (!content) return corrupt("no traf");
  int trafs = 0;
  for (BoxWalk walk(moof); walk.next();) trafs += walk.type == "traf";
  if (trafs != 1) return fail(ErrorKind::invalid, "fragment of several tracks");
  TRY(const auto traf, read_traf_head(*content));
  Place place{.offset = moof_size + 8};
  BoxWalk walk(*content);
  while (walk.next()) {
    if (walk.type == "trun") TRY_VOID(read_run(walk.content, traf, place, each));
  }
  if (walk.failed()) return corrupt("traf is torn");
  if (place.samples == 0) return corrupt("no samples");
  return traf;
}

struct Moof {
  std::string_view content;
  std::uint64_t size = 0;
};

Result<Moof> open_moof(std::string_view bytes) {
  TRY(const auto box, read_box(bytes));
  if (!box.is("moof")) return corrupt("does not begin with a moof");
  if (box.size == 0 || box.size > bytes.size()) return corrupt("moof is torn");
  return Moof{.content = bytes.substr(box.header, static_cast<std::size_t>(box.size - box.header)), .size = box.size};
}

}  // namespace

Result<FragmentHead> read_fragment_head(std::string_view moof_box) {
  TRY(const auto moof, open_moof(moof_box));
  FragmentHead head;
  std::uint64_t data = 0;
  TRY(const auto traf, read_moof(moof.content, moof.size, [&](const Entry& entry) -> Result<> {
        if (head.samples++ == 0) head.key = entry.key;
        head.duration += entry.duration;
        data += entry.size;
        return {};
      }));
  head.track = traf.track;
  head.dts = static_cast<std::int64_t>(traf.dts);
  head.bytes = moof.size + 8 + data;
  // The mdat itself knows best, when it is here: another writer's may be longer than its samples.
  const auto mdat = read_box(moof_box.substr(static_cast<std::size_t>(moof.size)));
  if (mdat && mdat->is("mdat") && mdat->size <= kLatest) head.bytes = moof.size + mdat->size;
  return head;
}

Result<std::vector<Sample>> read_fragment(std::string_view moof_and_mdat) {
  TRY(const auto moof, open_moof(moof_and_mdat));
  const auto behind = moof_and_mdat.substr(static_cast<std::size_t>(moof.size));
  TRY(const auto mdat, read_box(behind));
  if (!mdat.is("mdat")) return corrupt("no mdat behind its moof");
  if (mdat.size == 0 || mdat.size > behind.size()) return corrupt("mdat is torn");
  const auto first = moof.size + mdat.header;
  const auto end = moof.size + mdat.size;
  std::vector<Sample> samples;
  std::uint64_t after = 0;
  std::uint64_t used = 0;
  TRY(const auto traf, read_moof(moof.content, moof.size, [&](const Entry& entry) -> Result<> {
        if (entry.offset < first || entry.offset > end || entry.size > end - entry.offset) {
          return corrupt("a sample lies outside of the mdat");
        }
        used += entry.size;
        if (used > mdat.size) return corrupt("samples overlap");
        samples.push_back(
            {.dts = static_cast<std::int64_t>(after),
             .composition = entry.composition,
             .duration = entry.duration,
             .key = entry.key,
             .data = std::string(moof_and_mdat.substr(static_cast<std::size_t>(entry.offset), entry.size))});
        after += entry.duration;
        return {};
      }));
  for (auto& sample : samples) sample.dts += static_cast<std::int64_t>(traf.dts);
  return samples;
}

Result<std::vector<Track>> read_init_tracks(std::string_view init) {
  const auto movie = find_box(init, "moov");
  if (!movie) return fail(ErrorKind::corrupt, "init segment without a readable moov");
  std::vector<Track> tracks;
  std::vector<std::uint32_t> ids;
  BoxWalk walk(*movie);
  while (walk.next()) {
    if (walk.type != "trak") continue;
    if (tracks.size() >= 16) return fail(ErrorKind::invalid, "init segment with more than 16 tracks");
    TRY(auto parsed, parse_track(walk.content));
    if (!parsed) continue;
    std::size_t at = 0;
    while (at < ids.size() && ids[at] <= parsed->id) at++;
    ids.insert(ids.begin() + static_cast<std::ptrdiff_t>(at), parsed->id);
    tracks.insert(tracks.begin() + static_cast<std::ptrdiff_t>(at), std::move(parsed->track));
  }
  if (walk.failed()) return fail(ErrorKind::corrupt, "moov is torn");
  return tracks;
}

Result<Track> read_init(std::string_view init) {
  TRY(auto tracks, read_init_tracks(init));
  for (auto& track : tracks) {
    if (is_video(track.codec)) return std::move(track);
  }
  return fail(ErrorKind::not_found, "init segment without a video track that we know");
}

}  // namespace qala::media
