#pragma once

#include "base/json_writer.h"
#include "notify/notifier.h"

namespace qala::notify {

/// `N` of docs/design/api.md. Of a browser's address only the push service's part is told; secrets never.
void render(JsonWriter& out, const Listed& listed);
/// `M` of docs/design/api.md.
void render(JsonWriter& out, const Message& message);
std::string_view name_of(Fate fate);  ///< "delivered"

}  // namespace qala::notify
