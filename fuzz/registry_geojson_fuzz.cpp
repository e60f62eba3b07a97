// Any bytes as a GeoJSON file of things: no crash, and what was accepted exports and imports again without a
// difference.
#include "fuzz_town.h"
#include "registry/document.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace qala;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  registry::Problems problems;
  (void)registry::parse_geojson(text, problems);
  if (!problems.empty()) return 0;  // most inputs: a town is made only for what can be read
  fuzz::Town town, copy;
  const auto report = registry::import_geojson(*town.registry, text, town.actor);
  if (!report || !report->problems.empty()) return 0;
  const std::string exported = registry::export_geojson(*town.registry);
  const auto again = registry::import_geojson(*copy.registry, exported, copy.actor);
  QALA_ASSERT(again && again->problems.empty(), "what we export can be imported");
  QALA_ASSERT(registry::export_geojson(*copy.registry) == exported, "nothing is lost on the way");
  return 0;
}
