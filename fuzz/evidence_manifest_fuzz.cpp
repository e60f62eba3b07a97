// A manifest of evidence: refused, or written and read again as the same.
#include <cstdlib>
#include <string_view>

#include "footage/manifest.h"

using namespace qala::footage;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)has_its_checksum(text);
  const auto manifest = read_manifest(text);
  if (!manifest) return 0;
  const std::string written = write_manifest(*manifest);
  if (!has_its_checksum(written)) std::abort();
  const auto back = read_manifest(written);
  if (!back || write_manifest(*back) != written) std::abort();
  return 0;
}
