// Any bytes as a Sparkplug payload, also through the whole host: no crash, texts lie within their batch.
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "sparkplug/host.h"

namespace {

using namespace qala;

struct Nobody final : sparkplug::Publisher, sparkplug::Sink {
  void publish(std::string_view, std::string_view, bool, std::uint8_t) override {}
  void submit(ingest::Submission submission) override {
    for (const auto& row : submission.batch.rows) {
      if (row.type != readings::ValueType::text) continue;
      const auto ref = readings::TextRef::from_bits(row.bits);
      QALA_ASSERT(ref.offset + ref.length <= submission.batch.text.size(), "a text lies within its batch");
    }
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static const ingest::SeriesIndex index(7);
  ingest::Probe probe;
  FakeClock clock;
  Nobody nobody;
  sparkplug::Host host("town", nobody, nobody, index, probe, clock);
  host.start();
  for (const char* topic : {"spBv1.0/g/NBIRTH/n", "spBv1.0/g/DBIRTH/n/d", "spBv1.0/g/NDATA/n", "spBv1.0/g/DDATA/n/d",
                            "spBv1.0/g/DDEATH/n/d", "spBv1.0/g/NDEATH/n"})
    host.overheard(topic, text);
  host.overheard(text.substr(0, size / 2), text.substr(size / 2));
  return 0;
}
