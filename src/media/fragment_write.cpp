// ftyp moov(mvhd trak* mvex(trex*)); moof(mfhd traf(tfhd tfdt trun)) mdat. ISO 14496-12 8.8.
#include <algorithm>
#include <limits>

#include "base/assert.h"
#include "media/boxes.h"

namespace qala::media {
namespace {

constexpr std::uint32_t kKeySample = 0x02000000;    // depends on no other
constexpr std::uint32_t kOtherSample = 0x01010000;  // depends on others; not a sync sample

std::uint32_t lasting(std::span<const Sample> samples, std::size_t i) {
  if (i + 1 == samples.size()) return samples[i].duration;
  const auto until = samples[i + 1].dts - samples[i].dts;
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(until, 0, std::numeric_limits<std::uint32_t>::max()));
}

}  // namespace

std::string init_segment(const Track& video, const Track* audio) {
  std::string out;
  out.reserve(1'536);
  put_file_type(out, "iso5");
  {
    const OpenBox movie(out, "moov");
    put_movie_header(out, 0, audio ? 3 : 2);
    put_track(out, video, 1, {}, {});
    if (audio) put_track(out, *audio, 2, {}, {});
    const OpenBox extends(out, "mvex");
    for (std::uint32_t id = 1; id <= (audio ? 2u : 1u); id++) {
      const OpenBox box(out, "trex", 0, 0);
      put32(out, id);
      put32(out, 1);  // sample description
      put32(out, 0);
      put32(out, 0);
      put32(out, 0);
    }
  }
  return out;
}

std::string fragment(std::uint32_t sequence, std::uint32_t track, std::span<const Sample> samples) {
  QALA_ASSERT(!samples.empty(), "a fragment has a sample");
  QALA_ASSERT(samples.front().dts >= 0, "decode times count from the run's start");
  std::size_t bytes = 0;
  for (const auto& sample : samples) bytes += sample.data.size();
  QALA_ASSERT(bytes < std::numeric_limits<std::uint32_t>::max() - 8, "a fragment is smaller than 4 GB");
  std::string out;
  out.reserve(bytes + 108 + samples.size() * 16);
  std::size_t offset_at = 0;
  {
    const OpenBox moof(out, "moof");
    {
      const OpenBox header(out, "mfhd", 0, 0);
      put32(out, sequence);
    }
    const OpenBox traf(out, "traf");
    {
      const OpenBox header(out, "tfhd", 0, 0x20000);  // offsets count from the moof
      put32(out, track);
    }
    {
      const OpenBox time(out, "tfdt", 1, 0);
      put64(out, static_cast<std::uint64_t>(samples.front().dts));
    }
    const OpenBox run(out, "trun", 1, 0xf01);  // offset; duration, size, flags, composition of each
    put32(out, static_cast<std::uint32_t>(samples.size()));
    offset_at = out.size();
    put32(out, 0);
    for (std::size_t i = 0; i < samples.size(); i++) {
      put32(out, lasting(samples, i));
      put32(out, static_cast<std::uint32_t>(samples[i].data.size()));
      put32(out, samples[i].key ? kKeySample : kOtherSample);
      put32(out, static_cast<std::uint32_t>(samples[i].composition));
    }
  }
  std::string offset;
  put32(offset, static_cast<std::uint32_t>(out.size() + 8));
  out.replace(offset_at, 4, offset);
  put32(out, static_cast<std::uint32_t>(bytes + 8));
  out += "mdat";
  for (const auto& sample : samples) out += sample.data;
  return out;
}

}  // namespace qala::media
