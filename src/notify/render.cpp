#include "notify/render.h"

#include "alarms/render.h"

namespace qala::notify {

namespace {

void optional_time(JsonWriter& out, std::string_view name, const std::optional<Instant>& at) {
  out.key(name);
  if (at) out.integer(at->ms());
  else out.null();
}

void put_wishes(JsonWriter& out, const Wishes& wishes) {
  out.key("severities").array();
  for (const auto severity : wishes.severities) out.integer(static_cast<int>(severity));
  out.end().key("zones").array();
  for (const auto zone : wishes.zones) out.integer(zone);
  out.end().key("kinds").array();
  for (const auto kind : wishes.kinds) out.string(registry::name_of(kind));
  out.end().key("events").array();
  for (const auto event : wishes.events) out.string(name_of(event));
  out.end().key("hours").array();
  for (const auto& hours : wishes.hours) alarms::render(out, hours, true);
  out.end().field("delay_s", wishes.delay_s);
}

}  // namespace

std::string_view name_of(Fate fate) {
  constexpr std::array<std::string_view, 4> kNames{"delivered", "later", "never", "gone"};
  return kNames[static_cast<std::size_t>(fate)];
}

void render(JsonWriter& out, const Listed& listed) {
  const auto& [recipient, standing] = listed;
  out.object().field("id", recipient.id.value).field("name", recipient.name);
  out.field("channel", name_of(recipient.channel));
  out.field("address", recipient.channel == Channel::push ? origin_of(recipient.address) : recipient.address);
  out.key("user");
  if (recipient.user) out.integer(recipient.user.value);
  else out.null();
  out.field("language", words::code_of(recipient.language));
  put_wishes(out, recipient.wishes);
  out.field("paused", recipient.paused).field("created", recipient.created.ms());
  out.key("standing").object().field("waiting", standing.waiting).field("left_out", standing.left_out);
  optional_time(out, "last_sent", standing.last_sent);
  optional_time(out, "failing_since", standing.failing_since);
  out.field("failure", standing.failure);
  optional_time(out, "next_attempt", standing.next_attempt);
  out.end().end();
}

void render(JsonWriter& out, const Message& message) {
  out.object().field("id", message.id).field("recipient", message.recipient.value).field("key", message.key);
  out.key("alarm");
  if (message.alarm) out.integer(static_cast<std::int64_t>(message.alarm.value));
  else out.null();
  out.field("severity", static_cast<int>(message.severity)).field("events", message.events);
  out.field("made", message.made.ms()).field("attempts", message.attempts).field("state", name_of(message.state));
  optional_time(out, "done", message.done);
  const bool waits = message.state == MessageState::waiting;
  optional_time(out, "next", waits ? std::optional(message.next) : std::nullopt);
  out.field("words", message.words).field("subject", message.subject).end();
}

}  // namespace qala::notify
