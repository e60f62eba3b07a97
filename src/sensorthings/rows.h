#pragma once

#include <string>
#include <vector>

#include "readings/store.h"
#include "sensorthings/book.h"
#include "sensorthings/facts.h"

namespace qala::sensorthings {

/// The i-th row of a range. What the store has no column for lies in its `parameters` column, as an envelope
/// `{"@qala":{"shift":1,"foi":5,"valid":"a/b","quality":…},"parameters":{…}}`; without such, the column is the
/// parameters themselves. `shift`: several observations of one datastream may be of the same time, the store has one
/// per nanosecond: the second lies one further.
Row row_of(const readings::Range& range, std::size_t i, const Book& book);

/// What becomes of a new observation in the store.
struct Packed {
  readings::Observation row;
  readings::Extra extra;
  bool any_extra = false;
};
/// Appends the row to `batch`, with `shift` nanoseconds between its time and its place.
void pack(const Row& row, std::int64_t shift, readings::Batch& batch);

/// The result as JSON, with the digits that came.
void append_result(std::string& out, const Row& row);
Value result_value(const Row& row);
/// From JSON into type, scale, bits and text of a row.
void set_result(const Json& result, Row& row);
std::string json_text(const Json& json);
Json json_object();
Json json_string(std::string text);

}  // namespace qala::sensorthings
