#include "readings/summary_index.h"

#include <algorithm>

namespace qala::readings {

SummaryIndex::SummaryIndex(const View& view, const Zone& zone, std::int32_t first_day, std::int32_t last_day)
    : first_day_(first_day), last_day_(last_day), files_(view.files) {
  static const std::string rules = Zone::rules_version();
  for (const auto& file : *files_) {
    OfFile& of = by_file_.emplace_back();
    of.file = file.get();
    of.usable =
        file->reader != nullptr && file->reader->zone_name() == zone.name() && file->reader->zone_rules() == rules;
  }
}

/// The block that holds the datastream; on damage the file counts as not usable.
const SummaryIndex::Block* SummaryIndex::block_of(OfFile& of, DatastreamId datastream) const {
  if (const auto after = of.blocks.upper_bound(datastream); after != of.blocks.begin()) {
    const Block& known = std::prev(after)->second;
    if (datastream <= known.last) return &known;
  }
  Block block;
  const auto range = of.file->reader->summaries_near(datastream, first_day_, last_day_, block.days);
  const auto key = [](const DaySummary& s) { return std::pair(s.datastream, s.day); };
  if (!range) {
    of.usable = false;
    return nullptr;
  }
  if (!std::ranges::is_sorted(block.days, {}, key)) std::ranges::sort(block.days, {}, key);
  block.last = range->last;
  return &of.blocks.insert_or_assign(range->first, std::move(block)).first->second;
}

std::optional<std::span<const DaySummary>> SummaryIndex::of(const StoredFile& file, DatastreamId datastream) {
  const auto at = std::ranges::find(by_file_, &file, &OfFile::file);
  if (at == by_file_.end() || !at->usable) return std::nullopt;
  const Block* block = block_of(*at, datastream);
  if (block == nullptr) return std::nullopt;
  const auto days = std::ranges::equal_range(block->days, datastream, {}, &DaySummary::datastream);
  return std::span<const DaySummary>(days.begin(), days.end());
}

}  // namespace qala::readings
