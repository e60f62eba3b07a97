#pragma once

#include "base/json_writer.h"
#include "warnings/model.h"
#include "warnings/templates.h"

namespace qala::warnings {

/// docs/openapi/warnings.yaml: Warning, WarningArea, WarningTemplate.
void render(JsonWriter& out, const Listed& listed);
void render(JsonWriter& out, const Area& area);
void render(JsonWriter& out, const Template& one);

}  // namespace qala::warnings
