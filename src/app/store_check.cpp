#include "app/store_check.h"

#include <algorithm>
#include <set>
#include <sstream>

#include <fmt/format.h>

namespace qala::app {

namespace {

std::string describe(const readings::Damage& damage) {
  std::string text = fmt::format("{} at {}: {}", damage.file, damage.offset, damage.what);
  if (damage.datastream) text += fmt::format("; datastream {}", damage.datastream.value);
  if (damage.window.to > damage.window.from) {
    text += fmt::format("; {} to {}", to_iso({damage.window.from}), to_iso({damage.window.to}));
  }
  return text;
}

Result<std::vector<std::string>> look(const readings::ReadingStore& store) {
  std::vector<std::string> found;
  TRY([[maybe_unused]] const auto n,
      store.check([&](const readings::Damage& damage) { found.push_back(describe(damage)); }));
  return found;
}

}  // namespace

Result<StoreFindings> check_store(const readings::ReadingStore& store, bool live) {
  StoreFindings out;
  TRY(out.damages, look(store));
  if (live && !out.damages.empty()) {
    TRY(const auto again, look(store));
    const std::set<std::string> lasting(again.begin(), again.end());
    std::erase_if(out.damages, [&](const std::string& damage) { return !lasting.contains(damage); });
  }
  const auto health = store.health();
  out.counts = {.damages = out.damages.size(), .observations = health.observations, .files = health.files};
  return out;
}

std::string to_answer(const StoreCounts& counts) {
  return fmt::format("{} {} {}", counts.damages, counts.observations, counts.files);
}

Result<StoreCounts> counts_from(const std::string& answer) {
  StoreCounts out;
  std::istringstream in(answer);
  if (in >> out.damages >> out.observations >> out.files) return out;
  return fail(ErrorKind::internal, "the server answers in a way this program does not know: is it of another version?");
}

}  // namespace qala::app
