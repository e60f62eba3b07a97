#include "sensorthings/observation_bounds.h"

#include <algorithm>

#include "base/time.h"

namespace qala::sensorthings {

using Op = Expr::Op;
using Type = Value::Type;

namespace {

/// Calls `each` for every path in the tree; false ends it.
template <class Each>
bool all_paths(const Expr& expr, const Each& each) {
  if (expr.op == Op::any || expr.op == Op::all) return false;
  if (expr.op == Op::path && !each(expr.path)) return false;
  return std::ranges::all_of(expr.args, [&](const Expr& arg) { return all_paths(arg, each); });
}

bool is_constant(const Expr& expr) {
  return all_paths(expr, [](const Path&) { return false; });
}

bool is_property(const Expr& expr, std::string_view name) {
  return expr.op == Op::path && expr.path.variable == 0 && expr.path.hops.empty() && expr.path.property >= 0 &&
         expr.path.kind == Kind::observation && expr.path.inside.empty() &&
         info(Kind::observation).properties[static_cast<std::size_t>(expr.path.property)].name == name;
}

bool is_id(const Expr& expr) {
  return expr.op == Op::path && expr.path.variable == 0 && expr.path.hops.empty() && expr.path.property == -1;
}

/// Only of the datastream and what belongs to it.
bool is_of_datastream(const Expr& expr) {
  bool any = false;
  const bool all = all_paths(expr, [&](const Path& path) {
    any = true;
    return path.variable == 0 && !path.hops.empty() && path.hops[0].to().to == Kind::datastream;
  });
  return all && any;
}

Op mirrored(Op op) {
  switch (op) {
    case Op::gt: return Op::lt;
    case Op::ge: return Op::le;
    case Op::lt: return Op::gt;
    case Op::le: return Op::ge;
    default: return op;
  }
}

bool is_comparison(Op op) { return op == Op::eq || op == Op::gt || op == Op::ge || op == Op::lt || op == Op::le; }

std::int64_t plus(std::int64_t a, std::int64_t b) {
  std::int64_t out = 0;
  return __builtin_add_overflow(a, b, &out) ? std::numeric_limits<std::int64_t>::max() : out;
}

class Binder {
 public:
  Binder(Bounds& out, const TownFacts& facts, Evaluator& evaluator) : out_(out), facts_(facts), evaluator_(evaluator) {}

  Result<> conjuncts(const Expr& expr) {
    if (expr.op != Op::logical_and) return one(expr);
    TRY_VOID(conjuncts(expr.args[0]));
    return conjuncts(expr.args[1]);
  }

 private:
  Result<> one(const Expr& expr) {
    if (is_of_datastream(expr)) return by_datastream(expr);
    if (is_comparison(expr.op)) {
      for (const bool turned : {false, true}) {
        const Expr& path = expr.args[turned ? 1 : 0];
        const Expr& other = expr.args[turned ? 0 : 1];
        if (!is_constant(other)) continue;
        const Op op = turned ? mirrored(expr.op) : expr.op;
        TRY(const Value value, constant(other));
        if (is_property(path, "phenomenonTime") && by_time(op, value)) return {};
        if (is_property(path, "resultTime") && value.is_time()) leave_out_without_results();
        if (is_id(path) && value.type == Type::number) by_id(op, value.number);
      }
    }
    if (expr.op == Op::call && expr.args.size() == 2 && is_property(expr.args[0], "phenomenonTime") &&
        is_constant(expr.args[1])) {
      TRY(const Value value, constant(expr.args[1]));
      if (expr.name == "before" && by_time(Op::lt, value)) return {};
      if (expr.name == "after" && by_time(Op::gt, value)) return {};
      if (expr.name == "during" && value.type == Type::interval) {
        from(value.from, value.from);
        until(value.to, plus(value.to, kMaxShift));
        return {};
      }
      if (expr.name == "overlaps" && value.is_time()) {
        until(std::numeric_limits<std::int64_t>::max(), plus(value.to, kMaxShift + 1));
      }
    }
    out_.complete = false;
    return {};
  }

  Result<Value> constant(const Expr& expr) {
    Filter filter;
    filter.root = expr;
    TRY(Value value, evaluator_.value(filter, Ref()));
    if (value.type == Type::string) {
      if (auto time = parse_time(value.text)) return std::move(*time);
    }
    if (value.type == Type::date) return Value::instant(start_of(value.from));
    return value;
  }

  void from(std::int64_t exact, std::int64_t wide) {
    out_.in_time = true;
    out_.exact.from = std::max(out_.exact.from, exact);
    out_.wide.from = std::max(out_.wide.from, wide);
  }
  void until(std::int64_t exact, std::int64_t wide) {
    out_.in_time = true;
    out_.exact.to = std::min(out_.exact.to, exact);
    out_.wide.to = std::min(out_.wide.to, wide);
  }

  /// True: instants are judged by it wholly. An interval begins before it ends, so its end bounds its start.
  bool by_time(Op op, const Value& value) {
    if (!value.is_time()) return false;
    const bool interval = value.type == Type::interval;
    switch (op) {
      case Op::gt:
        if (interval) from(value.to, value.to);
        else from(plus(value.from, 1), plus(value.from, 1));
        return true;
      case Op::ge:
        if (interval) from(value.to, value.from);
        else from(value.from, value.from);
        return true;
      case Op::lt: until(value.from, plus(value.from, kMaxShift + 1)); return true;
      case Op::le: until(plus(value.from, 1), plus(value.from, kMaxShift + 1)); return true;
      default:
        from(value.from, value.from);
        until(interval ? value.from : plus(value.from, 1), plus(value.from, kMaxShift + 1));
        return true;
    }
  }

  void by_id(Op op, long double number) {
    if (!(number >= 0) || number > 9e15L) return;
    const auto id = static_cast<std::uint64_t>(number);
    const bool whole = number == static_cast<long double>(id);
    if (op == Op::eq || op == Op::gt || op == Op::ge)
      out_.id_from = std::max(out_.id_from, op == Op::gt ? id + 1 : whole ? id : id + 1);
    if (op == Op::eq || op == Op::lt || op == Op::le)
      out_.id_to = std::min(out_.id_to, op == Op::lt && whole ? (id == 0 ? 0 : id - 1) : id);
  }

  /// Plain datastreams have no result times: comparisons with one never hold.
  void leave_out_without_results() {
    std::erase_if(out_.streams, [&](DatastreamId id) { return !facts_.town().book.is_detailed(id.value); });
  }

  Result<> by_datastream(const Expr& expr) {
    Filter filter;
    filter.root = expr;
    std::vector<DatastreamId> kept;
    for (const DatastreamId stream : out_.streams) {
      auto row = std::make_shared<Row>();
      row->datastream = stream;
      TRY(const bool holds, evaluator_.holds(filter, {Kind::observation, 1, std::move(row)}));
      if (holds) kept.push_back(stream);
    }
    out_.streams = std::move(kept);
    return {};
  }

  Bounds& out_;
  const TownFacts& facts_;
  Evaluator& evaluator_;
};

}  // namespace

Result<Bounds> bounds_of(const Query& query, std::vector<DatastreamId> streams, const TownFacts& facts,
                         Evaluator& evaluator) {
  Bounds out;
  out.streams = std::move(streams);
  if (!query.filter) return out;
  if (!query.filter->slots.empty()) {  // judged as a whole
    out.complete = false;
    return out;
  }
  TRY_VOID(Binder(out, facts, evaluator).conjuncts(query.filter->root));
  return out;
}

}  // namespace qala::sensorthings
