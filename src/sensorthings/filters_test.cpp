#include <algorithm>

#include "sensorthings/test_town.h"

namespace qala::sensorthings {

namespace {

std::string trimmed(std::string text) {
  while (text.starts_with(' ')) text.erase(0, 1);
  while (text.ends_with(' ')) text.pop_back();
  return text;
}

/// `tests/sensorthings/filters.txt`, line by line.
TEST(Filters, FindExactlyThoseThatTheTableSays) {
  test::TestTown town;
  town.load();
  std::ifstream lines("tests/sensorthings/filters.txt");
  ASSERT_TRUE(lines.good());
  std::size_t cases = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line.starts_with("# ") || line == "#") continue;
    const auto first = line.find(" | "), last = line.rfind(" |");
    ASSERT_NE(first, std::string::npos) << line;
    const std::string path = line.substr(0, first);
    const std::string filter = town.filled(line.substr(first + 3, last - first - 3));
    const std::string expected = trimmed(line.substr(last + 2));
    cases++;
    auto ask = town.ask("GET", path);
    ask.options = {{"$filter", filter}, {"$select", "id"}, {"$top", "1000"}};
    const Answer answer = town.run(ask);
    if (expected.starts_with("!")) {
      EXPECT_EQ(answer.status, 400u) << line << "\n" << answer.body;
      EXPECT_NE(answer.body.find(trimmed(expected.substr(1)) + ":"), std::string::npos) << line << "\n" << answer.body;
      continue;
    }
    ASSERT_EQ(answer.status, 200u) << line << "\n" << answer.body;
    registry::JsonProblem problem;
    const Json json = registry::parse_json(answer.body, problem);
    const auto& all = town.made[path.substr(1)];
    std::vector<std::size_t> found;
    for (const Json& one : json.find("value")->items)
      found.push_back(static_cast<std::size_t>(std::ranges::find(all, one.find("@iot.id")->text) - all.begin()));
    std::ranges::sort(found);
    std::string text;
    for (const std::size_t index : found) text += (text.empty() ? "" : " ") + std::to_string(index);
    EXPECT_EQ(text, expected) << line;
    // Counted, the same; and in any order, the same.
    ask.options = {{"$filter", filter}, {"$top", "0"}, {"$count", "true"}};
    EXPECT_NE(town.run(ask).body.find("\"@iot.count\":" + std::to_string(found.size()) + ","), std::string::npos)
        << line;
    if (path != "/Observations") continue;
    for (const char* order : {"phenomenonTime desc", "phenomenonTime", "result desc,id", "id desc"}) {
      ask.options = {{"$filter", filter}, {"$orderby", order}, {"$top", "1000"}, {"$select", "id"}};
      EXPECT_EQ(town.run(ask).body.find("nextLink"), std::string::npos);
      registry::JsonProblem none;
      const Json again = registry::parse_json(town.run(ask).body, none);
      EXPECT_EQ(again.find("value")->items.size(), found.size()) << line << " by " << order;
    }
  }
  EXPECT_GE(cases, 200u);
}

}  // namespace

}  // namespace qala::sensorthings
