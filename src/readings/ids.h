#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/ids.h"
#include "readings/chunk.h"

namespace qala::readings {

/// Which 4,096 observation ids belong to whom. An id is extent[ordinal / 4096] * 4096 + ordinal % 4096, where the
/// extents of a datastream are handed out from one counter in order of need: the same log gives the same ids.
/// Written by the writer under the memory lock.
class IdBook {
 public:
  static constexpr std::uint64_t kExtent = 4096;

  /// To be called for each ordinal in order of arrival; grants an extent when one is entered.
  void grant(DatastreamId datastream, std::uint64_t ordinal) {
    if ((ordinal & (kExtent - 1)) == 0) new_extent(datastream, ordinal >= kOddOrdinal);
  }
  /// 4,096 ids in a row: whose they are and which ordinals they stand for.
  struct Extent {
    DatastreamId datastream;
    std::uint64_t first_ordinal = 0;  ///< with kOddOrdinal if odd
  };
  /// Of the extent with this number (id - 1) / 4096; none: it was never handed out.
  std::optional<Extent> extent(std::uint64_t number) const;
  ObservationId id_of(DatastreamId datastream, std::uint64_t ordinal) const;
  /// Owner of each extent: datastream * 2 + (1 for odd rows). The whole state.
  std::span<const std::uint64_t> owners() const { return owners_; }
  void restore(std::span<const std::uint64_t> owners);

 private:
  void new_extent(DatastreamId datastream, bool odd);

  std::vector<std::uint64_t> owners_;
  std::vector<std::vector<std::uint32_t>> plain_, odd_;  ///< by datastream
};

}  // namespace qala::readings
