// Fragments and init segments from torn or hostile files: read within the bytes given, or refused.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "media/fragments.h"

using namespace qala::media;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  (void)read_init_tracks(bytes).has_value();
  for (auto rest = bytes; !rest.empty();) {
    const auto box = read_box(rest);
    if (!box || box->size == 0 || box->size > rest.size()) break;
    if (box->is("moof")) {
      const auto head = read_fragment_head(rest);
      const auto samples = read_fragment(rest);
      if (samples) {
        if (!head || head->samples != samples->size() || head->key != samples->front().key) std::abort();
        std::size_t total = 0;
        for (const auto& sample : *samples) total += sample.data.size();
        if (total > rest.size()) std::abort();
      }
    }
    rest.remove_prefix(static_cast<std::size_t>(box->size));
  }
  return 0;
}
