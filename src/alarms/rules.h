#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "alarms/hours.h"
#include "alarms/model.h"
#include "base/result.h"

namespace qala::alarms {

/// When a rule is judged at all. Outside it readings neither raise nor clear.
enum class When : std::uint8_t {
  always,
  night,           ///< the sun is more than 6 degrees below the town's horizon: street lamps must be lit
  heating_season,  ///< 15 October to 15 April
};
std::string_view name_of(When when);
std::optional<When> when_from(std::string_view name);

/// A condition on another datastream of the same thing.
struct Term {
  std::string property;  ///< ObservedProperty::key
  Comparison comparison = Comparison::above;  ///< > or <
  double limit = 0;
  double clear = 0;
  friend bool operator==(const Term&, const Term&) = default;
};
/// Holds if one of them does.
struct Clause {
  std::vector<Term> any;
  friend bool operator==(const Clause&, const Clause&) = default;
};

/// One rule. It addresses datastreams by what they are (kind, zone, property, selector; empty: any), never one by id.
///
/// comparison  limit                clear                      for_s                     per_s
/// >           raise above          clear at or below          must last so long         -
/// <           raise below          clear at or above          must last so long         -
/// rate        change in per_s      clear within (same sign)   -                         s
/// silent      expected intervals   -                          at least so long          -
/// frozen      tolerance            -                          must stand still so long  -
/// A negative limit of `rate` means falling faster than that.
struct Rule {
  std::string key;  ///< [a-z0-9_]{1,64}, unique
  registry::LocalText name;
  std::optional<registry::Kind> kind;
  std::string zone;      ///< ZoneArea::key
  std::string property;  ///< ObservedProperty::key
  std::string selector;  ///< glob over "thing key/datastream key": "F-*/current"; `*` any run, `?` any one byte
  Comparison comparison = Comparison::above;
  double limit = 0;
  double clear = 0;
  /// Of limit and clear; empty: whatever the datastream has. Datastreams in another unit are not judged, but µg/m³ and
  /// mg/m³ are converted.
  std::string unit;
  std::int64_t for_s = 0;
  std::int64_t per_s = 600;
  When when = When::always;
  /// Outside it raises nothing; what is raised still clears.
  std::optional<Hours> schedule;
  /// What comes about within it is raised when it ends, if it still holds.
  std::optional<Hours> quiet;
  /// (the rule itself or any[0] or …) and (all[0]) and …; for > and < only. What has no reading, or an old one, does
  /// not hold.
  std::vector<Term> any;
  std::vector<Clause> all;
  Severity severity = Severity::medium;
  bool enabled = true;
  /// Keys of rules that explain this one when they are active on the parent or the gateway.
  std::vector<std::string> explained_by;
  friend bool operator==(const Rule&, const Rule&) = default;
};

/// `invalid` with a message that begins with the field: "clear: must not be above limit (160) ...".
Result<> validate(const Rule& rule);

/// Reads `[[rule]]` tables (docs/formats/rules.md). Errors: "file:line:column: what". Every rule is validated; unknown
/// keys and two rules of one key are errors.
Result<std::vector<Rule>> parse_rules(std::string_view toml, std::string_view file);
/// What parse_rules reads back as the same rules. `head`: begins with a comment that says what the file is.
std::string write_rules(std::span<const Rule> rules, bool head = true);

/// The rules Qala brings: a new town has alarms with none written.
const std::vector<Rule>& default_rules();
/// The same as text, with the source of each limit beside it.
std::string_view default_rules_toml();

bool glob_matches(std::string_view pattern, std::string_view text);

using Rules = std::shared_ptr<const std::vector<Rule>>;

/// Where a rule comes from.
enum class Origin : std::uint8_t { built_in, file, edited };
std::string_view name_of(Origin origin);  ///< "default", "file", "edited"

/// The rules in force: the defaults, replaced by key by FOLDER/*.toml in order of name, replaced by FOLDER/edited.toml
/// (what people changed through the API). rules() from any thread; put() on the writer thread.
class RuleBook {
 public:
  /// `folder` may be absent. A file that does not read is an error naming file, line and column.
  static Result<std::unique_ptr<RuleBook>> open(const std::string& folder);
  Rules rules() const;
  std::optional<Rule> find(std::string_view key) const;
  /// Validates, writes edited.toml, then takes the rule. On failure nothing changed. Then: RuleEngine::set_rules().
  Result<> put(Rule rule);
  /// All of them, or none.
  Result<> put(std::vector<Rule> rules);
  /// Called before other rules count; they do not if it fails.
  using Record = std::function<Result<>()>;
  /// Reads the files again. On failure the rules in force stay, and problem() says what is wrong until it is mended.
  /// True: other rules are in force; then RuleEngine::set_rules().
  Result<bool> reload(const Record& record = {});
  /// "FILE:line:column: what" of the last reload() that failed; empty: none. Any thread.
  std::string problem() const;
  /// Takes back what put() did: a file's or a built-in rule of that key counts again. `not_found`; `conflict` if it was
  /// not edited. Then: RuleEngine::set_rules().
  Result<> remove(std::string_view key, const Record& record = {});
  Origin origin(std::string_view key) const;
  /// What counts again once an edit is taken back: a file's or a built-in rule.
  std::optional<Rule> below(std::string_view key) const;
  /// Edited, and there is a rule of a file or a built-in one below.
  bool overrides(std::string_view key) const;

 private:
  /// What the files say; `invalid` with the place of the mistake.
  struct Read {
    std::vector<Rule> base, edited;
  };
  static Result<Read> read(const std::string& folder);
  void take(Read read, std::vector<Rule> all);
  explicit RuleBook(std::string folder) : folder_(std::move(folder)) {}
  Result<> save(std::vector<Rule> edited);

  std::string folder_;
  mutable std::mutex mutex_;  ///< guards what follows, held for a copy
  std::vector<Rule> base_;  ///< without edits
  Rules rules_;
  std::vector<Rule> edited_;
  std::string problem_;
};

}  // namespace qala::alarms
