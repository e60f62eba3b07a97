#include "api/notify_body.h"

#include "api/alarm_rule_body.h"

namespace qala::api {

namespace {

using notify::Recipient;
using notify::Wishes;

constexpr std::size_t kMostInList = 100;

Error unknown(std::string_view field, std::string_view what) {
  return fail(ErrorKind::invalid, std::string(field) + ": \"" + std::string(what) + "\" is unknown");
}

Result<> read_numbers(const Body& body, Wishes& wishes) {
  if (body.has("severities")) {
    TRY(const auto given, body.integers("severities", 5));
    wishes.severities.clear();
    for (const auto severity : given) {
      if (severity < 1 || severity > 5) return fail(ErrorKind::invalid, "severities: 1 to 5");
      wishes.severities.push_back(static_cast<alarms::Severity>(severity));
    }
  }
  if (!body.has("zones")) return {};
  TRY(const auto given, body.integers("zones", kMostInList));
  wishes.zones.clear();
  for (const auto zone : given) {
    if (zone < 0 || zone > kMaxEntityId) return fail(ErrorKind::invalid, "zones: numbers of zones");
    wishes.zones.push_back(static_cast<std::uint32_t>(zone));
  }
  return {};
}

Result<> read_names(const Body& body, Wishes& wishes) {
  if (body.has("kinds")) {
    TRY(const auto given, body.texts("kinds"));
    wishes.kinds.clear();
    for (const auto& name : given) {
      const auto kind = registry::kind_from(name);
      if (!kind) return unknown("kinds", name);
      wishes.kinds.push_back(*kind);
    }
  }
  if (!body.has("events")) return {};
  TRY(const auto given, body.texts("events"));
  wishes.events.clear();
  for (const auto& name : given) {
    const auto event = notify::event_from(name);
    if (!event) return unknown("events", name);
    wishes.events.push_back(*event);
  }
  if (wishes.events.empty()) return fail(ErrorKind::invalid, "events: name at least one");
  return {};
}

Result<> read_hours(const Body& body, Wishes& wishes) {
  if (body.is_null("hours")) wishes.hours.clear();
  if (!body.has("hours")) return {};
  TRY(const auto given, body.objects("hours"));
  wishes.hours.clear();
  for (std::size_t i = 0; i < given.size(); i++) {
    TRY(const auto hours, hours_from(given[i], "hours[" + std::to_string(i) + "]"));
    wishes.hours.push_back(hours);
  }
  return {};
}

Result<> read_user(const Body& body, Recipient& recipient) {
  if (body.is_null("user")) recipient.user = {};
  TRY(const auto user, body.optional_integer("user"));
  if (!user) return {};
  if (*user < 1 || *user > kMaxEntityId) return fail(ErrorKind::invalid, "user: number of a user");
  recipient.user = UserId(static_cast<std::uint32_t>(*user));
  return {};
}

}  // namespace

Result<Recipient> recipient_from(const Body& body, Recipient recipient) {
  TRY(const auto name, body.optional_text("name"));
  TRY(const auto address, body.optional_text("address"));
  TRY(const auto language, body.optional_text("language"));
  TRY(const auto paused, body.optional_boolean("paused"));
  TRY(const auto delay, body.optional_integer("delay_s"));
  if (name) recipient.name = *name;
  if (address) recipient.address = *address;
  if (language) {
    const auto known = words::language_from(*language);
    if (!known) return fail(ErrorKind::invalid, "language: kk, ru or en");
    recipient.language = *known;
  }
  recipient.paused = paused.value_or(recipient.paused);
  recipient.wishes.delay_s = delay.value_or(recipient.wishes.delay_s);
  TRY_VOID(read_user(body, recipient));
  TRY_VOID(read_numbers(body, recipient.wishes));
  TRY_VOID(read_names(body, recipient.wishes));
  TRY_VOID(read_hours(body, recipient.wishes));
  return recipient;
}

}  // namespace qala::api
