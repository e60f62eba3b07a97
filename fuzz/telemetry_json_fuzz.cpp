// Any bytes as telemetry of a device and of a gateway: no crash; device names only from gateways; numbers keep a scale
// that can be written.
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "ingest/telemetry_json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace qala;
  using namespace qala::ingest;
  // Devices may send what is no text at all: the bytes go in as they are.
  const std::string_view json(reinterpret_cast<const char*>(data), size);
  bool gateway = false;
  const EachValue each = [&](const TelemetryValue& value) {
    QALA_ASSERT(gateway || value.device.empty(), "a device speaks for itself only");
    QALA_ASSERT(value.type != readings::ValueType::decimal || (value.scale >= -18 && value.scale <= 18), "scale");
    QALA_ASSERT(value.text.size() <= size + 64, "a text is no longer than what it came from");
  };
  const EachProblem problem = [](std::string_view reason, const std::string&) {
    QALA_ASSERT(!reason.empty(), "a problem has a name");
  };
  (void)parse_device_telemetry(json, each, problem);
  gateway = true;
  (void)parse_gateway_telemetry(json, each, problem);
  (void)parse_gateway_device(json);
  return 0;
}
