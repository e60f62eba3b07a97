// Session descriptions of cameras: what is taken has a codec, a clock and lengths within bounds.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "rtsp/sdp.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto sdp = qala::rtsp::parse_sdp({reinterpret_cast<const char*>(data), size});
  if (!sdp) return 0;
  if (!qala::media::is_video(sdp->video.codec) || sdp->video.clock < 1'000) std::abort();
  if (sdp->audio && (qala::media::is_video(sdp->audio->codec) || sdp->audio->size_length > 16)) std::abort();
  return 0;
}
