#pragma once

#include <span>

#include "base/json_writer.h"
#include "readings/store.h"
#include "registry/registry.h"

namespace qala::api {

/// "name": milliseconds since 1970, or null.
void optional_ms(JsonWriter& json, std::string_view name, const std::optional<Instant>& at);

/// `T` of docs/design/api.md; inside Registry::read().
void render_thing(JsonWriter& out, const registry::Registry::View& view, const registry::Thing& thing, bool whole);
/// A result as JSON: a number with its digits, true/false, text.
void render_value(JsonWriter& out, readings::ValueType type, std::int8_t scale, std::int64_t bits,
                  std::string_view text);
/// `[[datastream, ms, value, flags]…]`
void render_latest(JsonWriter& out, std::span<const readings::Latest> values);
void render_text(JsonWriter& out, const registry::LocalText& text);
/// A result as a cell of CSV: numbers bare, text and JSON as registry::append_cell().
void append_csv_value(std::string& out, const readings::Batch& batch, const readings::Observation& row);
/// Milliseconds since 1970 with what is finer behind the point.
void render_ms(JsonWriter& out, std::int64_t ns);

}  // namespace qala::api
