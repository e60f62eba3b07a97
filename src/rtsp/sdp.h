#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "media/format.h"

namespace qala::rtsp {

/// One stream of a session description that we can take.
struct SdpMedia {
  media::Codec codec = media::Codec::h264;
  std::uint8_t payload_type = 0;
  std::uint32_t clock = 90'000;
  std::uint32_t channels = 1;
  std::string control;  ///< as it stands there
  /// NAL units of sprop-parameter-sets, or of sprop-vps, -sps and -pps. What is no base64 is left out.
  std::vector<std::string> parameter_sets;
  bool decoding_order_numbers = false;  ///< H.265 with sprop-max-don-diff > 0
  std::string aac_config;               ///< AudioSpecificConfig
  unsigned size_length = 13, index_length = 3, index_delta_length = 3;
};

struct Sdp {
  std::string control;  ///< of the session
  SdpMedia video;
  std::optional<SdpMedia> audio;  ///< the first that we can take; none is no error
};

/// The first video stream that we can take. `corrupt`: no session description; `invalid`: one without such a stream,
/// the message names what it has instead. At most 64 KB and 32 media.
Result<Sdp> parse_sdp(std::string_view text);

}  // namespace qala::rtsp
