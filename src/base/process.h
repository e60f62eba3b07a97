#pragma once

#include <cstdint>
#include <optional>

namespace qala {

/// What the operating system says of this process. Costs a few small reads of /proc; not for every request.
struct ProcessFacts {
  std::uint64_t resident = 0, peak = 0;          ///< bytes
  std::optional<std::uint64_t> memory_limit = {};  ///< of its control group or of those above; none: the machine's
  std::uint64_t descriptors = 0, descriptor_limit = 0;
};
ProcessFacts process_facts();

/// Processor time that the calling thread has used, in nanoseconds.
std::int64_t thread_cpu_ns();

}  // namespace qala
