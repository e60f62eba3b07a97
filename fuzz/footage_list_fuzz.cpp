// The index's list of fragments: refused, or written and read again as the same.
#include <cstdlib>
#include <span>

#include "footage/fragment_list.h"

using namespace qala::footage;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::int64_t kFrom = 1'768'660'800'000;
  const auto list = decode_list(std::as_bytes(std::span(data, size)), kFrom);
  if (!list) return 0;
  (void)marks_of(*list);
  const std::uint64_t first = list->empty() ? 0 : list->front().offset;
  const std::string again = encode_list(*list, kFrom, first);
  const auto back = decode_list(std::as_bytes(std::span(again)), kFrom);
  if (!back || *back != *list) std::abort();
  return 0;
}
