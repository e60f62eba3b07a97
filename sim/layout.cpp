#include "sim/layout.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "sim/chance.h"

namespace qala::sim {

namespace {

enum class Fabric { flats, mixed, houses, scattered, works };

/// A zone before it is bent: its grid of streets, how it is built, how much of it is lit.
struct Quarter {
  Area area;
  Fabric fabric;
  double turn;
  double lit;
  std::vector<double> us, vs;
};

std::vector<double> steps(double from, double to, double step) {
  std::vector<double> out;
  for (double x = from; x <= to + 1; x += step) out.push_back(x);
  return out;
}

const std::vector<Quarter>& quarters() {
  static const std::vector<Quarter> all{
      {Area::orta,
       Fabric::flats,
       0,
       1,
       {-740, -590, -430, -270, -110, 60, 230, 390, 540, 650},
       {-545, -425, -300, -170, -40, 95, 215, 330}},
      {Area::shyg,
       Fabric::mixed,
       0,
       0.9,
       {650, 800, 950, 1100, 1250, 1400, 1530},
       {-420, -300, -170, -40, 95, 215, 330}},
      {Area::zhana, Fabric::scattered, 0, 0.25, steps(-2050, -740, 164), {-440, -300, -170, -40, 95, 215, 330}},
      {Area::zhagalau, Fabric::houses, 0.09, 0.5, steps(330, 1560, 136), {-1310, -1200, -1090, -980, -870, -760, -660}},
      {Area::koktem, Fabric::houses, -0.06, 0.5, steps(-760, 330, 136), {-1190, -1085, -980, -875, -780}},
      {Area::temir, Fabric::houses, 0, 0.55, steps(-1500, 220, 143), {520, 640, 760, 880, 1000, 1110}},
      {Area::ondiris, Fabric::works, 0, 0.6, {300, 560, 820, 1100, 1380, 1580}, {520, 700, 880, 1060}}};
  return all;
}

Metres heart(const Quarter& q) { return {(q.us.front() + q.us.back()) / 2, (q.vs.front() + q.vs.back()) / 2}; }
Metres lay(const Quarter& q, double u, double v) { return turned({u, v}, heart(q), q.turn); }

Line river_line() {
  return curve({{-1010, -930},
                {-800, -800},
                {-560, -730},
                {-330, -790},
                {-90, -700},
                {160, -640},
                {420, -690},
                {650, -560},
                {880, -500},
                {1120, -575},
                {1380, -560},
                {1600, -390},
                {1700, -120},
                {1660, 180},
                {1790, 470},
                {2040, 700},
                {2230, 1050},
                {2600, 1350}},
               12);
}

Line lake_ring() {
  return curve({{-1040, -900},
                {-1180, -800},
                {-1390, -790},
                {-1560, -880},
                {-1690, -1060},
                {-1660, -1250},
                {-1490, -1370},
                {-1270, -1340},
                {-1120, -1210},
                {-1010, -1100},
                {-980, -980},
                {-1040, -900}},
               10);
}

/// Draws one zone into the layout.
class QuarterBuilder {
 public:
  QuarterBuilder(const Quarter& quarter, const Line& river, const Line& lake, Layout& out)
      : q_(quarter),
        river_(river),
        lake_(lake),
        out_(out),
        dice_(20'260'117 + static_cast<std::uint64_t>(quarter.area)) {}

  void build() {
    const std::size_t columns = q_.us.size() - 1, rows = q_.vs.size() - 1;
    kept_.assign(columns * rows, false);
    for (std::size_t i = 0; i < columns; i++) {
      for (std::size_t j = 0; j < rows; j++) kept_[i * rows + j] = keep(i, j);
    }
    for (std::size_t j = 0; j <= rows; j++) lay_street(true, j, rows_of(q_.area)[j]);
    for (std::size_t i = 0; i <= columns; i++) lay_street(false, i, columns_of(q_.area)[i]);
    for (std::size_t i = 0; i < columns; i++) {
      for (std::size_t j = 0; j < rows; j++) {
        if (kept_[i * rows + j]) fill_block(i, j);
      }
    }
  }

 private:
  bool is_kept(std::ptrdiff_t i, std::ptrdiff_t j) const {
    const auto rows = std::ssize(q_.vs) - 1;
    if (i < 0 || j < 0 || i >= std::ssize(q_.us) - 1 || j >= rows) return false;
    return kept_[static_cast<std::size_t>(i * rows + j)];
  }

  bool keep(std::size_t i, std::size_t j) {
    const Metres at = lay(q_, (q_.us[i] + q_.us[i + 1]) / 2, (q_.vs[j] + q_.vs[j + 1]) / 2);
    if (distance_to(river_, at) < 95 || inside(lake_, at) || inside(lake_, {at.x - 90, at.y})) return false;
    const double r = dice_.next();
    switch (q_.area) {
      case Area::shyg: return !(at.x > 1380 && r < 0.35);
      case Area::zhana: return r > 0.12 + std::max(0.0, (-at.x - 1250) / 1500);
      case Area::zhagalau: return r > 0.05 + std::max(0.0, (-at.y - 1150) / 900);
      case Area::koktem: return r > 0.08 + std::max(0.0, (-at.y - 1050) / 700);
      case Area::temir: return r > 0.06 + std::max(0.0, (at.y - 850) / 600) + std::max(0.0, (-at.x - 1150) / 700);
      case Area::ondiris: return r > 0.08;
      default: return true;
    }
  }

  /// A street is the unbroken runs of block sides along one grid line.
  void lay_street(bool row, std::size_t k, const Text& name) {
    const auto& cuts = row ? q_.us : q_.vs;
    const double fixed = row ? q_.vs[k] : q_.us[k];
    Line run;
    for (std::size_t c = 0; c + 1 < cuts.size(); c++) {
      const auto i = static_cast<std::ptrdiff_t>(row ? c : k), j = static_cast<std::ptrdiff_t>(row ? k : c);
      const bool here = is_kept(i, j) || (row ? is_kept(i, j - 1) : is_kept(i - 1, j));
      if (!here) {
        close_run(run, name);
        continue;
      }
      const Metres a = row ? lay(q_, cuts[c], fixed) : lay(q_, fixed, cuts[c]);
      const Metres b = row ? lay(q_, cuts[c + 1], fixed) : lay(q_, fixed, cuts[c + 1]);
      if (run.empty()) run.push_back(a);
      run.push_back(b);
      const bool lit = name.en.ends_with("Avenue") || dice_.next() < q_.lit;
      out_.sides.push_back({q_.area, static_cast<std::uint32_t>(out_.streets.size()), lit, a, b});
    }
    close_run(run, name);
  }

  void close_run(Line& run, const Text& name) {
    if (run.size() > 1) out_.streets.push_back({name, q_.area, bent(run, 45), name.en.ends_with("Avenue")});
    run.clear();
  }

  Line box(double u, double v, double wide, double deep) const {
    Line ring;
    for (const auto& [du, dv] : {std::pair{-1, -1}, {1, -1}, {1, 1}, {-1, 1}}) {
      ring.push_back(bend(lay(q_, u + du * wide / 2, v + dv * deep / 2)));
    }
    return ring;
  }

  std::uint32_t street_at(Metres ground) const {
    std::uint32_t best = 0;
    double nearest = 1e18;
    for (std::uint32_t s = 0; s < out_.streets.size(); s++) {
      if (out_.streets[s].area != q_.area) continue;
      const double d = distance_to(out_.streets[s].line, ground);
      if (d < nearest) nearest = d, best = s;
    }
    return best;
  }

  void put(Build build, double u, double v, double wide, double deep) {
    Line ring = box(u, v, wide, deep);
    const Metres middle = bend(lay(q_, u, v));
    out_.buildings.push_back({q_.area, build, street_at(middle), std::move(ring), middle});
  }

  void fill_block(std::size_t i, std::size_t j) {
    const double u0 = q_.us[i], u1 = q_.us[i + 1], v0 = q_.vs[j], v1 = q_.vs[j + 1];
    const bool park = (q_.area == Area::orta && ((i == 3 && j == 4) || (i == 6 && j == 1))) ||
                      (q_.area == Area::shyg && i == 2 && j == 1);
    out_.blocks.push_back({q_.area, park, box((u0 + u1) / 2, (v0 + v1) / 2, u1 - u0 - 18, v1 - v0 - 18)});
    if (park) return;
    if (q_.fabric == Fabric::flats || (q_.fabric == Fabric::mixed && dice_.next() < 0.42)) return flats(u0, v0, u1, v1);
    if (q_.fabric == Fabric::works) return halls(u0, v0, u1, v1);
    houses(u0, v0, u1, v1);
  }

  void flats(double u0, double v0, double u1, double v1) {
    const double u = (u0 + u1) / 2, v = (v0 + v1) / 2, wide = u1 - u0, deep = v1 - v0;
    switch (dice_.below(4)) {
      case 0:
        put(Build::flat, u, v0 + 28, wide - 50, 15);
        put(Build::flat, u, v1 - 28, wide - 50, 15);
        if (dice_.next() < 0.6) put(Build::flat, u0 + 30, v, 14, deep - 76);
        return;
      case 1:
        put(Build::flat, u0 + 32, v, 15, deep - 44);
        put(Build::flat, u1 - 32, v, 15, deep - 44);
        if (dice_.next() < 0.5) put(Build::flat, u, v + 10, 34, 24);
        return;
      case 2:
        put(Build::flat, u - 18, v0 + 28, wide - 74, 15);
        put(Build::flat, u1 - 32, v + 6, 15, deep - 56);
        return;
      default: put(Build::flat, u, v, wide * 0.5, deep * 0.36); put(Build::flat, u0 + 30, v1 - 28, 30, 16);
    }
  }

  void halls(double u0, double v0, double u1, double v1) {
    const auto n = 1 + dice_.below(3);
    const double each = (u1 - u0) / static_cast<double>(n);
    for (std::size_t k = 0; k < n; k++) {
      put(Build::hall, u0 + (static_cast<double>(k) + 0.5) * each, (v0 + v1) / 2 + dice_.between(-20, 20), each * 0.66,
          dice_.between(40, 100));
    }
  }

  /// Two rows of houses with their backs to each other, a stove house or shed behind every other.
  void houses(double u0, double v0, double u1, double v1) {
    const bool scattered = q_.fabric == Fabric::scattered;
    for (double u = u0 + 25; u < u1 - 16; u += scattered ? 34 : 23) {
      for (const bool south : {false, true}) {
        if (dice_.next() > (scattered ? 0.5 : 0.9)) continue;
        const double set_back = 25 + dice_.between(0, 5);
        const double v = south ? v1 - set_back : v0 + set_back;
        put(Build::house, u + dice_.between(-3, 3), v, dice_.between(11, 15), dice_.between(10, 14));
        if (dice_.next() < 0.45) {
          put(Build::house, u + dice_.between(-4, 4), v + (south ? -1 : 1) * dice_.between(21, 27), 7, 6);
        }
      }
    }
  }

  const Quarter& q_;
  const Line& river_;
  const Line& lake_;
  Layout& out_;
  Dice dice_;
  std::vector<bool> kept_;
};

Line bent_ring(const Line& ring) {
  Line out;
  for (const Metres& p : ring) out.push_back(bend(p));
  return out;
}

void lay_nature(Layout& out, const Line& river, const Line& lake) {
  out.water.push_back(bent_ring(lake));
  out.water.push_back(band(bent_ring(river), 46));
  for (const auto& [u, v, wide, deep] : {std::array{-2500.0, 700.0, 700.0, 380.0},
                                         {-2600, -700, 640, 420},
                                         {2000, -900, 560, 460},
                                         {1980, 120, 420, 330},
                                         {-900, 1320, 900, 260},
                                         {1000, 1330, 700, 240},
                                         {-300, -1520, 700, 200},
                                         {2150, -330, 300, 240}}) {
    for (int strip = 0; strip < 4; strip++) {  // a field is ploughed in strips
      const double v0 = v - deep / 2 + deep / 4 * strip;
      out.fields.push_back(bent_ring({{u - wide / 2, v0},
                                      {u, v0},
                                      {u + wide / 2, v0},
                                      {u + wide / 2, v0 + deep / 4 - 6},
                                      {u, v0 + deep / 4 - 6},
                                      {u - wide / 2, v0 + deep / 4 - 6}}));
    }
  }
  for (const Line& belt : std::initializer_list<Line>{{{-2200, -520}, {-2300, 480}},
                                                      {{-2200, 900}, {-1500, 1180}, {-300, 1230}},
                                                      {{1850, -700}, {2300, -640}},
                                                      {{1760, -1150}, {1880, -660}},
                                                      {{1730, 330}, {2280, 290}},
                                                      {{-700, -1330}, {150, -1400}},
                                                      {{600, 1160}, {1500, 1180}},
                                                      {{-1800, -1500}, {-2300, -900}}}) {
    out.parks.push_back(band(bent(belt, 60), 22));
  }
}

void lay_ways(Layout& out) {
  const Text abai = rows_of(Area::orta)[4];
  out.streets.push_back({abai, Area::orta,
                         bent({{-3600, -40}, {-2700, -40}, {1530, -40}, {1660, -60}, {2700, -260}, {3600, -500}}, 60),
                         true});
  out.streets.push_back(
      {columns_of(Area::orta)[5], Area::orta, bent({{60, 420}, {60, -560}, {75, -780}, {110, -1500}}, 45), true});
  for (const Line& way : std::initializer_list<Line>{{{650, 330}, {650, 520}, {560, 1060}, {500, 1700}},
                                                     {{800, -420}, {800, -700}},
                                                     {{-430, 330}, {-430, 640}},
                                                     {{-740, 95}, {-740, -780}},
                                                     {{-1230, -440}, {-1110, -620}, {-740, -640}},
                                                     {{1530, -170}, {1560, -560}, {1480, -760}},
                                                     {{-1500, 640}, {-2000, 720}, {-2800, 980}, {-3600, 1300}},
                                                     {{1580, 700}, {2000, 560}, {2800, 420}, {3600, 300}},
                                                     {{-430, -1190}, {-480, -1700}},
                                                     {{1000, -1310}, {1080, -1700}}}) {
    out.roads.push_back(bent(way, 45));
  }
  for (const Line& rails :
       std::initializer_list<Line>{{{-4000, 640}, {-2900, 520}, {-1700, 425}, {1700, 425}, {2900, 330}, {4000, 210}},
                                   {{-520, 446}, {720, 446}},
                                   {{-380, 404}, {520, 404}}}) {
    out.railway.push_back(bent(rails, 90));
  }
}

void lay_heat(Layout& out) {
  const Metres stations[6] = {{-500, 150}, {-40, -235}, {465, -235}, {150, 150}, {720, 150}, {1030, -100}};
  const Metres air[5] = {{-215, 30}, {1290, 75}, {-700, 700}, {900, -960}, {-1450, 20}};
  for (int i = 0; i < 6; i++) out.heat_station[i] = bend(stations[i]);
  for (int i = 0; i < 5; i++) out.air_station[i] = bend(air[i]);
  out.boiler_house = bend({690, 610});
  for (const Line& pipe : std::initializer_list<Line>{{{690, 610}, {690, 330}, {720, 150}},
                                                      {{690, 560}, {640, 330}, {465, 215}, {465, -40}, {465, -235}},
                                                      {{465, 200}, {150, 150}, {-500, 150}},
                                                      {{150, 150}, {60, -40}, {-40, -235}},
                                                      {{720, 150}, {1030, 95}, {1030, -100}}}) {
    out.pipes.push_back(bent(pipe, 60));
  }
}

void name_places(Layout& out) {
  const std::pair<Area, Metres> areas[] = {{Area::orta, {-330, -120}},    {Area::shyg, {1080, 165}},
                                           {Area::zhana, {-1400, -170}},  {Area::zhagalau, {640, -1290}},
                                           {Area::koktem, {-350, -1090}}, {Area::temir, {-700, 985}},
                                           {Area::ondiris, {1110, 620}}};
  for (const auto& [area, at] : areas) out.area_names.push_back({name_of(area), bend(at)});
  out.place_names.push_back({{"Айнакөл", "озеро Айнаколь", "Lake Ainakol"}, bend({-1340, -1070})});
  out.place_names.push_back({{"Бозөзек өзені", "река Бозозек", "Bozozek river"}, bend({-250, -762})});
  out.place_names.push_back({{"Үшөзек стансасы", "ст. Ушозек", "Ushozek station"}, bend({-10, 470})});
  out.place_names.push_back({{"№1 қазандық", "котельная №1", "boiler house 1"}, bend({690, 640})});
}

void hang_school_feeder(Layout& out) {
  const auto row = [&](Metres a, Metres b, int n) {
    for (int k = 0; k < n; k++) {
      const double t = static_cast<double>(k) / (n - 1);
      out.school_feeder.push_back(bend({a.x + (b.x - a.x) * t, a.y + (b.y - a.y) * t}));
    }
  };
  row({-740, -300}, {-270, -300}, 13);
  row({-740, -425}, {-270, -425}, 13);
  row({-590, -545}, {-590, -180}, 8);
  row({-430, -390}, {-430, -200}, 4);
}

}  // namespace

Metres Side::at(double t) const { return bend({from.x + (to.x - from.x) * t, from.y + (to.y - from.y) * t}); }

Metres middle_of(Area area) {
  for (const Quarter& q : quarters()) {
    if (q.area == area) return bend(heart(q));
  }
  return {};
}

Metres middle_of(const Line& ring) {
  Metres sum;
  for (const Metres& p : ring) sum = {sum.x + p.x, sum.y + p.y};
  const auto n = static_cast<double>(std::max<std::size_t>(ring.size(), 1));
  return {sum.x / n, sum.y / n};
}

Layout build_layout() {
  Layout out;
  const Line river = river_line();
  const Line lake = lake_ring();
  for (const Quarter& quarter : quarters()) QuarterBuilder(quarter, river, lake, out).build();
  lay_nature(out, river, lake);
  lay_ways(out);
  lay_heat(out);
  name_places(out);
  hang_school_feeder(out);
  return out;
}

}  // namespace qala::sim
