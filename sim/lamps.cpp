#include "sim/lamps.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace qala::sim {

namespace {

constexpr unsigned kSchoolFeeder = 12;

struct Candidate {
  LampPost post;
  Area area;
};

/// Keeps posts apart: a crossing belongs to four block sides and gets one lamp.
class Spacing {
 public:
  explicit Spacing(double apart) : apart_(apart) {}
  bool take(Metres at) {
    const int cx = cell(at.x), cy = cell(at.y);
    for (int x = cx - 1; x <= cx + 1; x++) {
      for (int y = cy - 1; y <= cy + 1; y++) {
        const auto found = taken_.find({x, y});
        if (found == taken_.end()) continue;
        for (const Metres& other : found->second) {
          if (distance(other, at) < apart_) return false;
        }
      }
    }
    taken_[{cx, cy}].push_back(at);
    return true;
  }

 private:
  int cell(double metres) const { return static_cast<int>(std::floor(metres / apart_)); }
  double apart_;
  std::map<std::pair<int, int>, std::vector<Metres>> taken_;
};

std::vector<Candidate> posts_every(const Layout& layout, double metres) {
  std::vector<Candidate> out;
  Spacing spacing(std::min(metres * 0.6, 24.0));
  for (const Metres& at : layout.school_feeder) spacing.take(at);
  for (const Side& side : layout.sides) {
    if (!side.lit) continue;
    const int n = std::max(2, static_cast<int>(std::lround(side.metres() / metres)));
    for (int k = 0; k < n; k++) {
      const Metres at = side.at(static_cast<double>(k) / n);
      if (spacing.take(at)) out.push_back({{at, static_cast<std::int32_t>(side.street)}, side.area});
    }
  }
  return out;
}

/// Every so many-th is left out until `want` remain.
std::vector<Candidate> thinned(std::vector<Candidate> from, std::size_t want) {
  std::vector<Candidate> out;
  for (std::size_t i = 0; i < want && i < from.size(); i++) out.push_back(from[i * from.size() / want]);
  return out;
}

using Posts = std::vector<LampPost>;

/// Halves the longer side of the quarter until every part is one feeder's.
void split(Posts posts, std::size_t parts, std::vector<Posts>& out) {
  if (parts <= 1 || posts.size() < 2) {
    if (!posts.empty()) out.push_back(std::move(posts));
    return;
  }
  const auto by_x = [](const LampPost& a, const LampPost& b) {
    return std::pair(a.at.x, a.at.y) < std::pair(b.at.x, b.at.y);
  };
  const auto by_y = [](const LampPost& a, const LampPost& b) {
    return std::pair(a.at.y, a.at.x) < std::pair(b.at.y, b.at.x);
  };
  const auto [west, east] = std::minmax_element(posts.begin(), posts.end(), by_x);
  const auto [north, south] = std::minmax_element(posts.begin(), posts.end(), by_y);
  if (east->at.x - west->at.x > south->at.y - north->at.y) {
    std::sort(posts.begin(), posts.end(), by_x);
  } else {
    std::sort(posts.begin(), posts.end(), by_y);
  }
  const std::size_t left = parts / 2;
  const auto cut = posts.begin() + static_cast<std::ptrdiff_t>(posts.size() * left / parts);
  split(Posts(posts.begin(), cut), left, out);
  split(Posts(cut, posts.end()), parts - left, out);
}

LampGroup group_of(unsigned number, Area area, Posts posts) {
  Metres sum;
  for (const LampPost& post : posts) sum = {sum.x + post.at.x, sum.y + post.at.y};
  const auto n = static_cast<double>(posts.size());
  const Metres middle{sum.x / n, sum.y / n};
  const auto nearest = std::min_element(posts.begin(), posts.end(), [&](const LampPost& a, const LampPost& b) {
    return distance(a.at, middle) < distance(b.at, middle);
  });
  return {number, area, {nearest->at.x + 3, nearest->at.y + 4}, std::move(posts)};
}

std::int32_t street_of(const Layout& layout, Area area, Metres at) {
  std::int32_t best = 0;
  double nearest = 1e18;
  for (std::size_t s = 0; s < layout.streets.size(); s++) {
    if (layout.streets[s].area != area) continue;
    const double d = distance_to(layout.streets[s].line, at);
    if (d < nearest) nearest = d, best = static_cast<std::int32_t>(s);
  }
  return best;
}

}  // namespace

std::vector<LampGroup> hang_lamps(const Layout& layout, std::size_t lamps, std::size_t feeders) {
  const std::size_t want = lamps - layout.school_feeder.size();
  double apart = 60;
  std::vector<Candidate> posts = posts_every(layout, apart);
  while (posts.size() < want && apart > 2) posts = posts_every(layout, apart *= 0.94);
  posts = thinned(std::move(posts), want);

  std::vector<LampGroup> out;
  unsigned number = 1;
  const auto next_number = [&] { return number == kSchoolFeeder ? ++number, number++ : number++; };
  std::size_t before = 0, dealt = 0;
  for (const Area area :
       {Area::orta, Area::shyg, Area::zhagalau, Area::koktem, Area::temir, Area::ondiris, Area::zhana}) {
    Posts here;
    for (const Candidate& c : posts) {
      if (c.area == area) here.push_back(c.post);
    }
    before += here.size();
    const std::size_t until = before * (feeders - 1) / std::max<std::size_t>(1, posts.size());
    std::vector<Posts> parts;
    split(std::move(here), std::max<std::size_t>(1, until - dealt), parts);
    dealt = std::max(until, dealt);
    for (Posts& part : parts) out.push_back(group_of(next_number(), area, std::move(part)));
  }
  Posts school;
  for (const Metres& at : layout.school_feeder) school.push_back({at, street_of(layout, Area::orta, at)});
  LampGroup group = group_of(kSchoolFeeder, Area::orta, std::move(school));
  std::swap(group.lamps.front(), *std::find_if(group.lamps.begin(), group.lamps.end(), [&](const LampPost& p) {
              return layout.streets[static_cast<std::size_t>(p.street)].name.en.starts_with("Mektep");
            }));
  out.push_back(std::move(group));
  std::sort(out.begin(), out.end(), [](const LampGroup& a, const LampGroup& b) { return a.number < b.number; });
  return out;
}

}  // namespace qala::sim
