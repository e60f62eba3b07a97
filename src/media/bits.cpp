#include "media/bits.h"

namespace qala::media {

std::string unescape(std::string_view nal) {
  std::string out;
  out.reserve(nal.size());
  unsigned zeros = 0;
  for (const char c : nal) {
    if (zeros >= 2 && c == 3) {
      zeros = 0;
      continue;
    }
    zeros = c == 0 ? zeros + 1 : 0;
    out.push_back(c);
  }
  return out;
}

void skip_vui_beginning(BitReader& in) {
  if (in.flag() && in.bits(8) == 255) in.skip(32);  // aspect ratio
  if (in.flag()) in.skip(1);                        // overscan
  if (in.flag()) {                                  // video signal
    in.skip(4);
    if (in.flag()) in.skip(24);
  }
  if (in.flag()) {  // chroma location
    in.ue();
    in.ue();
  }
}

}  // namespace qala::media
