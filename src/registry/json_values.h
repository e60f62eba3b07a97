#pragma once

namespace boost::json {
class value;
}
namespace qala {
class JsonWriter;
}

namespace qala::registry {

/// Writes a parsed value with shortest numbers (Boost.JSON itself writes 21.5 as 2.15E1). Minus zero becomes zero.
void write_canonical(JsonWriter& out, const boost::json::value& value);

}  // namespace qala::registry
