#include "base/assert.h"

#include <cstdio>
#include <cstdlib>

namespace qala {
void assertion_failed(const char* what, const char* why, const char* file, int line) {
  std::fprintf(stderr, "assertion failed: %s (%s) at %s:%d\n", what, why, file, line);
  std::abort();
}
}  // namespace qala
