#pragma once

#include <string>
#include <string_view>

#include "codec/wire.h"

namespace qala::sandbox {

/// How a routine is called.
enum class Style {
  input,      ///< f(input): LoRa's payload codec API, The Things Stack, ChirpStack 4
  bytes_port, ///< f(bytes, port): The Things Network 2; what it returns is the data, or the bytes, themselves
  port_bytes, ///< f(port, bytes, variables): ChirpStack 3; likewise
};

/// One place where a script may have a routine.
struct Finder {
  std::string_view name, expression;
  Style style;
};

/// A JavaScript expression that says which finder fits the script it is evaluated in, -1: none.
std::string finding(codec::Routine routine);
const Finder* finder_at(codec::Routine routine, int index);

}  // namespace qala::sandbox
