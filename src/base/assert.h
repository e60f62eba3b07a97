#pragma once

namespace qala {
[[noreturn]] void assertion_failed(const char* what, const char* why, const char* file, int line);
}

/// For programmers' errors only, on in release. Never for input: input gets an Error.
#define QALA_ASSERT(condition, why) \
  ((condition) ? static_cast<void>(0) : ::qala::assertion_failed(#condition, why, __FILE__, __LINE__))
