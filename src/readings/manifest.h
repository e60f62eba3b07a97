#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "readings/chunk.h"
#include "readings/heads.h"
#include "readings/months.h"

namespace qala::readings {

/// One file that the manifest names. Segments hold what counts; `superseded` holds replaced values, never queried.
struct FileEntry {
  enum class Kind : std::uint8_t { segment = 0, superseded = 1 };
  Kind kind = Kind::segment;
  std::string name;
  Month month = 0;
  std::uint64_t generation = 0;  ///< the later one of a month counts where times are equal
  Packing packing = Packing::fast;
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
  std::uint32_t checksum = 0;    ///< CRC-32C of the whole file
};

/// A datastream being erased: what came up to here has to go.
struct Erasing {
  std::uint64_t sequence = 0;    ///< of the log
  std::uint64_t generation = 0;  ///< of files
};

/// What a store consists of: the files, and the state at the log row up to which they hold everything. The store is
/// this plus the log rows after `flushed`. Pure functions; see docs/formats/manifest.md.
struct Manifest {
  static constexpr std::uint32_t kVersion = 2;  ///< 1 had no paces and gaps

  std::uint64_t flushed = 0;       ///< log sequence
  std::uint64_t next_file = 1;     ///< numbers of files are never used twice
  std::uint64_t observations = 0;  ///< stored, as far as known
  std::vector<FileEntry> files;
  Heads heads;
  std::vector<std::uint64_t> owners;                         ///< IdBook
  std::map<std::uint32_t, std::set<std::int64_t>> erased;    ///< tombstones: datastream, times
  std::map<std::uint32_t, std::int64_t> expired_before;      ///< datastream, time
  std::map<std::uint32_t, Erasing> erasing;

  std::string encode() const;
  /// `invalid` for a newer version, `corrupt` for anything that does not verify.
  static Result<Manifest> decode(std::span<const std::byte> bytes);
};

}  // namespace qala::readings
