#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "sim/chance.h"
#include "sim/device_kinds.h"
#include "sim/lamps.h"
#include "sim/town.h"

namespace qala::sim {

namespace {

/// How many of what, in a town of 3,012 things.
struct Share {
  Model model;
  std::size_t count;
  bool fixed;  ///< does not grow and shrink with the town
};
constexpr std::array kShares{
    Share{Model::electricity, 700, false}, Share{Model::water, 420, false},  Share{Model::heat, 186, false},
    Share{Model::bin, 214, false},         Share{Model::camera, 150, false}, Share{Model::counter, 40, false},
    Share{Model::stop, 30, false},         Share{Model::bench, 20, false},   Share{Model::vehicle, 30, false}};
constexpr std::size_t kLamps = 1126, kFeeders = 32, kThings = 3012;

/// What part of a model's devices stands in which zone, in the order in which they are numbered.
struct Spread {
  Area area;
  double part;
};
using Spreads = std::array<Spread, kAreas>;
constexpr Spreads kMeterSpread{{{Area::orta, 0.40},
                                {Area::temir, 0.16},
                                {Area::zhagalau, 0.14},
                                {Area::koktem, 0.09},
                                {Area::shyg, 0.13},
                                {Area::zhana, 0.05},
                                {Area::ondiris, 0.03}}};
constexpr Spreads kHeatSpread{{{Area::orta, 0.66},
                               {Area::shyg, 0.30},
                               {Area::ondiris, 0.04},
                               {Area::temir, 0},
                               {Area::zhagalau, 0},
                               {Area::koktem, 0},
                               {Area::zhana, 0}}};
constexpr Spreads kBinSpread{{{Area::orta, 70. / 214},
                              {Area::shyg, 40. / 214},
                              {Area::zhagalau, 30. / 214},
                              {Area::koktem, 24. / 214},
                              {Area::temir, 30. / 214},
                              {Area::zhana, 12. / 214},
                              {Area::ondiris, 8. / 214}}};
constexpr Spreads kCameraSpread{{{Area::orta, 80. / 150},
                                 {Area::temir, 14. / 150},
                                 {Area::zhagalau, 12. / 150},
                                 {Area::koktem, 8. / 150},
                                 {Area::shyg, 24. / 150},
                                 {Area::zhana, 6. / 150},
                                 {Area::ondiris, 6. / 150}}};
constexpr std::array<std::pair<Area, int>, kAreas> kGatewaySpread{{{Area::orta, 6},
                                                                   {Area::temir, 4},
                                                                   {Area::zhagalau, 4},
                                                                   {Area::koktem, 3},
                                                                   {Area::shyg, 3},
                                                                   {Area::zhana, 2},
                                                                   {Area::ondiris, 2}}};

const Spreads& spread_of(Model model) {
  switch (model) {
    case Model::heat: return kHeatSpread;
    case Model::bin: return kBinSpread;
    case Model::camera: return kCameraSpread;
    default: return kMeterSpread;
  }
}

class TownBuilder {
 public:
  TownBuilder(std::uint64_t seed, std::size_t things) : seed_(seed), scale_(static_cast<double>(things) / kThings) {
    town_.layout = build_layout();
  }

  Town build() {
    put_plants();
    put_gateways();
    put_lighting();
    for (const Share& share : kShares) put_share(share.model, scaled(share.count));
    for (Device& device : town_.devices) join_gateway(device);
    for (Device& device : town_.devices) join_power(device);
    for (unsigned i = 0; i < 6; i++) town_.power_of[i] = nearest_of(Model::feeder, town_.layout.heat_station[i]);
    return std::move(town_);
  }

 private:
  std::size_t scaled(std::size_t count) const {
    return std::max<std::size_t>(1, static_cast<std::size_t>(std::lround(static_cast<double>(count) * scale_)));
  }

  Device& put(Model model, unsigned number, Area area, Metres at, std::int32_t street) {
    const Code code = code_of(model);
    Device device{.key = with_number(code.key, number, code.digits),
                  .name = display_name(model, number),
                  .kind = kind_of(model),
                  .model = model,
                  .voice = voice_of(model),
                  .area = area,
                  .street = street,
                  .at = at,
                  .interval_s = interval_of(model),
                  .phase_s = 0,
                  .number = static_cast<std::uint16_t>(number),
                  .chance = 0};
    device.chance = mix(seed_, static_cast<std::uint64_t>(model), number);
    device.phase_s = static_cast<std::uint32_t>(mix(device.chance, 1) % device.interval_s);
    return town_.devices.emplace_back(std::move(device));
  }

  std::int32_t nearest_street(Area area, Metres at) const {
    std::int32_t best = -1;
    double nearest = 1e18;
    for (std::size_t s = 0; s < town_.layout.streets.size(); s++) {
      if (town_.layout.streets[s].area != area) continue;
      const double d = distance_to(town_.layout.streets[s].line, at);
      if (d < nearest) nearest = d, best = static_cast<std::int32_t>(s);
    }
    return best;
  }

  void put_plants() {
    const auto& ground = town_.layout;
    const auto boiler = static_cast<std::int32_t>(town_.devices.size());
    put(Model::boiler, 1, Area::ondiris, ground.boiler_house, nearest_street(Area::ondiris, ground.boiler_house));
    const Area heat[6] = {Area::orta, Area::orta, Area::orta, Area::orta, Area::shyg, Area::shyg};
    for (unsigned i = 0; i < 6; i++) {
      const auto upstream = static_cast<std::int32_t>(town_.upstream_of[i]);  // 0: straight from the boiler house
      put(Model::substation, i + 1, heat[i], ground.heat_station[i], nearest_street(heat[i], ground.heat_station[i]))
          .parent = boiler + upstream;
    }
    const Area air[5] = {Area::orta, Area::shyg, Area::temir, Area::zhagalau, Area::zhana};
    for (unsigned i = 0; i < 5; i++) {
      put(Model::air, i + 1, air[i], ground.air_station[i], nearest_street(air[i], ground.air_station[i]));
    }
    const Metres pond = bend({-1880, -130});
    put(Model::weather, 1, Area::zhana, pond, -1);
    for (unsigned i = 0; i < 16; i++) put_pump(Model::pump, i, boiler);
    for (unsigned i = 0; i < 8; i++) put_pump(Model::valve, i, boiler);
    const std::pair<Area, Metres> transformers[3] = {
        {Area::orta, {-660, 370}}, {Area::shyg, {1470, 370}}, {Area::koktem, {330, -840}}};
    for (unsigned i = 0; i < 3; i++) {
      const Metres at = bend(transformers[i].second);
      transformer_[i] = static_cast<std::int32_t>(town_.devices.size());
      put(Model::transformer, i + 1, transformers[i].first, at, nearest_street(transformers[i].first, at));
    }
  }

  /// Two pumps and a valve at each heat substation, the rest in the boiler house.
  void put_pump(Model model, unsigned i, std::int32_t boiler) {
    const unsigned station = model == Model::pump ? (i / 2 + 2) % 8 : i;  // M-1 and M-2 serve ЖП-3
    const bool at_station = station < 6;
    const auto parent = at_station ? boiler + 1 + static_cast<std::int32_t>(station) : boiler;
    const Device home = town_.devices[static_cast<std::size_t>(parent)];
    const double offset = model == Model::valve ? -12.0 : 10 + 6.0 * (i % 2);
    put(model, i + 1, home.area, {home.at.x + offset, home.at.y + 9.0 * (at_station ? 1 : i % 4)}, home.street).parent =
        parent;
  }

  void put_gateways() {
    unsigned number = 1;
    for (const auto& [area, count] : kGatewaySpread) {
      std::vector<const Building*> roofs;
      for (const Building& b : town_.layout.buildings) {
        if (b.area == area) roofs.push_back(&b);
      }
      for (int i = 0; i < count; i++) {
        const Building& roof =
            *roofs[(2 * static_cast<std::size_t>(i) + 1) * roofs.size() / (2 * static_cast<std::size_t>(count))];
        gateways_.push_back(static_cast<std::int32_t>(town_.devices.size()));
        put(Model::gateway, number++, area, roof.middle, static_cast<std::int32_t>(roof.street));
      }
    }
  }

  void put_lighting() {
    const std::size_t want = std::max<std::size_t>(scaled(kLamps), town_.layout.school_feeder.size() + 4);
    const auto feeders = hang_lamps(town_.layout, want, std::max<std::size_t>(2, scaled(kFeeders)));
    unsigned lamp = 1;
    for (const LampGroup& group : feeders) {
      const auto index = static_cast<std::int32_t>(town_.devices.size());
      Device& feeder = put(Model::feeder, group.number, group.area, group.cabinet, group.lamps.front().street);
      feeder.parent = nearest_transformer(group.cabinet);
      feeder.size = static_cast<float>(group.lamps.size());
      if (town_.lamps_of.size() < group.number) town_.lamps_of.resize(group.number);
      for (const LampPost& post : group.lamps) {
        town_.lamps_of[group.number - 1].push_back(static_cast<std::uint32_t>(town_.devices.size()));
        Device& device = put(Model::lamp, lamp++, group.area, post.at, post.street);
        device.parent = index;
        device.size = unit(mix(device.chance, 2)) < 0.3 ? 120 : 90;
      }
    }
  }

  std::int32_t nearest_transformer(Metres at) const {
    return *std::min_element(std::begin(transformer_), std::end(transformer_), [&](std::int32_t a, std::int32_t b) {
      return distance(town_.devices[static_cast<std::size_t>(a)].at, at) <
             distance(town_.devices[static_cast<std::size_t>(b)].at, at);
    });
  }

  void put_share(Model model, std::size_t count) {
    if (model == Model::vehicle) return put_vehicles(count);
    if (model == Model::counter || model == Model::stop || model == Model::bench)
      return put_along_avenues(model, count);
    double owed = 0;
    unsigned number = 1;
    for (const Spread& spread : spread_of(model)) {
      owed += spread.part * static_cast<double>(count);
      const bool last = spread.area == spread_of(model).back().area;
      const auto until = last ? count : static_cast<std::size_t>(std::lround(owed));
      put_in_area(model, spread.area, number, std::max<std::size_t>(until + 1, number) - number);
      number = std::max(number, static_cast<unsigned>(until) + 1);
    }
  }

  void put_in_area(Model model, Area area, unsigned first, std::size_t count) {
    if (count == 0) return;
    if (model == Model::bin || model == Model::camera) return put_on_sides(model, area, first, count);
    std::vector<const Building*> homes;
    for (const Building& b : town_.layout.buildings) {
      const bool fits = model == Model::heat ? b.build != Build::house : distance(b.ring[0], b.ring[1]) > 9;
      if (b.area == area && fits) homes.push_back(&b);
    }
    for (std::size_t i = 0; i < count; i++) {
      const auto number = first + static_cast<unsigned>(i);
      const Building& home = *homes[i * homes.size() / count];
      const std::uint64_t dice = mix(town_.layout.buildings.size(), number, static_cast<std::uint64_t>(model));
      const Metres at{home.middle.x + 5 * wobble(mix(dice, 1)), home.middle.y + 5 * wobble(mix(dice, 2))};
      Device& device = put(model, number, area, at, static_cast<std::int32_t>(home.street));
      device.size = static_cast<float>(home.build == Build::house  ? 0.7 + 0.9 * unit(mix(device.chance, 3))
                                       : home.build == Build::flat ? 10 + 9 * unit(mix(device.chance, 3))
                                                                   : 8 + 12 * unit(mix(device.chance, 3)));
      if (model == Model::heat) device.parent = nearest_of(Model::substation, at);
    }
  }

  void put_on_sides(Model model, Area area, unsigned first, std::size_t count) {
    std::vector<const Side*> sides;
    for (const Side& side : town_.layout.sides) {
      if (side.area == area) sides.push_back(&side);
    }
    for (std::size_t i = 0; i < count; i++) {
      const Side& side = *sides[(2 * i + 1) * sides.size() / (2 * count) % sides.size()];
      const auto number = first + static_cast<unsigned>(i);
      const double t = model == Model::bin ? 0.2 + 0.6 * unit(mix(7, number)) : 0.02;
      const Metres at = side.at(t);
      put(model, number, area, {at.x + (model == Model::bin ? 7 : 4), at.y + 7}, static_cast<std::int32_t>(side.street))
          .size = static_cast<float>(0.6 + 0.8 * unit(mix(11, number)));
    }
  }

  /// Counters, stops and benches stand where people and cars are: two in three on the avenues.
  void put_along_avenues(Model model, std::size_t count) {
    std::vector<const Side*> main, other;
    for (const Side& side : town_.layout.sides) {
      const bool avenue = town_.layout.streets[side.street].avenue;
      if (model == Model::bench && side.area != Area::orta) continue;
      (avenue ? main : other).push_back(&side);
    }
    const std::size_t on_main = std::min(count, count * 2 / 3 + 1);
    for (std::size_t i = 0; i < count; i++) {
      const bool avenue = i < on_main;
      const auto& from = avenue ? main : other;
      const std::size_t k = avenue ? i : i - on_main, of = avenue ? on_main : count - on_main;
      const Side& side = *from[(2 * k + 1) * from.size() / (2 * of)];
      const double t = model == Model::counter ? 0.08 : model == Model::stop ? 0.35 : 0.6;
      const Metres at = side.at(t);
      put(model, static_cast<unsigned>(i + 1), side.area, {at.x, at.y - 12}, static_cast<std::int32_t>(side.street))
          .size = avenue ? 1.0F : 0.25F;
    }
  }

  void put_vehicles(std::size_t count) {
    const Metres depot = bend({-560, 610});
    for (std::size_t i = 0; i < count; i++) {
      put(Model::vehicle, static_cast<unsigned>(i + 1), Area::temir, depot, nearest_street(Area::temir, depot));
      town_.routes.push_back(make_route(static_cast<unsigned>(i)));
    }
  }

  /// A bus takes an avenue from end to end, a plough or a waste lorry the streets of a zone one after the other.
  Route make_route(unsigned i) const {
    Dice dice(1000 + i);
    Line line;
    if (i < 10) {
      line = i % 3 == 2 ? bent({{60, 420}, {60, -560}, {75, -780}, {110, -1150}}, 45)
                        : bent({{-1950, -40}, {1530, -40}}, 45);
    } else {
      const auto area = static_cast<Area>(i % kAreas);
      for (const Street& street : town_.layout.streets) {
        if (street.area != area || dice.next() < 0.4) continue;
        const bool reversed =
            !line.empty() && distance(line.back(), street.line.front()) > distance(line.back(), street.line.back());
        line.insert(line.end(), street.line.begin(), street.line.end());
        if (reversed) std::reverse(line.end() - std::ssize(street.line), line.end());
      }
    }
    const double metres = length(line);
    return {std::move(line), metres};
  }

  std::int32_t nearest_of(Model model, Metres at) const {
    std::int32_t best = -1;
    double nearest = 1e18;
    for (std::size_t i = 0; i < town_.devices.size(); i++) {
      if (town_.devices[i].model != model) continue;
      const double d = distance(town_.devices[i].at, at);
      if (d < nearest) nearest = d, best = static_cast<std::int32_t>(i);
    }
    return best;
  }

  void join_gateway(Device& device) const {
    if (device.voice != Voice::gateway) return;
    double nearest = 1e18;
    for (const std::int32_t g : gateways_) {
      const Device& gateway = town_.devices[static_cast<std::size_t>(g)];
      const double d = distance(gateway.at, device.at) + (gateway.area == device.area ? 0 : 1e6);
      if (d < nearest) nearest = d, device.gateway = g;
    }
  }

  /// Houses, and a third of the large buildings, hang on the same lines as the lamps; the others on the transformer.
  void join_power(Device& device) const {
    if (device.model != Model::electricity) return;
    const bool on_line = device.size < 2 || device.number % 3 == 0;
    device.parent = on_line ? nearest_of(Model::feeder, device.at) : nearest_transformer(device.at);
  }

  std::uint64_t seed_;
  double scale_;
  Town town_;
  std::vector<std::int32_t> gateways_;
  std::int32_t transformer_[3]{};
};

}  // namespace

Town build_town(std::uint64_t seed, std::size_t things) { return TownBuilder(seed, things).build(); }

std::int32_t Town::find(std::string_view key) const {
  for (std::size_t i = 0; i < devices.size(); i++) {
    if (devices[i].key == key) return static_cast<std::int32_t>(i);
  }
  return -1;
}

std::size_t Town::channel_count() const {
  std::size_t sum = 0;
  for (const Device& device : devices) sum += channels_of(device.model).size();
  return sum;
}

}  // namespace qala::sim
