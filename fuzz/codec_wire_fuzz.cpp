// Any bytes as what qala and its child qala-codec say to each other, and as a line of `qala codec run --jsonl`: no
// crash; what is read can be written and read again.
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "codec/cayenne.h"
#include "codec/lines.h"

namespace {

using namespace qala;
using namespace qala::codec;

void take(const Frame& frame) {
  if (const auto run = parse_run(frame.payload)) {
    std::string written;
    append_run(written, frame.number, *run);
    const auto again = parse_run(std::string_view(written).substr(kFrameHead));
    QALA_ASSERT(again.has_value() && *again == *run, "a run is read as it was written");
    (void)run_cayenne(*run);
  }
  if (const auto answer = parse_answer(frame.payload)) {
    std::string written;
    append_answer(written, frame.number, answer->outcome, answer->text);
    QALA_ASSERT(*parse_answer(std::string_view(written).substr(kFrameHead)) == *answer, "an answer likewise");
  }
  (void)parse_hello(frame.payload);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  LineParser lines;
  for (int i = 0; i < 2; i++) {
    const auto request = lines.parse(bytes);
    if (request && request->cayenne) (void)run_cayenne(request->run);
  }
  FrameCutter cutter(kMaxFrame);
  // In two pieces, as a socket may bring them.
  for (const std::string_view part : {bytes.substr(0, size / 2), bytes.substr(size / 2)}) {
    cutter.feed(part);
    for (;;) {
      const auto frame = cutter.next();
      if (!frame) return 0;
      if (!*frame) break;
      take(**frame);
    }
  }
  return 0;
}
