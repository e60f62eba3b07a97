// The manifest: refused or taken, and what is taken is written and read again as the same. The input is its body.
#include <cstdlib>
#include <span>

#include "base/crc32c.h"
#include "readings/manifest.h"
#include "readings/superseded.h"
#include "readings/varint.h"

using namespace qala;
using namespace qala::readings;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  Batch rows;
  (void)read_superseded(bytes, rows);
  (void)Manifest::decode(bytes);
  // Datastreams claim memory by their number: a few bytes may honestly ask for 16 M of them.
  if (size > 4096) return 0;
  for (const unsigned version : {1u, Manifest::kVersion}) {
    std::string framed("QALAMAN");
    put_byte(framed, version);
    put_fixed(framed, std::uint64_t{size});
    framed.append(reinterpret_cast<const char*>(data), size);
    put_fixed(framed, crc32c(bytes_of(framed)));
    const auto manifest = Manifest::decode(bytes_of(framed));
    if (!manifest) continue;
    const std::string again = manifest->encode();
    const auto back = Manifest::decode(bytes_of(again));
    if (!back || back->encode().size() != again.size() || back->files.size() != manifest->files.size()) std::abort();
  }
  return 0;
}
