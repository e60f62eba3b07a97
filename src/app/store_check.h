#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "readings/store.h"

namespace qala::app {

/// What `qala check` came upon in the readings.
struct StoreCounts {
  std::uint64_t damages = 0, observations = 0, files = 0;
};
struct StoreFindings {
  StoreCounts counts = {};
  std::vector<std::string> damages = {};  ///< a line each, naming file, datastream and range
};

/// Verifies every byte of the readings. Any thread. `live`: while somebody writes; what the first look finds is then
/// looked at again, since a merge may have taken a file away between listing and reading it.
Result<StoreFindings> check_store(const readings::ReadingStore& store, bool live);

/// "DAMAGES OBSERVATIONS FILES", the answer of the control socket, and back.
std::string to_answer(const StoreCounts& counts);
Result<StoreCounts> counts_from(const std::string& answer);

}  // namespace qala::app
