#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sensorthings/kinds.h"
#include "sensorthings/value.h"

namespace qala::sensorthings {

/// One step from an entity to those it is related to.
struct Hop {
  Kind from = Kind::thing;
  int relation = 0;
  const Relation& to() const { return info(from).relations[static_cast<std::size_t>(relation)]; }
};

/// A step into a JSON value: a member, or an element if `index` is not negative.
struct Inside {
  std::string member = {};
  int index = -1;
};

/// `Datastream/ObservedProperty/name`, bound to the model: from a variable over single relations to a property and what
/// is inside of it. Variable 0 is the entity that is judged.
struct Path {
  int variable = 0;
  std::vector<Hop> hops = {};
  Kind kind = Kind::thing;  ///< of the entity whose property it is
  int property = -1;  ///< -1: its id; -2: its selfLink
  std::vector<Inside> inside = {};
};

/// A collection that a path leads through: the expression holds if it holds for one of its members (for none, if there
/// are no members: then all beyond is null). Filled from left to right.
struct Slot {
  int variable = 0;
  int base = 0;
  std::vector<Hop> hops = {};
};

/// A typed tree. `at`: position in the option's decoded text, for messages.
struct Expr {
  enum class Op : std::uint8_t {
    literal,
    path,
    call,
    any,
    all,
    logical_not,
    logical_and,
    logical_or,
    eq,
    ne,
    gt,
    ge,
    lt,
    le,
    in,
    add,
    sub,
    mul,
    div,
    mod,
    negate,
    list,
  };
  Op op = Op::literal;
  std::size_t at = 0;
  Value value = {};
  Path path = {};
  std::string name = {};  ///< of a function
  std::vector<Expr> args = {};
  Slot collection = {};  ///< of any and all: what is looped over
  std::vector<Slot> slots = {};  ///< of any and all: collections in the body
};

struct Filter {
  Expr root;
  std::vector<Slot> slots;
  int variables = 1;
};

struct Order {
  Filter by;
  bool descending = false;
};

/// What `$expand` and `$select` ask of the entities of one collection; also the options of a whole request.
struct Query;
struct Expand {
  int relation = 0;
  std::vector<Query> options;  ///< one: a vector so that the type may be incomplete here
};

/// `$select`: a property (with what is inside of it), a relation's link, the id or the selfLink.
struct Select {
  enum class What : std::uint8_t { property, relation, id, self } what = What::property;
  int index = 0;
  std::vector<Inside> inside = {};
};

enum class Format : std::uint8_t { json, data_array, geojson, csv };

struct Query {
  std::optional<std::uint64_t> top = {}, skip = {};
  std::optional<bool> count = {};
  std::optional<Filter> filter = {};
  std::vector<Order> order = {};
  std::vector<Expand> expand = {};
  std::vector<Select> select = {};
  Format format = Format::json;
  std::vector<std::pair<std::string, std::string>> texts = {};  ///< of an expansion: its options as written
  std::string token = {};  ///< of a nextLink: where the page before ended
  bool selects(Select::What what, int index) const;
};

}  // namespace qala::sensorthings
