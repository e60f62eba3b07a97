#include "sensorthings/evaluate.h"

#include <cmath>

namespace qala::sensorthings {

using Op = Expr::Op;
using Type = Value::Type;

namespace {

Truth truth_of(const Value& value) {
  if (value.type == Type::boolean) return value.truth;
  return std::nullopt;
}

Value from_truth(Truth truth) { return truth ? Value::boolean(*truth) : Value(); }

const Json* step_inside(const Json& json, const Inside& step) {
  if (step.index < 0) return json.kind == Json::Kind::object ? json.find(step.member) : nullptr;
  if (json.kind != Json::Kind::array) return nullptr;
  const auto index = static_cast<std::size_t>(step.index);
  return index < json.items.size() ? &json.items[index] : nullptr;
}

bool is_null_literal(const Expr& expr) { return expr.op == Op::literal && expr.value.is_null(); }

Compare how_of(Op op) {
  switch (op) {
    case Op::eq: return Compare::eq;
    case Op::ne: return Compare::ne;
    case Op::gt: return Compare::gt;
    case Op::ge: return Compare::ge;
    case Op::lt: return Compare::lt;
    default: return Compare::le;
  }
}

}  // namespace

Result<bool> Evaluator::holds(const Filter& filter, const Ref& entity) {
  variables_.assign(static_cast<std::size_t>(filter.variables), Ref());
  variables_[0] = entity;
  TRY(const Truth truth, all_slots(filter.slots, 0, filter.root));
  return truth.value_or(false);
}

Result<Value> Evaluator::value(const Filter& expression, const Ref& entity) {
  variables_.assign(static_cast<std::size_t>(expression.variables), Ref());
  variables_[0] = entity;
  for (const Slot& slot : expression.slots) {
    TRY_VOID(members(slot, [&](const Ref& member) -> Result<bool> {
      variables_[static_cast<std::size_t>(slot.variable)] = member;
      return false;
    }));
  }
  return eval(expression.root);
}

Result<Ref> Evaluator::walk(int variable, const std::vector<Hop>& hops) {
  Ref at = variables_[static_cast<std::size_t>(variable)];
  for (const Hop& hop : hops) {
    if (!at) return at;
    Ref next;
    TRY_VOID(facts_.follow(at, hop.relation, [&](const Ref& found) {
      next = found;
      return false;
    }));
    at = std::move(next);
  }
  return at;
}

Result<> Evaluator::members(const Slot& slot, const std::function<Result<bool>(const Ref&)>& each) {
  auto hops = slot.hops;
  const Hop last = hops.back();
  hops.pop_back();
  TRY(const Ref from, walk(slot.base, hops));
  if (!from) return {};
  Result<> failed;
  TRY_VOID(facts_.follow(from, last.relation, [&](const Ref& member) {
    auto go_on = each(member);
    if (!go_on) return failed = std::move(go_on.error()), false;
    return *go_on;
  }));
  return failed;
}

Result<Truth> Evaluator::all_slots(const std::vector<Slot>& slots, std::size_t at, const Expr& expr) {
  if (at == slots.size()) return truth(expr);
  const Slot& slot = slots[at];
  Truth out = false;
  bool any = false;
  const auto one = [&](const Ref& member) -> Result<bool> {
    any = true;
    variables_[static_cast<std::size_t>(slot.variable)] = member;
    TRY(const Truth truth, all_slots(slots, at + 1, expr));
    if (truth == true) return out = true, false;
    if (!truth) out = std::nullopt;
    return true;
  };
  TRY_VOID(members(slot, one));
  if (!any) TRY_VOID(one(Ref()));
  return out;
}

Result<Truth> Evaluator::truth(const Expr& expr) {
  if (++steps_ > kMaxSteps) return fail(ErrorKind::invalid, "this takes too long to compute: ask for less");
  switch (expr.op) {
    case Op::logical_not: {
      TRY(const Truth inner, truth(expr.args[0]));
      return inner ? Truth(!*inner) : Truth();
    }
    case Op::logical_and: {
      TRY(const Truth left, truth(expr.args[0]));
      if (left == false) return left;
      TRY(const Truth right, truth(expr.args[1]));
      if (right == false) return right;
      return left && right ? Truth(true) : Truth();
    }
    case Op::logical_or: {
      TRY(const Truth left, truth(expr.args[0]));
      if (left == true) return left;
      TRY(const Truth right, truth(expr.args[1]));
      if (right == true) return right;
      return left && right ? Truth(false) : Truth();
    }
    case Op::eq:
    case Op::ne:
    case Op::gt:
    case Op::ge:
    case Op::lt:
    case Op::le: return compared(expr);
    case Op::in: return within(expr);
    case Op::any:
    case Op::all: return loop(expr);
    default: break;
  }
  TRY(const Value value, eval(expr));
  return truth_of(value);
}

Result<Truth> Evaluator::compared(const Expr& expr) {
  const bool equality = expr.op == Op::eq || expr.op == Op::ne;
  if (equality && (is_null_literal(expr.args[0]) || is_null_literal(expr.args[1]))) {
    TRY(const Value value, eval(expr.args[is_null_literal(expr.args[0]) ? 1 : 0]));
    return value.is_null() == (expr.op == Op::eq);
  }
  TRY(const Value left, eval(expr.args[0]));
  TRY(const Value right, eval(expr.args[1]));
  return compare(left, how_of(expr.op), right);
}

/// `x in (1,2,3)` and `9 in properties/list`.
Result<Truth> Evaluator::within(const Expr& expr) {
  TRY(const Value left, eval(expr.args[0]));
  const Expr& right = expr.args[1];
  Truth out = false;
  const auto meet = [&](const Value& item) {
    const Truth same = compare(left, Compare::eq, item);
    if (same == true) out = true;
    else if (!same && out != true && left.is_null()) out = std::nullopt;
  };
  if (right.op == Op::list) {
    for (const Expr& item : right.args) {
      TRY(const Value value, eval(item));
      meet(value);
    }
    return out;
  }
  TRY(const Value value, eval(right));
  if (value.type == Type::json && value.tree->kind == Json::Kind::array) {
    for (const Json& item : value.tree->items) meet(value_of(item));
  } else if (value.type == Type::json || value.is_null()) {
    return Truth();
  } else {
    meet(value);
  }
  return out;
}

Result<Truth> Evaluator::loop(const Expr& expr) {
  Truth out = expr.op == Op::all;
  const auto one = [&](const Ref& member) -> Result<bool> {
    variables_[static_cast<std::size_t>(expr.collection.variable)] = member;
    if (expr.args.empty()) return out = true, false;
    TRY(const Truth truth, all_slots(expr.slots, 0, expr.args[0]));
    if (expr.op == Op::any && truth == true) return out = true, false;
    if (expr.op == Op::all && truth != true) return out = false, false;
    return true;
  };
  TRY_VOID(members(expr.collection, one));
  return out;
}

Result<Value> Evaluator::read(const Path& path) {
  TRY(const Ref entity, walk(path.variable, path.hops));
  if (!entity) return Value();
  if (path.property == -1) return Value::of(static_cast<long double>(entity.id));
  if (path.property == -2) {
    return Value::string("/" + std::string(info(entity.kind).set) + "(" + std::to_string(entity.id) + ")");
  }
  Value value = facts_.value(entity, path.property);
  if (path.inside.empty()) return value;
  if (value.type != Type::json) return Value();
  const Json* at = value.tree.get();
  for (const Inside& step : path.inside) {
    at = step_inside(*at, step);
    if (!at) return Value();
  }
  return value_of(*at);
}

Result<Value> Evaluator::eval(const Expr& expr) {
  if (++steps_ > kMaxSteps) return fail(ErrorKind::invalid, "this takes too long to compute: ask for less");
  switch (expr.op) {
    case Op::literal: return expr.value;
    case Op::path: return read(expr.path);
    case Op::call: return call(expr);
    case Op::negate: {
      TRY(const Value inner, eval(expr.args[0]));
      return arithmetic(Op::sub, inner.type == Type::duration ? Value::simple(Type::duration, 0) : Value::of(0), inner);
    }
    case Op::add:
    case Op::sub:
    case Op::mul:
    case Op::div:
    case Op::mod: {
      TRY(const Value left, eval(expr.args[0]));
      TRY(const Value right, eval(expr.args[1]));
      return arithmetic(expr.op, left, right);
    }
    case Op::list: return Value();
    default: {
      TRY(const Truth result, truth(expr));
      return from_truth(result);
    }
  }
}

Result<Value> Evaluator::call(const Expr& expr) {
  std::vector<Value> args;
  for (const Expr& arg : expr.args) {
    TRY(Value value, eval(arg));
    args.push_back(std::move(value));
  }
  return apply(expr.name, args, now_);
}

}  // namespace qala::sensorthings
