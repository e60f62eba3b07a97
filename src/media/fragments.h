#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "media/format.h"

/// Fragmented MP4 (ISO 14496-12), as MSE and every player eat it: an init segment (ftyp, moov with mvex), then
/// fragments (moof, mdat) of one track each. What is read comes from files that may be torn or hostile: clear errors,
/// nothing read beyond the bytes handed in, memory in proportion to them.
namespace qala::media {

/// Track ids: 1 video, 2 audio.
std::string init_segment(const Track& video, const Track* audio = nullptr);

/// moof and mdat of one track (1 or 2). Its decode time is the first sample's dts, which must not be negative. A sample
/// lasts until the next one's dts; the last as long as it says itself. `samples` must not be empty.
std::string fragment(std::uint32_t sequence, std::uint32_t track, std::span<const Sample> samples);

struct FragmentHead {
  std::uint64_t bytes = 0;  ///< moof and mdat together
  std::uint32_t track = 0;
  std::int64_t dts = 0;
  std::int64_t duration = 0;  ///< in the track's clock
  bool key = false;  ///< the first sample is a key frame
  std::uint32_t samples = 0;
};
/// From a moof box alone (`moof_box` may go on behind it): enough to index a file without reading its pictures.
Result<FragmentHead> read_fragment_head(std::string_view moof_box);

/// One moof and its mdat, ours or of another writer with one track in a fragment. Bytes behind the mdat are ignored.
Result<std::vector<Sample>> read_fragment(std::string_view moof_and_mdat);

/// The video track of our own and of ffmpeg's init segments.
Result<Track> read_init(std::string_view init);
/// Both tracks of an init segment, in the order of their ids.
Result<std::vector<Track>> read_init_tracks(std::string_view init);

/// Where a box ends: reads `size type` at the front. `size` counts the header.
struct Box {
  std::uint64_t size = 0;
  std::uint32_t header = 8;  ///< bytes before the content: 8, or 16 with a 64-bit size
  char type[4] = {};
  bool is(std::string_view name) const { return std::string_view(type, 4) == name; }
};
/// Needs 16 bytes at most. `unavailable`: too few bytes to tell; `corrupt`: no box.
Result<Box> read_box(std::string_view bytes);

}  // namespace qala::media
