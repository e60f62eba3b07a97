#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "alarms/hours.h"
#include "alarms/model.h"
#include "base/ids.h"
#include "base/time.h"
#include "words/language.h"

namespace qala::notify {

using RecipientId = Id<struct RecipientTag>;

/// How it is told.
enum class Channel : std::uint8_t { mail, webhook, push };
std::string_view name_of(Channel channel);  ///< "webhook"
std::optional<Channel> channel_from(std::string_view name);

/// What is told. An alarm that came to the tray, came again, was not acknowledged in time, is over.
enum class Event : std::uint8_t { raised, raised_again, escalated, cleared };
constexpr std::size_t kEvents = 4;
std::string_view name_of(Event event);  ///< "raised_again"
std::optional<Event> event_from(std::string_view name);

/// What a recipient wants to hear. All of it must fit; an empty list means "all".
struct Wishes {
  std::vector<alarms::Severity> severities = {};
  std::vector<std::uint32_t> zones = {};  ///< ZoneArea::id
  std::vector<registry::Kind> kinds = {};
  std::vector<Event> events = {Event::raised, Event::escalated, Event::cleared};
  std::vector<alarms::Hours> hours = {};  ///< in the town's zone; within one of them
  /// Raised alarms only if nobody acknowledged them for so long and they still hold.
  std::int64_t delay_s = 0;
  friend bool operator==(const Wishes&, const Wishes&) = default;
};

/// Somebody or something that is told of alarms.
struct Recipient {
  RecipientId id = {};
  std::string name = {};
  Channel channel = Channel::mail;
  std::string address = {};  ///< mail address, or URL of the web-hook or of the browser's push service
  std::string secret = {};   ///< web-hook: "whsec_…", signs; push: what the browser gave (see push.h)
  UserId user = {};          ///< whose it is: hears only what that person may see; none: the town's
  words::Language language = words::Language::kk;
  Wishes wishes = {};
  bool paused = false;
  Instant created = {};
  std::uint64_t since_step = 0;  ///< steps up to this one are not told
};

/// How a recipient fares.
struct Standing {
  std::size_t waiting = 0;       ///< events not told yet, those of a message under way included
  std::uint64_t left_out = 0;    ///< beyond what the queue holds; the next message says how many
  std::optional<Instant> last_sent = {};
  std::optional<Instant> failing_since = {};
  std::string failure = {};      ///< the other side's words, or ours
  std::optional<Instant> next_attempt = {};
};

/// What is wrong with it, as "field: …" (`invalid`), or nothing. Does not look at the network.
Result<> validate(const Recipient& recipient);
/// One plain mail address, ASCII: what goes into an SMTP command must not be able to say more than that.
bool is_mail_address(std::string_view text);
/// "https://host[:port]/…" or "http://…"; no user, no fragment, no control characters.
bool is_http_url(std::string_view text);

}  // namespace qala::notify
