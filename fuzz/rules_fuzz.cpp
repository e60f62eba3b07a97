// Rule files come from people: whatever is in them, a rule that is accepted is valid and reads back the same.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "alarms/rules.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto rules = qala::alarms::parse_rules(text, "fuzz.toml");
  if (!rules) return 0;
  const auto again = qala::alarms::parse_rules(qala::alarms::write_rules(*rules), "again.toml");
  if (!again || *again != *rules) std::abort();
  return 0;
}
