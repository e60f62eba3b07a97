// Plain MP4 files of anybody: every sample lies within the file, or the file is refused.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "media/mp4.h"

using namespace qala::media;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto tracks = read_mp4(bytes);
  if (!tracks) return 0;
  for (const auto& track : *tracks) {
    for (const auto& sample : track.samples) {
      if (sample.offset > size || sample.size > size - sample.offset) std::abort();
    }
  }
  return 0;
}
