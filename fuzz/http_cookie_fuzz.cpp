// A Cookie header, from strangers: the first byte says how long the name is that is looked for.
#include <cstdint>
#include <cstdlib>

#include "http/coding.h"
#include "http/cookie.h"
#include "http/files.h"

using namespace qala::http;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  const auto name = text.substr(0, data[0]);
  const auto header = text.substr(name.size());
  const auto value = find_cookie(header, name);
  if (!value.empty() && (value.data() < header.data() || value.data() + value.size() > header.data() + header.size()))
    std::abort();
  // small readers of header values, of the same kind
  ByteRange range;
  if (parse_range(header, 1000, range) == RangeKind::part && (range.count == 0 || range.first + range.count > 1000))
    std::abort();
  (void)none_match_hits(header, name);
  (void)accepts_gzip(header);
  (void)is_hashed_name(header);
  return 0;
}
