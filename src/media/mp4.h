#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "media/format.h"

/// Plain MP4 files: written for export without re-encoding, read for tests, simulated cameras and imports.
namespace qala::media {

/// A sample of a plain MP4 without its bytes.
struct SampleHead {
  std::int64_t dts = 0;
  std::int32_t composition = 0;
  std::uint32_t duration = 0;
  std::uint32_t size = 0;
  bool key = false;
  std::uint64_t offset = 0;  ///< reading: where its bytes are in the file. Writing: not looked at
};

struct Mp4Track {
  Track track;
  std::vector<SampleHead> samples;  ///< ascending dts
};

using Sink = std::function<Result<>(std::string_view bytes)>;
/// Bytes of sample `sample` of `tracks[track]`; as many as its head says.
using ReadSample = std::function<Result<std::string>(std::size_t track, std::size_t sample)>;

/// ftyp, moov, mdat: moov first, so that a player begins at once. Tracks are interleaved by half seconds; the samples
/// are asked for in that order, one at a time, so that memory holds one. Tracks begin together at the smallest dts. A
/// sample lasts until the next one's dts. Files over 4 GB are fine. The first error of `read` or `sink` ends it.
Result<> write_mp4(std::span<const Mp4Track> tracks, const ReadSample& read, const Sink& sink);

/// Tracks that we know the codec of, in the order of the file; others are left out. `file` is the whole file.
Result<std::vector<Mp4Track>> read_mp4(std::string_view file);

}  // namespace qala::media
