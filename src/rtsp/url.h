#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace qala::rtsp {

struct Url {
  std::string host;  ///< without the brackets of IPv6
  std::uint16_t port = 554;
  std::string uri;             ///< as requests carry it: without user and password
  std::string user, password;  ///< percent-decoded, when the address held them
};
/// rtsp://[user[:password]@]host[:port][/path][?query]. A password may hold '@'; '/' is written %2F.
Result<Url> parse_url(std::string_view text);

/// Where a track is controlled: `control` of the SDP may be absolute, relative to `base`, "*" or empty.
std::string resolve_control(std::string_view base, std::string_view control);

}  // namespace qala::rtsp
