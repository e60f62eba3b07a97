#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "readings/store.h"

namespace qala::app {

/// What `qala check` found in the readings: a line a damage, naming file, datastream and range.
struct StoreFindings {
  std::vector<std::string> damages = {};
  std::uint64_t observations = 0, files = 0;
};

/// Verifies every byte of the readings. Any thread. `live`: while somebody writes; what the first look finds is then
/// looked at again, since a merge may have taken a file away between listing and reading it.
Result<StoreFindings> check_store(const readings::ReadingStore& store, bool live);

/// "DAMAGES OBSERVATIONS FILES", the answer of the control socket, and back.
std::string to_answer(const StoreFindings& findings);
/// The damages themselves were printed.
struct StoreCounts {
  std::uint64_t damages = 0, observations = 0, files = 0;
};
Result<StoreCounts> counts_from(const std::string& answer);

}  // namespace qala::app
