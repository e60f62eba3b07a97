#pragma once

#include <string>

#include "sim/layout.h"

namespace qala::sim {

/// The plan of the town as the map draws it: a GeoJSON FeatureCollection whose features carry `properties.layer`.
/// Polygons: water field park block house flat hall. Lines: road avenue railway pipe street_name (a piece of the
/// street, `angle` in degrees for labels that stand on a point). Points: zone_name place_name. Names in three
/// languages. Roads, avenues and railways carry `width` in metres.
std::string plan_geojson(const Layout& layout);

}  // namespace qala::sim
