#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace qala::lorawan {

/// For the health page.
struct Health {
  std::vector<std::string> disabled = {};  ///< codecs that are not run any more, by name
  std::string worker_words = {};  ///< why codecs are not run; empty: they are
  std::string raw_words = {};     ///< why raw payloads are not kept; empty: they are
  std::uint64_t waiting = 0;      ///< uplinks that are not decoded yet
};

}  // namespace qala::lorawan
