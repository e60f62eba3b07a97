#include "video/condition.h"

#include <algorithm>
#include <cmath>

namespace qala::video {

std::string_view name_of(Condition condition) {
  switch (condition) {
    case Condition::covered: return "covered";
    case Condition::moved: return "moved";
    case Condition::blurred: return "blurred";
    case Condition::dark: return "dark";
    case Condition::frozen: return "frozen";
    case Condition::overexposed: return "overexposed";
  }
  return "covered";
}

struct Conditions::Measures {
  double mean = 0, deviation = 0, white = 0, sharpness = 0;
  std::vector<float> edges;  ///< how steep the picture is in each cell
};

namespace {

void mean_and_spread(const Grey& grey, double& mean, double& deviation, double& white) {
  double sum = 0, squares = 0, bright = 0;
  for (const std::uint8_t cell : grey.cells) {
    sum += cell;
    squares += static_cast<double>(cell) * cell;
    if (cell >= Conditions::kWhite) bright++;
  }
  const auto count = static_cast<double>(grey.cells.size());
  mean = sum / count;
  deviation = std::sqrt(std::max(0.0, squares / count - mean * mean));
  white = bright / count;
}

double correlation(const std::vector<float>& a, const std::vector<float>& b) {
  double mean_a = 0, mean_b = 0;
  for (std::size_t i = 0; i < a.size(); i++) {
    mean_a += a[i];
    mean_b += b[i];
  }
  mean_a /= static_cast<double>(a.size());
  mean_b /= static_cast<double>(b.size());
  double both = 0, of_a = 0, of_b = 0;
  for (std::size_t i = 0; i < a.size(); i++) {
    const double x = a[i] - mean_a, y = b[i] - mean_b;
    both += x * y;
    of_a += x * x;
    of_b += y * y;
  }
  return of_a > 0 && of_b > 0 ? both / std::sqrt(of_a * of_b) : 0;
}

constexpr float kLearnSlowly = 0.02F;

}  // namespace

Conditions::Found Conditions::judge(const Grey& grey, const Measures& m) {
  Found found{};
  const auto set = [&found](Condition condition, bool on) { found[static_cast<std::size_t>(condition)] = on; };
  const bool flat = m.deviation < kFlat, dim = m.mean < kDark;
  // Dark at once, where the picture before was not: something is before the lens. It stays so until there is light.
  if (!flat || !dim) sudden_dark_ = false;
  else if (mean_before_ >= 2 * kDark) sudden_dark_ = true;
  const bool covered = flat && (!dim || sudden_dark_) && m.white < 0.5;
  const bool dark = flat && dim && !sudden_dark_;
  const bool white = m.white >= 0.5;
  set(Condition::covered, covered);
  set(Condition::dark, dark);
  set(Condition::overexposed, white);
  set(Condition::frozen, !before_.cells.empty() && grey.cells == before_.cells);
  const bool visible = !covered && !dark && !white;
  const bool blurred = visible && learnt_ >= kLearn && m.sharpness < kSharp * usual_sharpness_;
  set(Condition::blurred, blurred);
  set(Condition::moved, visible && !blurred && learnt_ >= kLearn && usual_edges_.size() == m.edges.size() &&
                            correlation(usual_edges_, m.edges) < kSameView);
  return found;
}

void Conditions::learn(const Measures& m, const Found& found, Instant at) {
  const auto is = [&found](Condition condition) { return found[static_cast<std::size_t>(condition)]; };
  if (!is(Condition::moved)) moved_since_.reset();
  else if (!moved_since_) moved_since_ = at;
  if (moved_since_ && at - *moved_since_ > kNewView) {
    learnt_ = 0;
    moved_since_.reset();
  } else if (is(Condition::covered) || is(Condition::dark) || is(Condition::overexposed) || is(Condition::blurred) ||
             is(Condition::moved)) {
    return;
  }
  if (learnt_ == 0 || usual_edges_.size() != m.edges.size()) {
    usual_edges_ = m.edges;
    usual_sharpness_ = m.sharpness;
    learnt_ = 1;
    return;
  }
  learnt_++;
  const float part = std::max(kLearnSlowly, 1.0F / static_cast<float>(learnt_));
  for (std::size_t i = 0; i < m.edges.size(); i++) usual_edges_[i] += part * (m.edges[i] - usual_edges_[i]);
  usual_sharpness_ += part * (m.sharpness - usual_sharpness_);
}

std::vector<Conditions::Change> Conditions::feed(const Grey& grey, Instant at) {
  if (grey.width < 3 || grey.height < 3) return {};
  Measures m;
  mean_and_spread(grey, m.mean, m.deviation, m.white);
  m.edges.assign(grey.cells.size(), 0);
  double sum = 0, squares = 0;
  for (std::uint32_t y = 1; y + 1 < grey.height; y++) {
    for (std::uint32_t x = 1; x + 1 < grey.width; x++) {
      const double around = grey.at(x - 1, y) + grey.at(x + 1, y) + grey.at(x, y - 1) + grey.at(x, y + 1);
      const double laplace = around - 4.0 * grey.at(x, y);
      sum += laplace;
      squares += laplace * laplace;
      m.edges[y * std::size_t{grey.width} + x] = static_cast<float>(std::abs(grey.at(x + 1, y) - grey.at(x - 1, y)) +
                                                                    std::abs(grey.at(x, y + 1) - grey.at(x, y - 1)));
    }
  }
  const double count = (grey.width - 2.0) * (grey.height - 2.0);
  m.sharpness = (squares / count - sum / count * sum / count) / (m.deviation * m.deviation + 1);
  brightness_ = std::clamp((m.mean - 16) / (235 - 16) * 100, 0.0, 100.0);

  const Found found = judge(grey, m);
  learn(m, found, at);
  before_ = grey;
  mean_before_ = m.mean;
  std::vector<Change> changes;
  for (std::size_t i = 0; i < kConditions; i++) {
    State& state = state_[i];
    if (found[i] == state.on) {
      state.count = 0;
      state.since.reset();
      continue;
    }
    if (!state.since || at < *state.since) state.since = at;
    if (++state.count < kLeast || at - *state.since < kHold) continue;
    state = {.on = found[i]};
    changes.push_back({static_cast<Condition>(i), state.on});
  }
  return changes;
}

}  // namespace qala::video
