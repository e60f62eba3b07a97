// Any bytes as a message of either network server: no crash; what is taken keeps to its limits.
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "lorawan/fields.h"
#include "lorawan/message.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace qala;
  using namespace qala::lorawan;
  const std::string_view json(reinterpret_cast<const char*>(data), size);
  for (const ServerKind kind : {ServerKind::chirpstack, ServerKind::tts}) {
    const auto message = parse(kind, "", json);
    if (!message) {
      QALA_ASSERT(!message.error().message.empty(), "why is said");
      continue;
    }
    QALA_ASSERT(!message->device.empty() && message->device.size() <= 100, "a message is of a device");
    QALA_ASSERT(message->payload.size() <= kMaxPayload, "a payload is short");
    (void)event_time(*message, {});
    (void)link_margin(*message);
  }
  if (const auto answer = parse_object(json)) {
    for (const auto& field : list_fields(*answer)) (void)find(*answer, field.path);
    (void)find(*answer, "data.a[*].b[0]");
    (void)said(*answer);
  }
  return 0;
}
