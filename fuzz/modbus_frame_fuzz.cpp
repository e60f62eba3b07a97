// Any bytes as a device's answers: no crash, frames lie within what came, an answer has what was asked for.
#include <cstdint>

#include "base/assert.h"
#include "modbus/frame.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace qala;
  using namespace qala::modbus;
  std::span<const std::uint8_t> bytes(data, size);
  while (!bytes.empty()) {
    const auto frame = cut(bytes);
    if (!frame || !*frame) break;
    QALA_ASSERT((*frame)->size > 0 && (*frame)->size <= bytes.size(), "a frame lies within its bytes");
    for (const std::uint16_t count : {1, 2, 10, 125}) {
      for (const auto function : {Function::coils, Function::holding_registers}) {
        const auto answer = answer_to({.unit = (*frame)->unit, .function = function, .count = count}, **frame);
        if (answer && !answer->exception) QALA_ASSERT(answer->values.size() == count, "as many as were asked for");
      }
    }
    bytes = bytes.subspan((*frame)->size);
  }
  return 0;
}
