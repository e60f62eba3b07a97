#include "sim/plan.h"

#include <cmath>
#include <iterator>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "base/json_writer.h"

namespace qala::sim {

namespace {

class Drawing {
 public:
  std::string finish() && { return "{\"type\":\"FeatureCollection\",\"features\":[\n" + std::move(out_) + "\n]}\n"; }

  void areas(std::string_view layer, const std::vector<const Line*>& rings, const char* zone = nullptr) {
    if (rings.empty()) return;
    open(layer, "MultiPolygon");
    for (std::size_t i = 0; i < rings.size(); i++) {
      out_ += i == 0 ? "[[" : ",[[";
      points(*rings[i], true);
      out_ += "]]";
    }
    close(zone == nullptr ? "" : fmt::format(",\"zone\":\"{}\"", zone));
  }

  void lines(std::string_view layer, const std::vector<const Line*>& ways, int width) {
    if (ways.empty()) return;
    open(layer, "MultiLineString");
    for (std::size_t i = 0; i < ways.size(); i++) {
      out_ += i == 0 ? "[" : ",[";
      points(*ways[i], false);
      out_ += "]";
    }
    close(fmt::format(",\"width\":{}", width));
  }

  void name_along(std::string_view layer, const Line& way, const Text& text, double angle) {
    open(layer, "LineString");
    points(way, false);
    close(name(text) + fmt::format(",\"angle\":{:.0f}", angle));
  }

  void name_at(std::string_view layer, Metres at, const Text& text) {
    open(layer, "Point", false);
    point(at);
    close(name(text), false);
  }

 private:
  void open(std::string_view layer, const char* type, bool many = true) {
    fmt::format_to(std::back_inserter(out_), "{}{{\"type\":\"Feature\",\"properties\":{{\"layer\":\"{}\"",
                   out_.empty() ? "" : ",\n", layer);
    geometry_ = std::exchange(out_, {});
    type_ = type;
    if (many) out_ += '[';
  }
  void close(const std::string& properties, bool many = true) {
    if (many) out_ += ']';
    out_ =
        std::move(geometry_) + properties + "},\"geometry\":{\"type\":\"" + type_ + "\",\"coordinates\":" + out_ + "}}";
  }
  void point(Metres p) {
    const LonLat at = to_lon_lat(p);
    fmt::format_to(std::back_inserter(out_), "[{:.6f},{:.6f}]", at.lon, at.lat);
  }
  void points(const Line& line, bool closed) {
    for (std::size_t i = 0; i < line.size(); i++) {
      if (i != 0) out_ += ',';
      point(line[i]);
    }
    if (closed) {
      out_ += ',';
      point(line.front());
    }
  }
  static std::string name(const Text& text) {
    std::string out = ",\"name\":";
    JsonWriter(out).object().field("kk", text.kk).field("ru", text.ru).field("en", text.en).end();
    return out;
  }

  std::string out_, geometry_;
  const char* type_ = "";
};

template <class From>
std::vector<const Line*> all(const From& from) {
  std::vector<const Line*> out;
  for (const auto& line : from) out.push_back(&line);
  return out;
}

/// The label stands in the middle third of the street, so that names at crossings do not meet.
void name_street(Drawing& plan, const Street& street) {
  const double whole = length(street.line);
  if (whole < 120) return;
  const double reach = std::min(whole * 0.8, 420.0);
  Line piece;
  for (int k = 0; k <= 8; k++) piece.push_back(along(street.line, (whole - reach) / 2 + reach * k / 8).at);
  if (piece.front().x > piece.back().x) piece = Line(piece.rbegin(), piece.rend());
  const double heading = along(piece, reach / 2).heading;
  plan.name_along("street_name", piece, street.name, heading - 90);
}

/// One name a street and zone, at its longest run.
void name_streets(Drawing& plan, const Layout& layout) {
  std::map<std::pair<Area, std::string>, const Street*> longest;
  for (const Street& street : layout.streets) {
    const Street*& best = longest[{street.area, street.name.en}];
    if (best == nullptr || length(street.line) > length(best->line)) best = &street;
  }
  for (const auto& [key, street] : longest) name_street(plan, *street);
}

}  // namespace

std::string plan_geojson(const Layout& layout) {
  Drawing plan;
  plan.areas("field", all(layout.fields));
  plan.areas("water", all(layout.water));
  std::vector<const Line*> streets, avenues, parks = all(layout.parks);
  for (const Street& street : layout.streets) (street.avenue ? avenues : streets).push_back(&street.line);
  plan.lines("road", streets, 16);
  plan.lines("road", all(layout.roads), 20);
  for (const Block& block : layout.blocks) {
    if (block.park) parks.push_back(&block.ring);
  }
  plan.areas("park", parks);
  for (std::size_t a = 0; a < kAreas; a++) {
    const auto area = static_cast<Area>(a);
    std::vector<const Line*> blocks, built[3];
    for (const Block& block : layout.blocks) {
      if (block.area == area && !block.park) blocks.push_back(&block.ring);
    }
    for (const Building& building : layout.buildings) {
      if (building.area == area) built[static_cast<std::size_t>(building.build)].push_back(&building.ring);
    }
    plan.areas("block", blocks, key_of(area));
    plan.areas("house", built[0], key_of(area));
    plan.areas("flat", built[1], key_of(area));
    plan.areas("hall", built[2], key_of(area));
  }
  plan.lines("avenue", avenues, 24);
  plan.lines("railway", {&layout.railway[0]}, 9);
  plan.lines("railway", {&layout.railway[1], &layout.railway[2]}, 4);
  plan.lines("pipe", all(layout.pipes), 3);
  name_streets(plan, layout);
  for (const Label& label : layout.area_names) plan.name_at("zone_name", label.at, label.name);
  for (const Label& label : layout.place_names) plan.name_at("place_name", label.at, label.name);
  return std::move(plan).finish();
}

}  // namespace qala::sim
