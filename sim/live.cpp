#include "sim/live.h"
namespace qala::sim {
Result<> live(const Options&, const Session& session, const Town&, const Frame&, const Access&, Seconds) {
  while (!session.stopping()) session.pause(std::chrono::milliseconds(500));
  return {};
}
}  // namespace qala::sim
