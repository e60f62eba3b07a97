#include "alarms/rules.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>

#include "base/file.h"

namespace qala::alarms {

namespace {

constexpr std::array<std::string_view, 3> kWhens{"always", "night", "heating_season"};
constexpr std::int64_t kLongest = 400LL * 86'400;

Error wrong(std::string_view field, std::string_view what) {
  return fail(ErrorKind::invalid, std::string(field) + ": " + std::string(what));
}

bool is_key(std::string_view key) {
  return !key.empty() && key.size() <= 64 &&
         std::ranges::all_of(key, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

Result<> validate_name(const registry::LocalText& name) {
  for (const auto& [text, field] : {std::pair{&name.kk, "name.kk"}, {&name.ru, "name.ru"}, {&name.en, "name.en"}}) {
    if (text->empty()) return wrong(field, "must not be empty");
    if (text->size() > 200) return wrong(field, "must not be longer than 200 bytes");
  }
  return {};
}

Result<> validate_limits(const Rule& rule) {
  if (!std::isfinite(rule.limit)) return wrong("limit", "must be a number");
  if (!std::isfinite(rule.clear)) return wrong("clear", "must be a number");
  switch (rule.comparison) {
    case Comparison::above:
      if (rule.clear > rule.limit) return wrong("clear", "must not be above limit: it would clear while it is raised");
      break;
    case Comparison::below:
      if (rule.clear < rule.limit) return wrong("clear", "must not be below limit: it would clear while it is raised");
      break;
    case Comparison::rate:
      if (rule.limit == 0) return wrong("limit", "must not be 0: a change in per_s");
      if (rule.clear * rule.limit < 0 || std::abs(rule.clear) > std::abs(rule.limit)) {
        return wrong("clear", "must lie between 0 and limit");
      }
      break;
    case Comparison::silent:
      if (rule.limit < 1 || rule.limit > 1000) return wrong("limit", "must be 1 to 1000 expected intervals");
      break;
    case Comparison::frozen:
      if (rule.limit < 0) return wrong("limit", "must not be negative: how much counts as the same value");
      if (rule.for_s < 60) return wrong("for_s", "must be at least 60 for frozen");
      break;
  }
  return {};
}

constexpr std::size_t kMostTerms = 8;

Result<> validate_terms(const std::vector<Term>& terms, const std::string& where) {
  if (terms.size() > kMostTerms) return wrong(where, "must not have more than 8 conditions");
  for (std::size_t i = 0; i < terms.size(); i++) {
    const Term& term = terms[i];
    const std::string at = where + "[" + std::to_string(i) + "].";
    if (term.property.empty()) return wrong(at + "property", "must not be empty");
    const bool above = term.comparison == Comparison::above;
    if (!above && term.comparison != Comparison::below) return wrong(at + "comparison", "must be > or <");
    if (!std::isfinite(term.limit)) return wrong(at + "limit", "must be a number");
    if (!std::isfinite(term.clear)) return wrong(at + "clear", "must be a number");
    if (above ? term.clear > term.limit : term.clear < term.limit) {
      return wrong(at + "clear", "must lie on the good side of limit");
    }
  }
  return {};
}

/// A clause is written as its first condition, with the others in its `or`.
Result<> validate_combination(const Rule& rule) {
  if (rule.any.empty() && rule.all.empty()) return {};
  if (rule.comparison != Comparison::above && rule.comparison != Comparison::below) {
    return wrong("comparison", "must be > or < in a rule of several conditions");
  }
  TRY_VOID(validate_terms(rule.any, "or"));
  if (rule.all.size() > kMostTerms) return wrong("and", "must not have more than 8 conditions");
  for (std::size_t i = 0; i < rule.all.size(); i++) {
    const auto& terms = rule.all[i].any;
    const std::string at = "and[" + std::to_string(i) + "]";
    if (terms.empty()) return wrong(at, "must be a condition");
    if (auto first = validate_terms({terms[0]}, at); !first) {
      std::string message = first.error().message;
      message.erase(at.size(), 3);  // "and[0][0].limit" is written "and[0].limit"
      return fail(ErrorKind::invalid, std::move(message));
    }
    TRY_VOID(validate_terms({terms.begin() + 1, terms.end()}, at + ".or"));
  }
  return {};
}

Result<> validate_hours(const std::optional<Hours>& hours, std::string_view field) {
  if (!hours) return {};
  if ((hours->days & 0x7f) == 0) return wrong(std::string(field) + ".days", "must name a day");
  const auto minute = [](std::int32_t m) { return m >= 0 && m < 24 * 60; };
  if (!minute(hours->from_min) || !minute(hours->until_min)) return wrong(field, "must be hours of a day");
  return {};
}

}  // namespace

std::string_view name_of(Origin origin) {
  return origin == Origin::built_in ? "default" : origin == Origin::file ? "file" : "edited";
}

std::string_view name_of(When when) { return kWhens[static_cast<std::size_t>(when)]; }

std::optional<When> when_from(std::string_view name) {
  for (std::size_t i = 0; i < kWhens.size(); i++) {
    if (kWhens[i] == name) return static_cast<When>(i);
  }
  return std::nullopt;
}

Result<> validate(const Rule& rule) {
  if (!is_key(rule.key)) return wrong("key", "must be 1 to 64 of a-z, 0-9 and _");
  TRY_VOID(validate_name(rule.name));
  const auto number = static_cast<int>(rule.severity);
  if (number < 1 || number > 5) return wrong("severity", "must be 1 (critical) to 5 (info)");
  const bool anything = !rule.kind && rule.zone.empty() && rule.property.empty() && rule.selector.empty();
  if (anything && rule.comparison != Comparison::silent) {
    return wrong("kind", "give at least one of kind, zone, property, selector");
  }
  if (rule.selector.size() > 256) return wrong("selector", "must not be longer than 256 bytes");
  if (rule.for_s < 0 || rule.for_s > kLongest) return wrong("for_s", "must be 0 to 34560000 seconds");
  if (rule.per_s < 1 || rule.per_s > kLongest) return wrong("per_s", "must be 1 to 34560000 seconds");
  for (const auto& key : rule.explained_by) {
    if (!is_key(key)) return wrong("explained_by", "must be keys of rules");
  }
  TRY_VOID(validate_hours(rule.schedule, "schedule"));
  TRY_VOID(validate_hours(rule.quiet, "quiet"));
  TRY_VOID(validate_combination(rule));
  return validate_limits(rule);
}

bool glob_matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0, star = std::string_view::npos, retry = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      retry = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      p++;
      t++;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++retry;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') p++;
  return p == pattern.size();
}

namespace {

void put_into(std::vector<Rule>& rules, Rule rule) {
  const auto at = std::ranges::find(rules, rule.key, &Rule::key);
  if (at == rules.end()) rules.push_back(std::move(rule));
  else *at = std::move(rule);
}

std::vector<Rule> with_edits(std::vector<Rule> base, const std::vector<Rule>& edited) {
  for (const auto& rule : edited) put_into(base, rule);
  return base;
}

Result<std::vector<Rule>> read_rules(const std::string& path) {
  TRY(const auto bytes, read_file(path));
  return parse_rules({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, path);
}

std::vector<std::string> rule_files(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code ignored;  // an absent folder is an empty one
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    if (entry.path().extension() == ".toml" && entry.path().filename() != "edited.toml") {
      names.push_back(entry.path().string());
    }
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace

Result<RuleBook::Read> RuleBook::read(const std::string& folder) {
  Read read{.base = default_rules(), .edited = {}};
  for (const auto& path : rule_files(folder)) {
    TRY(auto written, read_rules(path));
    for (auto& rule : written) put_into(read.base, std::move(rule));
  }
  if (const std::string edited = folder + "/edited.toml"; std::filesystem::exists(edited)) {
    TRY(read.edited, read_rules(edited));
  }
  return read;
}

void RuleBook::take(Read read, std::vector<Rule> all) {
  const std::lock_guard lock(mutex_);
  base_ = std::move(read.base);
  edited_ = std::move(read.edited);
  rules_ = std::make_shared<const std::vector<Rule>>(std::move(all));
  problem_.clear();
}

Result<std::unique_ptr<RuleBook>> RuleBook::open(const std::string& folder) {
  std::unique_ptr<RuleBook> book(new RuleBook(folder));
  TRY(auto found, read(folder));
  auto all = with_edits(found.base, found.edited);
  book->take(std::move(found), std::move(all));
  return book;
}

Result<bool> RuleBook::reload(const Record& record) {
  auto found = read(folder_);
  if (!found) {
    const std::lock_guard lock(mutex_);
    problem_ = found.error().message;
    return std::move(found.error());
  }
  auto all = with_edits(found->base, found->edited);
  const bool others = all != *rules();
  if (others && record) TRY_VOID(record());
  take(std::move(*found), std::move(all));
  return others;
}

std::string RuleBook::problem() const {
  const std::lock_guard lock(mutex_);
  return problem_;
}

Rules RuleBook::rules() const {
  const std::lock_guard lock(mutex_);
  return rules_;
}

std::optional<Rule> RuleBook::find(std::string_view key) const {
  const Rules rules = this->rules();
  const auto at = std::ranges::find(*rules, key, &Rule::key);
  if (at == rules->end()) return std::nullopt;
  return *at;
}

/// Writes the edits, then makes them count.
Result<> RuleBook::save(std::vector<Rule> edited) {
  const std::string text = write_rules(edited);
  std::error_code ec;
  std::filesystem::create_directories(folder_, ec);
  if (ec) return from_errno(ec.value(), "creating " + folder_);
  TRY_VOID(write_file_atomically(folder_ + "/edited.toml", std::as_bytes(std::span(text))).context("saving rules"));
  auto all = with_edits(base_, edited);
  const std::lock_guard lock(mutex_);
  edited_ = std::move(edited);
  rules_ = std::make_shared<const std::vector<Rule>>(std::move(all));
  return {};
}

Result<> RuleBook::put(Rule rule) { return put(std::vector<Rule>{std::move(rule)}); }

Result<> RuleBook::put(std::vector<Rule> rules) {
  auto edited = edited_;
  for (Rule& rule : rules) {
    TRY_VOID(validate(rule));
    put_into(edited, std::move(rule));
  }
  return save(std::move(edited));
}

Result<> RuleBook::remove(std::string_view key, const Record& record) {
  if (!find(key)) return fail(ErrorKind::not_found, "there is no rule \"" + std::string(key) + "\"");
  auto edited = edited_;
  if (std::erase_if(edited, [&](const Rule& rule) { return rule.key == key; }) == 0) {
    return fail(ErrorKind::conflict, "rule \"" + std::string(key) + "\" was not edited: disable it instead");
  }
  if (record) TRY_VOID(record());
  return save(std::move(edited));
}

Origin RuleBook::origin(std::string_view key) const {
  const std::lock_guard lock(mutex_);
  if (std::ranges::find(edited_, key, &Rule::key) != edited_.end()) return Origin::edited;
  return std::ranges::find(default_rules(), key, &Rule::key) == default_rules().end() ||
                 *std::ranges::find(default_rules(), key, &Rule::key) != *std::ranges::find(base_, key, &Rule::key)
             ? Origin::file
             : Origin::built_in;
}

std::optional<Rule> RuleBook::below(std::string_view key) const {
  const std::lock_guard lock(mutex_);
  const auto at = std::ranges::find(base_, key, &Rule::key);
  return at == base_.end() ? std::nullopt : std::optional(*at);
}

bool RuleBook::overrides(std::string_view key) const {
  const std::lock_guard lock(mutex_);
  return std::ranges::find(edited_, key, &Rule::key) != edited_.end() &&
         std::ranges::find(base_, key, &Rule::key) != base_.end();
}

}  // namespace qala::alarms
