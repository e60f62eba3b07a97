#include "alarms/render.h"

namespace qala::alarms {

namespace {

void optional_ms(JsonWriter& out, std::string_view name, std::int64_t ns) {
  out.key(name);
  if (ns == 0) out.null();
  else out.integer(Instant{ns}.ms());
}

template <class Number>
void optional_id(JsonWriter& out, std::string_view name, Number id) {
  out.key(name);
  if (id == 0) out.null();
  else out.integer(static_cast<std::int64_t>(id));
}

void optional_text(JsonWriter& out, std::string_view name, std::string_view text) {
  out.key(name);
  if (text.empty()) out.null();
  else out.string(text);
}

}  // namespace

namespace {

void put_aside(JsonWriter& out, const Alarm& alarm) {
  out.key("shelved");
  if (const auto& shelf = alarm.shelved) {
    out.object().field("until", Instant{shelf->until}.ms()).field("at", Instant{shelf->at}.ms());
    out.field("by", shelf->by).field("reason", shelf->reason).end();
  } else {
    out.null();
  }
  out.key("out_of_service");
  if (const auto& away = alarm.out_of_service) {
    out.object().field("at", Instant{away->at}.ms()).field("by", away->by).field("reason", away->reason).end();
  } else {
    out.null();
  }
}

/// Without the closing brace.
void put_alarm(JsonWriter& out, const Alarm& alarm) {
  out.object().field("id", alarm.id.value).field("rule", alarm.rule);
  out.field("severity", static_cast<int>(alarm.severity));
  out.field("condition", name_of(alarm.condition)).field("handling", name_of(alarm.handling));
  optional_id(out, "thing", alarm.thing.value);
  optional_id(out, "datastream", alarm.datastream.value);
  out.field("kind", registry::name_of(alarm.kind));
  optional_id(out, "zone", alarm.zone);
  out.field("raised", Instant{alarm.raised}.ms());
  optional_ms(out, "cleared", alarm.cleared);
  out.key("acknowledged");
  if (alarm.handling == Handling::acknowledged) {
    out.object().field("at", Instant{alarm.acknowledged}.ms()).field("by", alarm.acknowledged_by).end();
  } else {
    out.null();
  }
  put_aside(out, alarm);
  optional_text(out, "assignee", alarm.assignee);
  optional_ms(out, "escalated", alarm.escalated);
  out.field("value", alarm.value).field("limit", alarm.limit).field("comparison", name_of(alarm.comparison));
  out.field("unit", alarm.unit).field("count", alarm.count).field("covers", alarm.covers);
  optional_id(out, "cause", alarm.cause.value);
  out.key("comments").array();
  for (const auto& comment : alarm.comments) {
    out.object().field("at", comment.at.ms()).field("by", comment.by).field("text", comment.text).end();
  }
  out.end().field("sequence", alarm.sequence).field("exercise", alarm.exercise != 0);
  out.field("open", alarm.is_open());
}

}  // namespace

void render(JsonWriter& out, const Alarm& alarm) {
  put_alarm(out, alarm);
  out.end();
}

void render(JsonWriter& out, const Alarm& alarm, const History& history) {
  put_alarm(out, alarm);
  out.key("history").array();
  for (const Step& step : history.steps) {
    out.object().field("at", Instant{step.at}.ms());
    optional_text(out, "by", step.by);
    out.field("step", name_of(step.kind));
    optional_text(out, "text", step.text);
    optional_ms(out, "until", step.until);
    out.field("value", step.value).end();
  }
  out.end().field("history_left_out", history.left_out).end();
}

void render(JsonWriter& out, const OutOfService& entry, AlarmId open) {
  out.object().field("rule", entry.rule).field("thing", entry.thing.value).field("at", Instant{entry.at}.ms());
  out.field("by", entry.by).field("reason", entry.reason);
  optional_id(out, "alarm", open.value);
  out.end();
}

void render(JsonWriter& out, const Aside& aside) {
  out.object().field("shelved", aside.shelved).field("out_of_service", aside.out_of_service).end();
}

void render(JsonWriter& out, std::span<const Alarm> alarms) {
  out.array();
  for (const auto& alarm : alarms) render(out, alarm);
  out.end();
}

void render(JsonWriter& out, const Counts& counts) {
  static constexpr const char* kNames[] = {"", "1", "2", "3", "4", "5"};
  out.object();
  for (std::size_t severity = 1; severity <= 5; severity++) out.field(kNames[severity], counts[severity]);
  out.end();
}

void render(JsonWriter& out, const Hours& hours, bool with_days) {
  out.object();
  if (with_days) {
    out.key("days").array();
    for (int day = 0; day < 7; day++) {
      if (hours.days >> day & 1) out.string(weekday_text(day));
    }
    out.end();
  }
  out.field("from", minute_text(hours.from_min)).field("to", minute_text(hours.until_min)).end();
}

namespace {

void put_hours(JsonWriter& out, const char* name, const std::optional<Hours>& hours, bool with_days) {
  out.key(name);
  if (!hours) {
    out.null();
    return;
  }
  render(out, *hours, with_days);
}

void open_term(JsonWriter& out, const Term& term) {
  out.object().field("property", term.property).field("comparison", name_of(term.comparison));
  out.field("limit", term.limit).field("clear", term.clear);
}

void put_terms(JsonWriter& out, std::span<const Term> terms) {
  out.key("or").array();
  for (const Term& term : terms) {
    open_term(out, term);
    out.end();
  }
  out.end();
}

void put_combination(JsonWriter& out, const Rule& rule) {
  put_terms(out, rule.any);
  out.key("and").array();
  for (const Clause& clause : rule.all) {
    open_term(out, clause.any[0]);
    put_terms(out, std::span(clause.any).subspan(1));
    out.end();
  }
  out.end();
}

}  // namespace

void render_open(JsonWriter& out, const Rule& rule) {
  out.object().field("key", rule.key);
  out.key("name").object().field("kk", rule.name.kk).field("ru", rule.name.ru).field("en", rule.name.en).end();
  optional_text(out, "kind", rule.kind ? registry::name_of(*rule.kind) : std::string_view());
  optional_text(out, "zone", rule.zone);
  optional_text(out, "property", rule.property);
  optional_text(out, "selector", rule.selector);
  out.field("comparison", name_of(rule.comparison)).field("limit", rule.limit).field("clear", rule.clear);
  optional_text(out, "unit", rule.unit);
  out.field("for_s", rule.for_s).field("per_s", rule.per_s).field("when", name_of(rule.when));
  put_hours(out, "schedule", rule.schedule, true);
  put_hours(out, "quiet", rule.quiet, false);
  put_combination(out, rule);
  out.field("severity", static_cast<int>(rule.severity)).field("enabled", rule.enabled);
  out.key("explained_by").array();
  for (const auto& key : rule.explained_by) out.string(key);
  out.end();
}

void render(JsonWriter& out, const Rule& rule) {
  render_open(out, rule);
  out.end();
}

}  // namespace qala::alarms
