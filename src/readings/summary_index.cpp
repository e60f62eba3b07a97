#include "readings/summary_index.h"

#include <algorithm>

namespace qala::readings {

SummaryIndex::SummaryIndex(const View& view, const Zone& zone, std::int32_t first_day, std::int32_t last_day, bool many)
    : first_day_(first_day), last_day_(last_day), many_(many), files_(view.files) {
  static const std::string rules = Zone::rules_version();
  for (const auto& file : *files_) {
    OfFile& of = by_file_.emplace_back();
    of.file = file.get();
    of.usable = file->reader != nullptr && file->reader->zone_name() == zone.name() && file->reader->zone_rules() == rules;
  }
}

/// Reads all days of all datastreams; on damage the file counts as not usable.
void SummaryIndex::load(OfFile& of) const {
  if (!of.file->reader->summaries({}, first_day_, last_day_, of.days)) {
    of.usable = false;
    return;
  }
  const auto key = [](const DaySummary& s) { return std::pair(s.datastream, s.day); };
  if (!std::ranges::is_sorted(of.days, {}, key)) std::ranges::sort(of.days, {}, key);
  std::uint32_t at = 0;
  const std::uint32_t end = of.days.empty() ? 0 : of.days.back().datastream.value + 1;
  of.starts.reserve(end + 1);
  for (std::uint32_t id = 0; id <= end; id++) {
    while (at < of.days.size() && of.days[at].datastream.value < id) at++;
    of.starts.push_back(at);
  }
}

std::optional<std::span<const DaySummary>> SummaryIndex::of(const StoredFile& file, DatastreamId datastream,
                                                            std::vector<DaySummary>& scratch) {
  const auto at = std::ranges::find(by_file_, &file, &OfFile::file);
  if (at == by_file_.end() || !at->usable) return std::nullopt;
  if (!many_) {
    scratch.clear();
    if (!file.reader->summaries(datastream, first_day_, last_day_, scratch)) return std::nullopt;
    return std::span<const DaySummary>(scratch);
  }
  std::call_once(at->once, [&] { load(*at); });
  if (!at->usable) return std::nullopt;
  if (datastream.value + 1 >= at->starts.size()) return std::span<const DaySummary>();
  const std::uint32_t begin = at->starts[datastream.value], end = at->starts[datastream.value + 1];
  return std::span<const DaySummary>(at->days).subspan(begin, end - begin);
}

}  // namespace qala::readings
