#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/status.h"

namespace qala::http {

/// A target taken apart and decoded once.
struct Target {
  std::string path;
  std::vector<std::pair<std::string, std::string>> query;
};

/// Pure. Refuses bad percent sequences, text that is not UTF-8, NUL, and in the path: control characters, an encoded
/// slash, "//" and the segments "." and ".." however they are written. In the query '+' is a blank.
std::expected<Target, Refusal> parse_target(std::string_view target);

}  // namespace qala::http
