// A chunked body, from strangers: in whatever pieces it arrives, the outcome is the same.
#include <cstdint>
#include <cstdlib>
#include <optional>

#include "http/chunked.h"

using namespace qala::http;

constexpr std::uint64_t kLimit = 4096;

static std::optional<std::string> decode(std::string_view text, std::size_t step) {
  ChunkedDecoder decoder;
  std::string out;
  while (!text.empty() && !decoder.done()) {
    const auto used = decoder.feed(text.substr(0, step), out, kLimit);
    if (!used) return std::nullopt;
    text.remove_prefix(*used);
  }
  if (out.size() > kLimit) std::abort();
  return decoder.done() ? std::optional(out) : std::nullopt;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  const auto whole = decode(text, text.size());
  if (decode(text, 1) != whole || decode(text, data[0] % 16 + 1u) != whole) std::abort();
  return 0;
}
