#pragma once

// toml++ as everybody includes it: its inline functions differ with these.
#define TOML_EXCEPTIONS 0
// Its assertions hold for right text only: "[[[rule]]" would end the program. Behind each of them it looks once more
// and gives an error. With NDEBUG they would be promises to the compiler, and that look would be gone.
#ifdef NDEBUG
#error "toml++ may not be compiled with NDEBUG"
#endif
#define TOML_ASSERT(expr) static_assert(true)
#include <toml++/toml.h>
