#pragma once

#include <array>
#include <optional>
#include <vector>

#include "alarms/model.h"
#include "alarms/rules.h"
#include "residents/air.h"
#include "residents/page.h"

namespace qala::residents {

/// What concerns people who live in the town. In the order of the page.
enum class Service : std::uint8_t { heat, light, water, stop, bin, air, weather };
constexpr std::size_t kServices = 7;
constexpr std::size_t kListedServices = 5;  ///< those with a line of their own even when all is well: up to bin

/// The service a thing belongs to; none: of no concern to residents. `property` decides where the kind does not.
std::optional<Service> service_of(registry::Kind kind, std::string_view property);

/// What is wrong, as far as it can be said without the words of the rule.
enum class Trouble : std::uint8_t {
  heat_weak,
  heat_fades,
  light_gone,
  lamps_dark,
  water_weak,
  water_leaks,
  stop_cold,
  bin_full,
  by_rule,
};

/// One disturbance at one place: one alarm, or several of one kind in one street. Holds nothing that people wrote.
struct Fault {
  Service service = Service::heat;
  Trouble trouble = Trouble::by_rule;
  alarms::Severity severity = alarms::Severity::low;
  registry::LocalText rule;  ///< its name, when the trouble has no words of its own
  registry::LocalText zone;
  std::string street;
  std::string name;        ///< of the thing; empty when several were put together
  std::int64_t since = 0;  ///< UTC ns, the earliest
  std::uint64_t things = 1;  ///< lamps, bins
  bool known = false;      ///< someone on duty has taken all of it
};

/// How much of a service can be seen at all.
struct Watch {
  std::size_t things = 0;
  std::size_t reporting = 0;
  std::int64_t newest = 0;  ///< UTC ns, 0: nothing ever
};

/// Everything the page says, in no language yet.
struct Picture {
  Instant now;
  Air air;
  std::vector<Fault> faults;  ///< most severe first
  std::array<Watch, kServices> watches{};
  std::vector<warnings::Message> warnings = {};  ///< in force, most severe first
};

/// Reads registry, store and board. On the pool: takes a few milliseconds.
Picture take_picture(const PageContext& context);

// Parts of it.
Air take_air(const PageContext& context, Instant now);
std::vector<Fault> take_faults(const PageContext& context);
std::array<Watch, kServices> take_watches(const PageContext& context, Instant now);

}  // namespace qala::residents
