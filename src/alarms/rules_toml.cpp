// Rules as TOML text: docs/formats/rules.md.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <set>

#include <fmt/format.h>

#include "alarms/rules.h"
#include "base/toml.h"

namespace qala::alarms {

namespace {

/// Takes the values of one [[rule]] table; the first mistake stays in `error`.
class TableReader {
 public:
  /// `prefix`: where the table stands in its rule, "and[0]."
  TableReader(const toml::table& table, std::string_view file, std::string prefix = {})
      : table_(table), file_(file), prefix_(std::move(prefix)) {}

  void text(std::string_view name, std::string& out) {
    if (const auto* node = take(name)) {
      if (const auto value = node->value_exact<std::string>()) out = *value;
      else wrong(*node, fmt::format("{}: must be text", name));
    }
  }
  void number(std::string_view name, double& out) {
    if (const auto* node = take(name)) {
      if (const auto value = node->value<double>(); value && node->is_number()) out = *value;
      else wrong(*node, fmt::format("{}: must be a number", name));
    }
  }
  void integer(std::string_view name, std::int64_t& out) {
    if (const auto* node = take(name)) {
      if (const auto value = node->value_exact<std::int64_t>()) out = *value;
      else wrong(*node, fmt::format("{}: must be a whole number", name));
    }
  }
  void boolean(std::string_view name, bool& out) {
    if (const auto* node = take(name)) {
      if (const auto value = node->value_exact<bool>()) out = *value;
      else wrong(*node, fmt::format("{}: must be true or false", name));
    }
  }
  template <class Value, class Parse>
  void word(std::string_view name, Parse parse, Value& out, std::string_view allowed) {
    const auto* node = take(name);
    if (!node) return;
    const auto value = node->value_exact<std::string>();
    const auto parsed = value ? parse(*value) : std::nullopt;
    if (parsed) out = *parsed;
    else wrong(*node, fmt::format("{}: must be {}", name, allowed));
  }
  void names(std::string_view name, registry::LocalText& out) {
    const auto* node = take(name);
    if (!node) return;
    const auto* table = node->as_table();
    if (!table) return wrong(*node, fmt::format("{}: must be {{kk=\"\", ru=\"\", en=\"\"}}", name));
    TableReader inner(*table, file_);
    inner.text("kk", out.kk);
    inner.text("ru", out.ru);
    inner.text("en", out.en);
    inner.no_others();
    if (error.empty()) error = inner.error;
  }
  void texts(std::string_view name, std::vector<std::string>& out) {
    const auto* node = take(name);
    if (!node) return;
    const auto* array = node->as_array();
    if (!array) return wrong(*node, fmt::format("{}: must be an array of text", name));
    for (const auto& element : *array) {
      if (const auto value = element.value_exact<std::string>()) out.push_back(*value);
      else wrong(element, fmt::format("{}: must be an array of text", name));
    }
  }
  /// Tables of an array, or one table; each is read by `read(reader)`.
  template <class Read>
  void tables(std::string_view name, bool many, Read read) {
    const auto* node = take(name);
    if (!node) return;
    const auto* array = node->as_array();
    if (many != (array != nullptr)) {
      return wrong(*node, fmt::format("{}: must be {}", name, many ? "an array of tables" : "a table"));
    }
    const std::size_t count = many ? array->size() : 1;
    for (std::size_t i = 0; i < count; i++) {
      const toml::node& element = many ? *array->get(i) : *node;
      const auto* table = element.as_table();
      const std::string at = many ? fmt::format("{}{}[{}]", prefix_, name, i) : fmt::format("{}{}", prefix_, name);
      if (!table) return wrong(element, fmt::format("{}: must be a table", name));
      TableReader inner(*table, file_, at + ".");
      read(inner);
      inner.no_others();
      if (error.empty()) error = inner.error;
    }
  }
  void no_others() {
    for (const auto& [key, node] : table_) {
      if (!taken_.contains(key.str())) wrong(node, fmt::format("{}: unknown key", key.str()));
    }
  }
  void wrong_field(std::string_view name, std::string_view what) {
    const auto* node = table_.get(name);
    wrong(node ? *node : static_cast<const toml::node&>(table_), fmt::format("{}: {}", name, what));
  }
  void wrong(const toml::node& node, std::string_view what) {
    if (error.empty()) error = at(node.source(), prefix_ + std::string(what));
  }
  std::string at(const toml::source_region& source, std::string_view what) const {
    return fmt::format("{}:{}:{}: {}", file_, source.begin.line, source.begin.column, what);
  }
  /// Where the field an error message begins with is written, else the table.
  const toml::node& place_of(std::string_view message) const {
    std::string_view path = message.substr(0, message.find(':'));
    for (;;) {
      if (const auto found = toml::at_path(table_, path)) return *found.node();
      const auto shorter = path.find_last_of(".[");
      if (shorter == std::string_view::npos) return table_;
      path = path.substr(0, shorter);
    }
  }

  std::string error;

 private:
  const toml::node* take(std::string_view name) {
    taken_.emplace(name);
    return table_.get(name);
  }

  const toml::table& table_;
  std::string_view file_;
  std::string prefix_;
  std::set<std::string, std::less<>> taken_;
};

void read_hours(TableReader& reader, bool with_days, Hours& hours) {
  const auto clock = "a time of day, like \"07:30\"";
  reader.word("from", minute_from, hours.from_min, clock);
  reader.word("to", minute_from, hours.until_min, clock);
  if (!with_days) return;
  std::vector<std::string> days;
  reader.texts("days", days);
  if (days.empty()) return;
  hours.days = 0;
  for (const auto& day : days) {
    const auto known = weekday_from(day);
    if (known) hours.days = static_cast<std::uint8_t>(hours.days | 1 << *known);
    else reader.wrong_field("days", "must be of mon, tue, wed, thu, fri, sat, sun");
  }
}

Term read_term(TableReader& reader) {
  Term term;
  reader.text("property", term.property);
  reader.word("comparison", comparison_from, term.comparison, "\">\" or \"<\"");
  reader.number("limit", term.limit);
  term.clear = term.limit;
  reader.number("clear", term.clear);
  return term;
}

void read_combination(TableReader& reader, Rule& rule) {
  reader.tables("or", true, [&](TableReader& term) { rule.any.push_back(read_term(term)); });
  reader.tables("and", true, [&](TableReader& clause) {
    rule.all.push_back({{read_term(clause)}});
    clause.tables("or", true, [&](TableReader& term) { rule.all.back().any.push_back(read_term(term)); });
  });
}

Result<Rule> read_rule(const toml::table& table, std::string_view file) {
  Rule rule;
  TableReader reader(table, file);
  reader.text("key", rule.key);
  reader.names("name", rule.name);
  reader.word("kind", registry::kind_from, rule.kind, "a kind of thing, like \"air_station\"");
  reader.text("zone", rule.zone);
  reader.text("property", rule.property);
  reader.text("selector", rule.selector);
  reader.word("comparison", comparison_from, rule.comparison, "one of \">\", \"<\", \"rate\", \"silent\", \"frozen\"");
  reader.number("limit", rule.limit);
  rule.clear = rule.comparison == Comparison::above || rule.comparison == Comparison::below ? rule.limit : 0;
  reader.number("clear", rule.clear);
  reader.text("unit", rule.unit);
  reader.integer("for_s", rule.for_s);
  reader.integer("per_s", rule.per_s);
  reader.word("when", when_from, rule.when, "one of \"always\", \"night\", \"heating_season\"");
  reader.tables("schedule", false, [&](TableReader& inner) { read_hours(inner, true, rule.schedule.emplace()); });
  reader.tables("quiet", false, [&](TableReader& inner) { read_hours(inner, false, rule.quiet.emplace()); });
  read_combination(reader, rule);
  std::int64_t severity = 3;
  reader.integer("severity", severity);
  rule.severity = static_cast<Severity>(std::clamp<std::int64_t>(severity, 0, 255));
  reader.boolean("enabled", rule.enabled);
  reader.texts("explained_by", rule.explained_by);
  reader.no_others();
  if (!reader.error.empty()) return fail(ErrorKind::invalid, reader.error);
  if (const auto valid = validate(rule); !valid) {
    const std::string& message = valid.error().message;
    return fail(ErrorKind::invalid, reader.at(reader.place_of(message).source(), message));
  }
  return rule;
}

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') (out += '\\') += c;
    else if (byte < 0x20 || byte == 0x7f) out += fmt::format("\\u{:04X}", byte);
    else out += c;
  }
  return out + '"';
}

/// TOML keeps 160 and 160.0 apart; whole limits are written without the decimals.
std::string number(double value) {
  if (value == std::floor(value) && std::abs(value) < 1e15) return fmt::format("{}", static_cast<std::int64_t>(value));
  return fmt::format("{}", value);
}

std::string term_text(const Term& term) {
  return fmt::format("property = {}, comparison = {}, limit = {}, clear = {}", in_quotes(term.property),
                     in_quotes(name_of(term.comparison)), number(term.limit), number(term.clear));
}

/// `[{…}, {…}]`
std::string terms_text(std::span<const Term> terms) {
  std::string out = "[";
  for (const Term& term : terms) out += (out.size() > 1 ? ", {" : "{") + term_text(term) + "}";
  return out + "]";
}

void write_combination(const Rule& rule, std::string& out) {
  if (!rule.any.empty()) out += "or = " + terms_text(rule.any) + "\n";
  if (rule.all.empty()) return;
  out += "and = [";
  for (std::size_t i = 0; i < rule.all.size(); i++) {
    const auto& terms = rule.all[i].any;
    out += (i ? ", {" : "{") + term_text(terms[0]);
    if (terms.size() > 1) out += ", or = " + terms_text(std::span(terms).subspan(1));
    out += "}";
  }
  out += "]\n";
}

void write_hours(const Rule& rule, std::string& out) {
  if (rule.schedule) {
    std::string days;
    for (int day = 0; day < 7; day++) {
      if (rule.schedule->days >> day & 1) days += (days.empty() ? "" : ", ") + in_quotes(weekday_text(day));
    }
    out += fmt::format("schedule = {{days = [{}], from = \"{}\", to = \"{}\"}}\n", days,
                       minute_text(rule.schedule->from_min), minute_text(rule.schedule->until_min));
  }
  if (rule.quiet) {
    out += fmt::format("quiet = {{from = \"{}\", to = \"{}\"}}\n", minute_text(rule.quiet->from_min),
                       minute_text(rule.quiet->until_min));
  }
}

void write_rule(const Rule& rule, std::string& out) {
  out += fmt::format("[[rule]]\nkey = {}\nname = {{kk = {}, ru = {}, en = {}}}\n", in_quotes(rule.key),
                     in_quotes(rule.name.kk), in_quotes(rule.name.ru), in_quotes(rule.name.en));
  if (rule.kind) out += fmt::format("kind = {}\n", in_quotes(registry::name_of(*rule.kind)));
  if (!rule.zone.empty()) out += fmt::format("zone = {}\n", in_quotes(rule.zone));
  if (!rule.property.empty()) out += fmt::format("property = {}\n", in_quotes(rule.property));
  if (!rule.selector.empty()) out += fmt::format("selector = {}\n", in_quotes(rule.selector));
  out += fmt::format("comparison = {}\nlimit = {}\nclear = {}\nfor_s = {}\nper_s = {}\nwhen = {}\n",
                     in_quotes(name_of(rule.comparison)), number(rule.limit), number(rule.clear), rule.for_s,
                     rule.per_s, in_quotes(name_of(rule.when)));
  if (!rule.unit.empty()) out += fmt::format("unit = {}\n", in_quotes(rule.unit));
  out += fmt::format("severity = {}\nenabled = {}\n", static_cast<int>(rule.severity), rule.enabled);
  write_hours(rule, out);
  write_combination(rule, out);
  if (!rule.explained_by.empty()) {
    out += "explained_by = [";
    for (std::size_t i = 0; i < rule.explained_by.size(); i++) {
      out += (i ? ", " : "") + in_quotes(rule.explained_by[i]);
    }
    out += "]\n";
  }
  out += '\n';
}

}  // namespace

Result<std::vector<Rule>> parse_rules(std::string_view text, std::string_view file) {
  const toml::parse_result parsed = toml::parse(text, file);
  if (!parsed) {
    const auto& source = parsed.error().source();
    return fail(ErrorKind::invalid, fmt::format("{}:{}:{}: {}", file, source.begin.line, source.begin.column,
                                                parsed.error().description()));
  }
  TableReader top(parsed.table(), file);
  for (const auto& [key, node] : parsed.table()) {
    if (key.str() != "rule" || !node.is_array_of_tables()) {
      return fail(ErrorKind::invalid, top.at(node.source(), "only [[rule]] tables are known here"));
    }
  }
  std::vector<Rule> rules;
  const auto* tables = parsed.table()["rule"].as_array();
  if (!tables) return rules;
  for (const auto& table : *tables) {
    TRY(auto rule, read_rule(*table.as_table(), file));
    if (std::ranges::find(rules, rule.key, &Rule::key) != rules.end()) {
      return fail(ErrorKind::invalid, top.at(table.source(), "key: there are two rules \"" + rule.key + "\""));
    }
    rules.push_back(std::move(rule));
  }
  return rules;
}

std::string write_rules(std::span<const Rule> rules, bool head) {
  std::string out;
  if (head) out = "# Written by Qala when rules are changed on the screen. See docs/formats/rules.md.\n\n";
  for (const Rule& rule : rules) write_rule(rule, out);
  return out;
}

}  // namespace qala::alarms
