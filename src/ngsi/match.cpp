#include "ngsi/match.h"

#include <algorithm>
#include <compare>

namespace qala::ngsi {

namespace {

using Of = Operand::Kind;

/// What a term looks at: of lists each word.
struct Looked {
  std::vector<Operand> values;
  bool there = false;
};

Operand text(std::string_view text) { return {.kind = Of::text, .text = std::string(text)}; }

void look_at(const Value& value, const std::vector<std::string>& inside, Looked& out) {
  if (!inside.empty()) {
    if (value.kind != Value::Kind::members || inside.size() != 1) return;
    for (const auto& [name, said] : value.members)
      if (name == inside[0]) out.values.push_back(text(said)), out.there = true;
    return;
  }
  out.there = true;
  switch (value.kind) {
    case Value::Kind::number: out.values.push_back({.kind = Of::number, .number = value.number}); break;
    case Value::Kind::text: out.values.push_back(text(value.text)); break;
    case Value::Kind::boolean: out.values.push_back({.kind = Of::boolean, .flag = value.flag}); break;
    case Value::Kind::time: out.values.push_back({.kind = Of::time, .time = value.time}); break;
    case Value::Kind::words:
      for (const auto& word : value.words) out.values.push_back(text(word));
      break;
    case Value::Kind::members:
    case Value::Kind::place: break;  // they are there, and like nothing
  }
}

Looked look(const Term& term, const Entity& entity) {
  Looked out;
  const auto* attribute = entity.find(term.attribute);
  if (!attribute) return out;
  if (term.beneath.empty()) {
    look_at(attribute->value, term.inside, out);
    return out;
  }
  if (term.beneath.size() != 1 || !term.inside.empty()) return out;
  const auto& name = term.beneath[0];
  if (name == "observedAt" && attribute->observed)
    out.values.push_back({.kind = Of::time, .time = *attribute->observed});
  if (name == "unitCode" && !attribute->unit.empty()) out.values.push_back(text(attribute->unit));
  out.there = !out.values.empty();
  return out;
}

/// Unordered: of two kinds.
std::partial_ordering order(const Operand& a, const Operand& b) {
  if (a.kind != b.kind) return std::partial_ordering::unordered;
  switch (a.kind) {
    case Of::number: return a.number <=> b.number;
    case Of::time: return a.time <=> b.time;
    case Of::text: return a.text.compare(b.text) <=> 0;
    case Of::boolean: return a.flag == b.flag ? std::partial_ordering::equivalent : std::partial_ordering::unordered;
  }
  return std::partial_ordering::unordered;
}

bool is_one_of(const Operand& value, const std::vector<Choice>& choices) {
  return std::ranges::any_of(choices, [&](const Choice& choice) {
    const auto from = order(value, choice.from);
    if (choice.to.empty()) return from == 0;
    return from >= 0 && order(value, choice.to[0]) <= 0;
  });
}

bool fits(const Term& term, const Entity& entity) {
  const Looked looked = look(term, entity);
  if (!looked.there) return false;
  const auto any = [&](const auto& holds) { return std::ranges::any_of(looked.values, holds); };
  const auto compared = [&](const auto& holds) {
    return any([&](const Operand& value) { return holds(order(value, term.choices[0].from)); });
  };
  const auto like = [&](const Operand& value) {
    return value.kind == Of::text && term.pattern[0].found_in(value.text);
  };
  switch (term.compare) {
    case Compare::exists: return true;
    case Compare::equal: return any([&](const Operand& value) { return is_one_of(value, term.choices); });
    case Compare::unequal: return !any([&](const Operand& value) { return is_one_of(value, term.choices); });
    case Compare::less: return compared([](auto at) { return at < 0; });
    case Compare::less_equal: return compared([](auto at) { return at <= 0; });
    case Compare::greater: return compared([](auto at) { return at > 0; });
    case Compare::greater_equal: return compared([](auto at) { return at >= 0; });
    case Compare::like: return any(like);
    case Compare::unlike: return !any(like);
  }
  return false;
}

}  // namespace

bool fits(const Query& query, const Entity& entity) {
  const auto part = [&](const Query& one) { return fits(one, entity); };
  switch (query.kind) {
    case Query::Kind::term: return fits(query.term, entity);
    case Query::Kind::all: return std::ranges::all_of(query.parts, part);
    case Query::Kind::any: return std::ranges::any_of(query.parts, part);
  }
  return false;
}

}  // namespace qala::ngsi
