// Runs tests/rules/*.test: a town, readings at times, and what must stand in the tray. The words are in
// tests/rules/README.md.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "alarms/testbed.h"

namespace qala::alarms::testing {
namespace {

using Words = std::vector<std::string>;

Words split(const std::string& line) {
  std::istringstream in(line.substr(0, line.find('#')));
  Words words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

/// "kind" of "kind=lamp"; empty if it is not there.
std::string option(const Words& words, const std::string& name) {
  for (const auto& word : words) {
    if (word.starts_with(name + "=")) return word.substr(name.size() + 1);
  }
  return {};
}

std::int64_t seconds(const std::string& text) {
  const std::int64_t number = std::stoll(text);
  switch (text.back()) {
    case 'm': return number * 60;
    case 'h': return number * 3600;
    case 'd': return number * 86400;
    default: return number;
  }
}

class Script {
 public:
  void run(const std::string& path) {
    std::ifstream in(path);
    ASSERT_TRUE(in) << path;
    std::string line;
    for (int number = 1; std::getline(in, line); number++) {
      SCOPED_TRACE(path + ":" + std::to_string(number) + ": " + line);
      if (reading_rules_) take_rule_line(line);
      else step(split(line));
      if (::testing::Test::HasFatalFailure()) return;
    }
    ASSERT_TRUE(town_.engine) << path << " does nothing";
  }

 private:
  void take_rule_line(const std::string& line) {
    if (line != "end") {
      toml_ += line + '\n';
      return;
    }
    reading_rules_ = false;
    const auto rules = parse_rules(toml_, "rules");
    ASSERT_TRUE(rules) << rules.error().message;
    town_.use(*rules);
  }

  void step(const Words& words) {
    if (words.empty()) return;
    if (words[0] == "rules") reading_rules_ = true;
    else if (words[0] == "at") at(words.at(1));
    else if (words[0] == "thing") thing(words);
    else if (words[0] == "stream") stream(words);
    else act(words);
  }

  void act(const Words& words) {
    if (!town_.engine) town_.open();
    if (words[0] == "read") read(words);
    else if (words[0] == "wait") town_.wait(seconds(words.at(1)));
    else if (words[0] == "apply") ASSERT_TRUE(town_.engine->apply());
    else if (words[0] == "kill") (town_.kill(), town_.open());
    else if (words[0] == "acknowledge") acknowledge(words);
    else if (words[0] == "expect") expect(words);
    else FAIL() << "unknown word " << words[0];
  }

  void at(const std::string& text) {
    const auto instant = parse_iso(text);
    ASSERT_TRUE(instant);
    town_.clock.set(*instant);
  }

  void thing(const Words& words) {
    const auto kind = registry::kind_from(option(words, "kind"));
    ASSERT_TRUE(kind);
    town_.directory.add_thing(words.at(1), *kind, town_.directory.thing_named(option(words, "parent")),
                              town_.directory.thing_named(option(words, "gateway")));
  }

  void stream(const Words& words) {
    const auto slash = words.at(1).find('/');
    const ThingId thing = town_.directory.thing_named(words[1].substr(0, slash));
    ASSERT_TRUE(thing);
    const std::string interval = option(words, "interval");
    const std::string key = words[1].substr(slash + 1);
    const std::string property = option(words, "property");
    town_.directory.add_stream(thing, key, property.empty() ? key : property,
                               interval.empty() ? 600 : seconds(interval), option(words, "unit"));
  }

  void read(const Words& words) {
    const auto streams = town_.directory.streams_named(words.at(1));
    ASSERT_FALSE(streams.empty());
    const std::string ago = option(words, "ago");
    const auto when = town_.clock.now() - std::chrono::seconds(ago.empty() ? 0 : seconds(ago));
    for (const auto id : streams) town_.read_at(id, std::stod(words.at(2)), when);
  }

  std::vector<Alarm> of(const std::string& rule, const std::string& thing) const {
    auto tray = town_.tray();
    std::erase_if(
        tray, [&](const Alarm& alarm) { return alarm.rule != rule || town_.directory.key_of(alarm.thing) != thing; });
    return tray;
  }

  void acknowledge(const Words& words) {
    const auto alarms = of(words.at(1), words.at(2));
    ASSERT_EQ(alarms.size(), 1u);
    ASSERT_TRUE(town_.engine->acknowledge(alarms[0].id, audit::Actor{"user", "operator"}, ""));
  }

  void expect(const Words& words) {
    if (words.at(1) == "nothing") {
      ASSERT_TRUE(town_.tray().empty()) << town_.tray()[0].rule;
    } else if (words[1] == "open") {
      ASSERT_EQ(town_.tray().size(), std::stoull(words.at(2)));
    } else if (words[1] == "no") {
      ASSERT_TRUE(of(words.at(2), words.at(3)).empty());
    } else {
      expect_alarm(words);
    }
  }

  void expect_alarm(const Words& words) {
    const auto alarms = of(words[1], words.at(2));
    ASSERT_EQ(alarms.size(), 1u) << "not in the tray";
    const Alarm& alarm = alarms[0];
    for (std::size_t i = 3; i < words.size(); i++) {
      const std::string& word = words[i];
      const auto value = word.substr(word.find('=') + 1);
      if (word.starts_with("count=")) ASSERT_EQ(alarm.count, std::stoull(value));
      else if (word.starts_with("covers=")) ASSERT_EQ(alarm.covers, std::stoull(value));
      else if (word.starts_with("severity=")) ASSERT_EQ(static_cast<int>(alarm.severity), std::stoi(value));
      else if (word.starts_with("value=")) ASSERT_DOUBLE_EQ(alarm.value, std::stod(value));
      else if (word == "active" || word == "cleared") ASSERT_EQ(name_of(alarm.condition), word);
      else if (word == "acknowledged" || word == "unacknowledged") ASSERT_EQ(name_of(alarm.handling), word);
      else FAIL() << "unknown expectation " << word;
    }
  }

  Town town_;
  std::string toml_;
  bool reading_rules_ = false;
};

TEST(RuleScripts, EachTownInTestsRulesRaisesAndClearsAsWritten) {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator("tests/rules")) {
    if (entry.path().extension() == ".test") paths.push_back(entry.path().string());
  }
  std::ranges::sort(paths);
  ASSERT_GE(paths.size(), 8u);
  for (const auto& path : paths) {
    Script script;
    script.run(path);
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace qala::alarms::testing
