#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sensorthings/evaluate.h"
#include "sensorthings/town_facts.h"
#include "sensorthings/token.h"

namespace qala::sensorthings {

/// A collection: all of a kind, or those related to one entity.
struct Collection {
  Kind kind = Kind::thing;
  Ref of = {};       ///< none: all
  int relation = 0;
};

struct Limits {
  std::uint64_t page = 100;        ///< if $top is not given
  std::uint64_t largest = 10'000;  ///< $top beyond it is cut to it, silently
};

/// The members a query asks for.
struct Page {
  std::vector<Ref> members;
  std::optional<std::uint64_t> count;
  bool more = false;
  Mark end;  ///< of the last member, if there are more
};

/// Finds pages. Entities of the registry and the book are judged one by one in memory; observations by a plan
/// (observation_plan.cpp) that never reads what times, ids and datastreams in the filter and the order rule out.
class Pager {
 public:
  Pager(const TownFacts& facts, Evaluator& evaluator, Limits limits)
      : facts_(facts), evaluator_(evaluator), limits_(limits) {}
  Result<Page> find(const Collection& from, const Query& query);

 private:
  friend class ObservationPlan;
  Result<Page> find_entities(const Collection& from, const Query& query);
  Result<Page> find_observations(const Collection& from, const Query& query);

  const TownFacts& facts_;
  Evaluator& evaluator_;
  Limits limits_;
};

/// A candidate with what it is sorted by.
struct Ranked {
  Ref entity;
  std::vector<Value> keys;
};
/// Keys by their directions, then ascending id.
bool ranks_before(const std::vector<Order>& order, const std::vector<Value>& a, std::uint64_t a_id,
                  const std::vector<Value>& b, std::uint64_t b_id);
Result<std::vector<Value>> keys_of(Evaluator& evaluator, const std::vector<Order>& order, const Ref& entity);
Result<std::optional<Mark>> mark_of(const Query& query);

}  // namespace qala::sensorthings
