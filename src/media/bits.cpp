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

}  // namespace qala::media
