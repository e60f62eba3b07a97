#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ngsi/area.h"
#include "ngsi/ask.h"
#include "ngsi/model.h"
#include "ngsi/query.h"
#include "readings/store.h"

namespace qala::ngsi {

constexpr std::uint64_t kPage = 20, kMostEntities = 1000;
constexpr std::size_t kMostValues = 10'000;  ///< of one attribute in one temporal answer

/// normalized: attributes with type, unit and time. key_values: values alone. temporal_values: pairs of value and time.
enum class Form : std::uint8_t { normalized, key_values, temporal_values };

/// What is asked of /entities.
struct EntityOptions {
  std::vector<const Model*> models = {};  ///< in the order of the table, each once
  std::vector<std::string> ids = {};
  std::vector<Pattern> id_pattern = {};  ///< none or one
  std::vector<std::string> attrs = {};  ///< empty: all; short names
  std::optional<Query> query = {};
  std::optional<GeoQuery> area = {};
  std::uint64_t limit = kPage, offset = 0;
  bool count = false;
  Form form = Form::normalized;
};
/// `invalid`: names the parameter, also one that is not known or stands twice; `full`: limit is beyond 1,000.
Result<EntityOptions> entity_options(const Ask& ask);

/// Of /entities/{id}.
struct OneOptions {
  std::vector<std::string> attrs = {};
  Form form = Form::normalized;
};
Result<OneOptions> one_options(const Ask& ask);

/// Of /temporal/entities/{id}.
struct TemporalOptions {
  readings::Window window = {};  ///< all time without timerel
  std::vector<std::string> attrs = {};
  std::optional<std::size_t> last = {};
  Form form = Form::normalized;
};
Result<TemporalOptions> temporal_options(const Ask& ask);

/// Of /types: details=true.
Result<bool> type_options(const Ask& ask);

/// Refuses every parameter: of what takes none.
Result<> no_options(const Ask& ask);

bool is_asked(const std::vector<std::string>& attrs, std::string_view name);

}  // namespace qala::ngsi
