// A gzip body, from strangers: never more than the limit comes out.
#include <cstdint>
#include <cstdlib>

#include "http/coding.h"

using namespace qala::http;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::uint64_t limit = 100'000;
  const std::string_view packed(reinterpret_cast<const char*>(data), size);
  const auto whole = gunzip(packed, limit);
  if (whole && whole->size() > limit) std::abort();
  Gunzip unpacker(limit);
  std::string out;
  bool good = true;
  for (std::size_t at = 0; good && at < packed.size(); at += 7)
    good = unpacker.feed(packed.substr(at, 7), out).has_value();
  if (out.size() > limit + 1) std::abort();
  if (whole && (!good || !unpacker.complete() || out != *whole)) std::abort();
  return 0;
}
