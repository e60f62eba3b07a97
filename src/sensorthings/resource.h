#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sensorthings/expression.h"
#include "sensorthings/page.h"

namespace qala::sensorthings {

/// What a path names.
struct Resource {
  enum class What : std::uint8_t { root, collection, entity, property } what = What::root;
  Collection collection = {};  ///< also of an entity: where it was looked for
  Ref entity = {};             ///< of an entity or property
  bool through_relation = false;  ///< the entity was reached as a member or target of `collection`
  int property = 0;
  std::vector<Inside> inside = {};
  std::string name = {};  ///< of a property: its last step as written
  bool value = false;     ///< /$value
  bool reference = false; ///< /$ref
};

/// "/Things(1)/Datastreams(3)/name/$value", decoded. `not_found` says which step leads nowhere, `invalid` is no path.
Result<Resource> find_resource(std::string_view path, const TownFacts& facts);

/// "/Things(1)"
std::string path_of(Kind kind, std::uint64_t id);

}  // namespace qala::sensorthings
