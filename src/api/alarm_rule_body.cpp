#include "api/alarm_rule_body.h"

#include <fmt/format.h>

#include "alarms/render.h"

namespace qala::api {

namespace {

template <class Value>
void take(std::optional<Value> given, Value& into) {
  if (given) into = std::move(*given);
}

Result<> read_name(const Body& body, registry::LocalText& name) {
  if (!body.has("name")) return {};
  TRY(const auto given, Body::parse(body.json("name")));
  TRY(name.kk, given.text("kk"));
  TRY(name.ru, given.text("ru"));
  TRY(name.en, given.text("en"));
  return {};
}

/// An empty text: any.
Result<> read_selection(const Body& body, alarms::Rule& rule) {
  TRY(const auto kind, body.optional_text("kind"));
  if (kind) {
    rule.kind = kind->empty() ? std::nullopt : registry::kind_from(*kind);
    if (!kind->empty() && !rule.kind) return fail(ErrorKind::invalid, "kind: \"" + *kind + "\" is unknown");
  } else if (body.is_null("kind")) {
    rule.kind.reset();
  }
  for (const auto& [name, field] : {std::pair{"property", &alarms::Rule::property},
                                    {"zone", &alarms::Rule::zone},
                                    {"selector", &alarms::Rule::selector},
                                    {"unit", &alarms::Rule::unit}}) {
    TRY(auto text, body.optional_text(name));
    if (text) rule.*field = std::move(*text);
    else if (body.is_null(name)) (rule.*field).clear();
  }
  return {};
}

Result<> read_comparison(const Body& body, alarms::Comparison& comparison) {
  TRY(const auto text, body.optional_text("comparison"));
  if (!text) return {};
  const auto known = alarms::comparison_from(*text);
  if (!known) return fail(ErrorKind::invalid, "comparison: one of > < rate silent frozen");
  comparison = *known;
  return {};
}

Result<alarms::Term> read_term(const Body& body) {
  alarms::Term term;
  TRY(term.property, body.text("property"));
  TRY_VOID(read_comparison(body, term.comparison));
  TRY(const auto limit, body.optional_number("limit"));
  TRY(const auto clear, body.optional_number("clear"));
  term.limit = limit.value_or(0);
  term.clear = clear.value_or(term.limit);
  return term;
}

Result<std::vector<alarms::Term>> read_terms(const Body& body) {
  std::vector<alarms::Term> terms;
  TRY(const auto objects, body.objects("or"));
  for (std::size_t i = 0; i < objects.size(); i++) {
    TRY(auto term, read_term(objects[i]).context("or[" + std::to_string(i) + "]"));
    terms.push_back(std::move(term));
  }
  return terms;
}

Result<> read_combination(const Body& body, alarms::Rule& rule) {
  if (body.has("or") || body.is_null("or")) {
    TRY(rule.any, read_terms(body));
  }
  if (!body.has("and") && !body.is_null("and")) return {};
  rule.all.clear();
  TRY(const auto clauses, body.objects("and"));
  for (std::size_t i = 0; i < clauses.size(); i++) {
    const std::string where = "and[" + std::to_string(i) + "]";
    TRY(auto first, read_term(clauses[i]).context(where));
    TRY(auto others, read_terms(clauses[i]).context(where));
    others.insert(others.begin(), std::move(first));
    rule.all.push_back({std::move(others)});
  }
  return {};
}

}  // namespace

Result<alarms::Hours> hours_from(const Body& body, const std::string& field) {
  alarms::Hours hours;
  for (const auto& [name, into] : {std::pair{"from", &hours.from_min}, {"to", &hours.until_min}}) {
    TRY(const auto text, body.text(name).context(field));
    const auto minute = alarms::minute_from(text);
    if (!minute) return fail(ErrorKind::invalid, field + "." + name + ": a time of day, like \"07:30\"");
    *into = *minute;
  }
  if (!body.has("days")) return hours;
  TRY(const auto days, body.texts("days"));
  hours.days = 0;
  for (const auto& day : days) {
    const auto known = alarms::weekday_from(day);
    if (!known) return fail(ErrorKind::invalid, field + ".days: of mon, tue, wed, thu, fri, sat, sun");
    hours.days = static_cast<std::uint8_t>(hours.days | 1 << *known);
  }
  return hours;
}

namespace {

Result<> read_times(const Body& body, alarms::Rule& rule) {
  TRY(const auto when, body.optional_text("when"));
  if (when) {
    const auto known = alarms::when_from(*when);
    if (!known) return fail(ErrorKind::invalid, "when: one of always, night, heating_season");
    rule.when = *known;
  }
  for (const auto& [name, into] : {std::pair{"schedule", &rule.schedule}, {"quiet", &rule.quiet}}) {
    if (body.is_null(name)) into->reset();
    if (!body.has(name)) continue;
    TRY(const auto given, Body::parse(body.json(name)).context(name));
    TRY(*into, hours_from(given, name));
  }
  return {};
}

Result<> read_limits(const Body& body, alarms::Rule& rule) {
  TRY(const auto limit, body.optional_number("limit"));
  take(limit, rule.limit);
  TRY(const auto clear, body.optional_number("clear"));
  rule.clear = clear.value_or(limit ? *limit : rule.clear);
  TRY(const auto for_s, body.optional_integer("for_s"));
  take(for_s, rule.for_s);
  TRY(const auto per_s, body.optional_integer("per_s"));
  take(per_s, rule.per_s);
  TRY(const auto severity, body.optional_integer("severity"));
  if (severity && (*severity < 1 || *severity > 5)) return fail(ErrorKind::invalid, "severity: 1 to 5");
  if (severity) rule.severity = static_cast<alarms::Severity>(*severity);
  return {};
}

}  // namespace

void render_rule(JsonWriter& json, const alarms::Rule& rule, const alarms::RuleBook& book) {
  alarms::render_open(json, rule);
  json.field("revision", revision_of(rule)).field("origin", alarms::name_of(book.origin(rule.key)));
  json.field("overrides", book.overrides(rule.key)).end();
}

std::string revision_of(const alarms::Rule& rule) {
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a: told apart, not protected
  for (const char c : alarms::write_rules(std::span(&rule, 1), false)) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
  return fmt::format("{:016x}", hash);
}

Result<alarms::Rule> rule_from(const Body& body, std::string key, alarms::Rule rule) {
  rule.key = std::move(key);
  TRY_VOID(read_name(body, rule.name));
  TRY_VOID(read_selection(body, rule));
  TRY_VOID(read_comparison(body, rule.comparison));
  TRY_VOID(read_limits(body, rule));
  TRY_VOID(read_times(body, rule));
  TRY_VOID(read_combination(body, rule));
  TRY(const auto enabled, body.optional_boolean("enabled"));
  take(enabled, rule.enabled);
  if (body.has("explained_by")) {
    TRY(rule.explained_by, body.texts("explained_by"));
  }
  TRY_VOID(alarms::validate(rule));
  return rule;
}

}  // namespace qala::api
