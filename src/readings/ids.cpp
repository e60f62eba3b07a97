#include "readings/ids.h"

#include <algorithm>

namespace qala::readings {

void IdBook::new_extent(DatastreamId datastream, bool odd) {
  auto& book = odd ? odd_ : plain_;
  if (book.size() <= datastream.value) book.resize(datastream.value + 1);
  book[datastream.value].push_back(static_cast<std::uint32_t>(owners_.size()));
  owners_.push_back(std::uint64_t{datastream.value} * 2 + (odd ? 1 : 0));
}

ObservationId IdBook::id_of(DatastreamId datastream, std::uint64_t ordinal) const {
  const auto& book = ordinal >= kOddOrdinal ? odd_ : plain_;
  const std::uint64_t in_kind = ordinal & (kOddOrdinal - 1);
  const std::uint64_t extent = in_kind / kExtent;
  if (datastream.value >= book.size() || extent >= book[datastream.value].size()) return {};
  // extent 0 begins at id 1: 0 is no id
  return ObservationId(std::uint64_t{book[datastream.value][extent]} * kExtent + in_kind % kExtent + 1);
}

std::optional<IdBook::Extent> IdBook::extent(std::uint64_t number) const {
  if (number >= owners_.size()) return std::nullopt;
  const bool odd = (owners_[number] & 1) != 0;
  const DatastreamId datastream(static_cast<std::uint32_t>(owners_[number] >> 1));
  const auto& numbers = (odd ? odd_ : plain_)[datastream.value];
  const auto at = std::ranges::lower_bound(numbers, static_cast<std::uint32_t>(number));
  const auto index = static_cast<std::uint64_t>(at - numbers.begin());
  return Extent{datastream, index * kExtent + (odd ? kOddOrdinal : 0)};
}

void IdBook::restore(std::span<const std::uint64_t> owners) {
  owners_.clear();
  plain_.clear();
  odd_.clear();
  for (const std::uint64_t owner : owners) {
    new_extent(DatastreamId(static_cast<std::uint32_t>(owner >> 1)), (owner & 1) != 0);
  }
}

}  // namespace qala::readings
