#pragma once

#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "sensorthings/expression.h"
#include "sensorthings/facts.h"

namespace qala::sensorthings {

/// Computes filters over entities. One per request: `now` stands still meanwhile, and the steps it takes are counted
/// over the whole request; past kMaxSteps everything is `invalid` ("ask for less").
class Evaluator {
 public:
  static constexpr std::uint64_t kMaxSteps = 200'000'000;
  Evaluator(const Facts& facts, Instant now) : facts_(facts), now_(now) {}

  /// True only if it is known to be so.
  Result<bool> holds(const Filter& filter, const Ref& entity);
  /// What $orderby sorts by. Of a path through a collection: that of the first member.
  Result<Value> value(const Filter& expression, const Ref& entity);

 private:
  Result<Truth> all_slots(const std::vector<Slot>& slots, std::size_t at, const Expr& expr);
  Result<Truth> truth(const Expr& expr);
  Result<Value> eval(const Expr& expr);
  Result<Value> call(const Expr& expr);
  Result<Truth> compared(const Expr& expr);
  Result<Truth> within(const Expr& expr);
  Result<Truth> loop(const Expr& expr);
  Result<Value> read(const Path& path);
  Result<> members(const Slot& slot, const std::function<Result<bool>(const Ref&)>& each);
  Result<Ref> walk(int variable, const std::vector<Hop>& hops);

  const Facts& facts_;
  Instant now_;
  std::uint64_t steps_ = 0;
  std::vector<Ref> variables_;
};

/// Pure functions of values; `name` is one of functions().
Value apply(std::string_view name, const std::vector<Value>& args, Instant now);
Value arithmetic(Expr::Op op, const Value& a, const Value& b);

}  // namespace qala::sensorthings
