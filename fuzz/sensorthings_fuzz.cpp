// Options of SensorThings requests and what values and shapes are written as: read or refused, whatever they are. The
// first byte says as which option.
#include <string_view>

#include "sensorthings/evaluate.h"
#include "sensorthings/parser.h"
#include "sensorthings/token.h"

using namespace qala::sensorthings;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > 20'000) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Kind kind = static_cast<Kind>(data[0] / 8 % kKinds);
  switch (data[0] % 8) {
    case 0:
    case 1: (void)parse_filter(text, kind).has_value(); break;
    case 2: (void)parse_order(text, kind).has_value(); break;
    case 3: (void)parse_select(text, kind).has_value(); break;
    case 4: (void)parse_expand(text, kind).has_value(); break;
    case 5: {
      const auto a = geometry_of_wkt(text);
      if (a) (void)length(*a);
      break;
    }
    case 6: (void)read_mark(text); break;
    default:
      (void)parse_time(text);
      (void)parse_duration(text);
      for (const Function& function : functions()) {
        const std::vector<Value> args(static_cast<std::size_t>(function.most), Value::string(std::string(text)));
        (void)apply(function.name, args, {});
      }
  }
  return 0;
}
