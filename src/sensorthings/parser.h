#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "sensorthings/expression.h"

namespace qala::sensorthings {

/// What an option asked that we do not know; becomes 501 where others become 400.
constexpr std::string_view kUnknownOption = "unknown option: ";

/// Pure functions over text, with limits on depth and length: every error says where.
Result<Filter> parse_filter(std::string_view text, Kind kind);
Result<std::vector<Order>> parse_order(std::string_view text, Kind kind);
Result<std::vector<Select>> parse_select(std::string_view text, Kind kind);
Result<std::vector<Expand>> parse_expand(std::string_view text, Kind kind);

/// All options of a request for entities of one kind. `collection`: all options are allowed, else $select and $expand.
/// Names without '$' are passed over.
using Options = std::span<const std::pair<std::string, std::string>>;
Result<Query> parse_query(Options options, Kind kind, bool collection);

/// Does the filter's tree name a function that exists, with a fitting number of arguments? For the parser and tests.
struct Function {
  std::string_view name;
  int least, most;
};
std::span<const Function> functions();

}  // namespace qala::sensorthings
