#pragma once

#include "base/json_writer.h"
#include "incidents/open_items.h"
#include "incidents/shift_book.h"

namespace qala::incidents {

/// `OPEN`, `SHIFT` and `ENTRY` of docs/design/api.md.
void render(JsonWriter& out, const OpenItems& items);
void render(JsonWriter& out, const Shift& shift);
void render(JsonWriter& out, const Entry& entry);

}  // namespace qala::incidents
