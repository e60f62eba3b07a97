#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/sink.h"
#include "base/ids.h"
#include "base/time.h"
#include "registry/model.h"

namespace qala::warnings {

/// What people are warned of. Decides the event's words, the CAP category and the template.
enum class Hazard : std::uint8_t { air, frost, water, power, other };
constexpr std::size_t kHazards = 5;
enum class Urgency : std::uint8_t { immediate, expected, future, past, unknown };
enum class Severity : std::uint8_t { extreme, severe, moderate, minor, unknown };
enum class Certainty : std::uint8_t { observed, likely, possible, unlikely, unknown };
/// CAP msgType. An update replaces all earlier messages of its warning, a cancel ends it.
enum class Type : std::uint8_t { alert, update, cancel };
/// CAP status. Only `actual` is ever public.
enum class Status : std::uint8_t { actual, exercise, test };

/// Where a message stands. A draft without need of approval is `draft` until it is published.
enum class State : std::uint8_t { draft, approved, in_force, replaced, cancelled, expired, cancellation };

// As the HTTP interface says it: "air", "immediate". CAP's words are in cap.cpp.
std::string_view name_of(Hazard hazard);
std::string_view name_of(Urgency urgency);
std::string_view name_of(Severity severity);
std::string_view name_of(Certainty certainty);
std::string_view name_of(Type type);
std::string_view name_of(Status status);
std::string_view name_of(State state);
std::optional<Hazard> hazard_from(std::string_view name);
std::optional<Urgency> urgency_from(std::string_view name);
std::optional<Severity> severity_from(std::string_view name);
std::optional<Certainty> certainty_from(std::string_view name);
std::optional<Type> type_from(std::string_view name);
std::optional<Status> status_from(std::string_view name);

/// A message in one language.
struct Text {
  std::string headline = {}, description = {}, instruction = {};
  bool empty() const { return headline.empty() && description.empty() && instruction.empty(); }
  friend bool operator==(const Text&, const Text&) = default;
};

/// Kazakh first. English may be left out as a whole.
constexpr std::array<std::string_view, 3> kLanguages{"kk", "ru", "en"};
using Texts = std::array<Text, 3>;

/// Where it holds. Each polygon as CAP writes it: "51.98,70.93 51.98,70.97 52.01,70.97 51.98,70.93".
struct Area {
  registry::LocalText name = {};
  std::vector<std::string> polygons = {};
  std::vector<std::uint32_t> zones = {};  ///< of the registry, which it was made of
  friend bool operator==(const Area&, const Area&) = default;
};

/// What operators write.
struct Content {
  Hazard hazard = Hazard::other;
  Status status = Status::actual;
  Urgency urgency = Urgency::unknown;
  Severity severity = Severity::unknown;
  Certainty certainty = Certainty::unknown;
  std::optional<Instant> onset = {};
  Instant expires = {};
  bool longer = false;  ///< it is meant to hold for more than 48 hours
  Texts texts = {};
  Area area = {};
};

/// What names one message to the world. `sent` with its offset, as it was published.
struct Reference {
  std::string sender = {}, identifier = {}, sent = {};
  friend bool operator==(const Reference&, const Reference&) = default;
};

/// A person, or a script with a token (`user` none), which writes but never approves.
struct Person {
  UserId user = {};
  audit::Actor actor = {};
};

/// One message of a warning: a draft, or published and never changed again.
struct Message {
  std::uint64_t id = 0;
  std::uint64_t warning = 0;  ///< id of the alert that began it: updates and cancellations belong to it
  Type type = Type::alert;
  std::uint64_t before = 0;  ///< the message that it replaces or cancels; 0: none
  std::uint64_t revision = 1;  ///< of a draft: rises with every change
  Content content = {};
  UserId writer = {};  ///< who changed it last
  std::string written_by = {}, approved_by = {}, published_by = {};  ///< user or token names; empty: not yet
  Instant written = {};
  std::optional<Instant> approved = {};
  // Once it is published:
  std::optional<Instant> sent = {};
  Reference self = {};
  std::vector<Reference> references = {};
  std::string xml = {};  ///< the CAP file
  bool is_published() const { return sent.has_value(); }
};

/// A message with what the book knows of it.
struct Listed {
  Message message = {};
  State state = State::draft;
  bool needs_approval = false;  ///< by a second person, before it can be published
  std::uint64_t after = 0;      ///< the published message that replaced or cancelled it; 0: none
};

}  // namespace qala::warnings
