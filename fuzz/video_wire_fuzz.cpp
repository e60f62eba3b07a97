// Any bytes as what serve and its video worker say to each other: no crash; what is read can be written and read again.
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "video/wire.h"

namespace {

using namespace qala;
using namespace qala::video;

template <class Parse>
void twice(Parse parse, std::string_view payload) {
  const auto read = parse(payload);
  if (!read) return;
  const std::string written = print(*read);
  const auto again = parse(written);
  QALA_ASSERT(again.has_value(), "what was read can be written and read again");
  QALA_ASSERT(print(*again) == written, "and stays the same");
}

void take(const Message& message) {
  switch (message.type) {
    case Type::configure: return twice(parse_configuration, message.payload);
    case Type::watch: return twice(parse_watch, message.payload);
    case Type::still: return twice(parse_still, message.payload);
    case Type::probe: return twice(parse_probe, message.payload);
    case Type::play: return twice(parse_play, message.payload);
    case Type::hello: return twice(parse_hello, message.payload);
    case Type::status: return twice(parse_status, message.payload);
    case Type::ended: return twice(parse_ended, message.payload);
    case Type::event: return twice(parse_event, message.payload);
    case Type::answer: twice(parse_format, message.payload); return twice(parse_probed, message.payload);
    case Type::consumed: return (void)parse_consumed(message.payload);
    case Type::dropped: return (void)parse_dropped(message.payload);
    case Type::fragment:
    case Type::picture: return (void)parse_media(message.payload);
    default: return;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  FrameReader reader;
  // In two pieces, as a socket may bring them.
  for (const std::string_view part : {bytes.substr(0, size / 2), bytes.substr(size / 2)}) {
    reader.feed(part);
    for (;;) {
      const auto message = reader.next();
      if (!message) return 0;
      if (!*message) break;
      take(**message);
    }
  }
  return 0;
}
