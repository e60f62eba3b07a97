#include "media/format.h"

namespace qala::media {

std::string_view name_of(Codec codec) {
  switch (codec) {
    case Codec::h264: return "h264";
    case Codec::h265: return "h265";
    case Codec::aac: return "aac";
    case Codec::pcma: return "pcma";
    case Codec::pcmu: return "pcmu";
  }
  return "unknown";
}

}  // namespace qala::media
