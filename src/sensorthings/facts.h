#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "readings/observation.h"
#include "sensorthings/kinds.h"
#include "sensorthings/value.h"

namespace qala::sensorthings {

/// One observation as it lies in the store.
struct Row {
  DatastreamId datastream;
  std::uint64_t id = 0;
  std::int64_t key = 0;    ///< its time in the store: one per datastream
  std::int64_t from = 0;   ///< phenomenonTime
  std::optional<std::int64_t> to = {};
  std::optional<std::int64_t> result_time = {};
  readings::ValueType type = readings::ValueType::decimal;
  std::int8_t scale = 0;
  std::int64_t bits = 0;
  std::string text = {};        ///< of a text or json result
  std::string parameters = {};  ///< JSON object, or empty
  std::string quality = {};     ///< JSON, or empty
  std::optional<std::int64_t> valid_from = {};
  std::int64_t valid_to = 0;
  std::uint32_t feature = 0;    ///< given at creation; 0: that of the thing's place
};

/// An entity: by id, an observation together with its row.
struct Ref {
  Kind kind = Kind::thing;
  std::uint64_t id = 0;  ///< 0: none
  std::shared_ptr<const Row> row = {};
  explicit operator bool() const { return id != 0; }
};

/// What queries are answered from. Any thread; takes its locks for moments.
class Facts {
 public:
  virtual ~Facts() = default;
  /// A property as JSON text; nothing if it has no value.
  virtual std::optional<std::string> json(const Ref& entity, int property) const = 0;
  /// The same to compute with.
  virtual Value value(const Ref& entity, int property) const = 0;
  /// Those the entity is related to, by ascending id. False from `each` ends it.
  using Each = std::function<bool(const Ref&)>;
  virtual Result<> follow(const Ref& entity, int relation, const Each& each) const = 0;
};

}  // namespace qala::sensorthings
