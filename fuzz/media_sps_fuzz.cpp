// Parameter sets of cameras: described within bounds or refused; a track made of them has a record that reads back.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "media/format.h"

using namespace qala::media;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view nal(reinterpret_cast<const char*>(data), size);
  for (const auto& sequence : {parse_h264_sps(nal), parse_h265_sps(nal)}) {
    if (!sequence) continue;
    if (sequence->width == 0 || sequence->height == 0 || sequence->width > 16'384 || sequence->height > 16'384) {
      std::abort();
    }
    if (sequence->fps < 0 || sequence->fps > 1'000 || sequence->reorder > 16) std::abort();
  }
  const std::string_view pps("\x68\xeb\xe1", 3);
  if (const auto track = h264_track(std::span(&nal, 1), std::span(&pps, 1))) {
    const auto sets = parameter_sets(*track);
    if (!sets || sets->size() != 2 || sets->front() != nal) std::abort();
  }
  (void)aac_track(nal).has_value();
  return 0;
}
