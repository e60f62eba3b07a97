#include "sensorthings/kinds.h"

#include <array>

namespace qala::sensorthings {

namespace {

constexpr Property kThing[] = {
    {"name", Holds::text, true}, {"description", Holds::text, true}, {"properties", Holds::object}};
constexpr Property kLocation[] = {{"name", Holds::text, true},
                                  {"description", Holds::text, true},
                                  {"encodingType", Holds::text, true},
                                  {"location", Holds::geometry, true},
                                  {"properties", Holds::object}};
constexpr Property kHistorical[] = {{"time", Holds::instant, true}};
constexpr Property kDatastream[] = {{"name", Holds::text, true},
                                    {"description", Holds::text, true},
                                    {"observationType", Holds::text, true},
                                    {"unitOfMeasurement", Holds::object, true},
                                    {"observedArea", Holds::geometry, false, false, true},
                                    {"phenomenonTime", Holds::interval, false, false, true},
                                    {"resultTime", Holds::interval, false, false, true},
                                    {"properties", Holds::object}};
constexpr Property kSensor[] = {{"name", Holds::text, true},
                                {"description", Holds::text, true},
                                {"encodingType", Holds::text, true},
                                {"metadata", Holds::json, true},
                                {"properties", Holds::object}};
constexpr Property kObservedProperty[] = {{"name", Holds::text, true},
                                          {"definition", Holds::text, true},
                                          {"description", Holds::text, true},
                                          {"properties", Holds::object}};
constexpr Property kObservation[] = {
    {"phenomenonTime", Holds::time}, {"result", Holds::json, true, true}, {"resultTime", Holds::instant, false, true},
    {"resultQuality", Holds::json},  {"validTime", Holds::interval},      {"parameters", Holds::object}};
constexpr Property kFeature[] = {{"name", Holds::text, true},
                                 {"description", Holds::text, true},
                                 {"encodingType", Holds::text, true},
                                 {"feature", Holds::geometry, true},
                                 {"properties", Holds::object}};

constexpr Relation kOfThing[] = {{"Locations", Kind::location, true},
                                 {"HistoricalLocations", Kind::historical_location, true},
                                 {"Datastreams", Kind::datastream, true}};
constexpr Relation kOfLocation[] = {{"Things", Kind::thing, true},
                                    {"HistoricalLocations", Kind::historical_location, true}};
constexpr Relation kOfHistorical[] = {{"Thing", Kind::thing, false, true}, {"Locations", Kind::location, true, true}};
constexpr Relation kOfDatastream[] = {{"Thing", Kind::thing, false, true},
                                      {"Sensor", Kind::sensor, false, true},
                                      {"ObservedProperty", Kind::observed_property, false, true},
                                      {"Observations", Kind::observation, true}};
constexpr Relation kOfSensor[] = {{"Datastreams", Kind::datastream, true}};
constexpr Relation kOfObservation[] = {{"Datastream", Kind::datastream, false, true},
                                       {"FeatureOfInterest", Kind::feature, false}};
constexpr Relation kOfFeature[] = {{"Observations", Kind::observation, true}};

constexpr std::array<KindInfo, kKinds> kTable = {{
    {Kind::thing, "Things", "Thing", kThing, kOfThing},
    {Kind::location, "Locations", "Location", kLocation, kOfLocation},
    {Kind::historical_location, "HistoricalLocations", "HistoricalLocation", kHistorical, kOfHistorical},
    {Kind::datastream, "Datastreams", "Datastream", kDatastream, kOfDatastream},
    {Kind::sensor, "Sensors", "Sensor", kSensor, kOfSensor},
    {Kind::observed_property, "ObservedProperties", "ObservedProperty", kObservedProperty, kOfSensor},
    {Kind::observation, "Observations", "Observation", kObservation, kOfObservation},
    {Kind::feature, "FeaturesOfInterest", "FeatureOfInterest", kFeature, kOfFeature},
}};

template <class Named>
int index_of(std::span<const Named> all, std::string_view name) {
  for (std::size_t i = 0; i < all.size(); i++)
    if (all[i].name == name) return static_cast<int>(i);
  return -1;
}

}  // namespace

int KindInfo::property(std::string_view name) const { return index_of(properties, name); }
int KindInfo::relation(std::string_view name) const { return index_of(relations, name); }

const KindInfo& info(Kind kind) { return kTable[static_cast<std::size_t>(kind)]; }
std::span<const KindInfo> kinds() { return kTable; }

std::optional<Kind> kind_of_set(std::string_view name) {
  for (const KindInfo& one : kTable)
    if (one.set == name) return one.kind;
  return std::nullopt;
}

}  // namespace qala::sensorthings
