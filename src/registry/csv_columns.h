#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace qala::registry {

/// The columns of a CSV file of things, in the order in which they are exported.
enum class Column : std::uint8_t {
  key,
  name,
  description,
  kind,
  zone,
  zone_name_kk,
  zone_name_ru,
  zone_name_en,
  street,
  owner,
  parent,
  gateway,
  lon,
  lat,
  installed,
  calibrated,
  photo,
  properties,
  datastream,
  datastream_name,
  property,
  unit,
  interval_s,
  sensor,
  retention,
  sensor_description,
  sensor_metadata,
  property_name_kk,
  property_name_ru,
  property_name_en,
  property_definition,
  property_unit,
  property_decimals,
  property_min,
  property_max,
};
constexpr std::size_t kColumns = 35;
constexpr std::array<std::string_view, kColumns> kColumnNames = {"key",
                                                                 "name",
                                                                 "description",
                                                                 "kind",
                                                                 "zone",
                                                                 "zone_name_kk",
                                                                 "zone_name_ru",
                                                                 "zone_name_en",
                                                                 "street",
                                                                 "owner",
                                                                 "parent",
                                                                 "gateway",
                                                                 "lon",
                                                                 "lat",
                                                                 "installed",
                                                                 "calibrated",
                                                                 "photo",
                                                                 "properties",
                                                                 "datastream",
                                                                 "datastream_name",
                                                                 "property",
                                                                 "unit",
                                                                 "interval_s",
                                                                 "sensor",
                                                                 "retention",
                                                                 "sensor_description",
                                                                 "sensor_metadata",
                                                                 "property_name_kk",
                                                                 "property_name_ru",
                                                                 "property_name_en",
                                                                 "property_definition",
                                                                 "property_unit",
                                                                 "property_decimals",
                                                                 "property_min",
                                                                 "property_max"};
constexpr std::size_t kFirstDatastreamColumn = static_cast<std::size_t>(Column::datastream);
constexpr std::size_t kFirstSensorColumn = static_cast<std::size_t>(Column::sensor_description);
constexpr std::size_t kFirstPropertyColumn = static_cast<std::size_t>(Column::property_name_kk);

/// In the column `property`: this datastream observes nothing that is known. Blank means: guess from its key.
constexpr std::string_view kNoProperty = "none";

}  // namespace qala::registry
