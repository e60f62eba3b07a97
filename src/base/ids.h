#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace qala {

/// A number that names one kind of entity; ids of different kinds do not mix. 0 means "none". Entity ids are < 2^31.
template <class Tag, class Number = std::uint32_t>
struct Id {
  Number value = 0;

  constexpr Id() = default;
  constexpr explicit Id(Number number) : value(number) {}
  constexpr explicit operator bool() const { return value != 0; }
  friend constexpr auto operator<=>(const Id&, const Id&) = default;
};

using ThingId = Id<struct ThingTag>;
using DatastreamId = Id<struct DatastreamTag>;
using SensorId = Id<struct SensorTag>;
using ObservedPropertyId = Id<struct ObservedPropertyTag>;
using LocationId = Id<struct LocationTag>;
using UserId = Id<struct UserTag>;
using TokenId = Id<struct TokenTag>;
using AlarmId = Id<struct AlarmTag, std::uint64_t>;
/// Stable for ever, <= 2^53 so that JavaScript can hold it.
using ObservationId = Id<struct ObservationTag, std::uint64_t>;

constexpr std::uint32_t kMaxEntityId = 0x7fffffff;
constexpr std::uint32_t kMaxDatastreamId = (1u << 24) - 1;  ///< the store's tables are dense by datastream

}  // namespace qala

template <class Tag, class Number>
struct std::hash<qala::Id<Tag, Number>> {
  std::size_t operator()(const qala::Id<Tag, Number>& id) const noexcept { return std::hash<Number>{}(id.value); }
};
