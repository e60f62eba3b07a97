#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/time.h"

namespace qala::api {

struct HealthFacts;

/// Something that is not as it should be. `code` is what the screens translate, with `params` in it; `text` is for logs
/// and scripts.
struct HealthProblem {
  using Params = std::vector<std::pair<std::string, std::variant<double, std::string>>>;
  std::string code;
  int severity = 2;  ///< as of alarms: 1 the worst
  std::string text;
  Params params = {};
  Instant since = {};  ///< set by the ProblemBook
};

/// One sort of problem. Every code that the server can name is in the table; the screens have words for each, in three
/// languages, what it is and what to do (problem.CODE and problem.CODE.do), which a test sees to.
struct ProblemKind {
  std::string_view code;
  int hold_s = 0;  ///< it must last so long before anybody is told
};
std::span<const ProblemKind> problem_kinds();

/// Everything that degrades, the worst first. A pure function: whatever is here becomes a line of the health page, and
/// from severity 2 on a banner on every screen. What is in `open` ends only at the better of its two limits.
std::vector<HealthProblem> find_problems(const HealthFacts& facts, const std::set<std::string, std::less<>>& open = {});

/// Keeps problems from flickering: one is told only after it has lasted (ProblemKind::hold_s), ends at the better of
/// two limits, and stays kLinger after it was seen last. Remembers since when. One thread.
class ProblemBook {
 public:
  static constexpr std::int64_t kLinger = 10 * Instant::kSecond;

  /// `now_ns`: monotonic.
  std::vector<HealthProblem> judge(const HealthFacts& facts, std::int64_t now_ns);

 private:
  struct Entry {
    HealthProblem problem;
    std::int64_t first_ns = 0, last_ns = 0;
    bool told = false;
  };
  std::map<std::string, Entry, std::less<>> entries_;
  std::set<std::string, std::less<>> open_;
};

}  // namespace qala::api
