#include "notify/recipient.h"

#include <algorithm>
#include <array>

namespace qala::notify {

namespace {

constexpr std::array<std::string_view, 3> kChannels{"mail", "webhook", "push"};
constexpr std::array<std::string_view, kEvents> kEventNames{"raised", "raised_again", "escalated", "cleared"};
constexpr std::size_t kLongestName = 100, kLongestUrl = 1000, kMostHours = 7;

template <class Enum, std::size_t n>
std::optional<Enum> find_in(const std::array<std::string_view, n>& names, std::string_view name) {
  const auto at = std::ranges::find(names, name);
  if (at == names.end()) return std::nullopt;
  return static_cast<Enum>(at - names.begin());
}

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

bool is_domain(std::string_view text) {
  if (text.empty() || text.size() > 253 || text.front() == '.' || text.back() == '.') return false;
  char before = '.';
  for (const char c : text) {
    if (c == '.' && (before == '.' || before == '-')) return false;
    if (c == '-' && before == '.') return false;
    if (!is_letter_or_digit(c) && c != '.' && c != '-') return false;
    before = c;
  }
  return before != '-';
}

}  // namespace

std::string_view name_of(Channel channel) { return kChannels[static_cast<std::size_t>(channel)]; }
std::optional<Channel> channel_from(std::string_view name) { return find_in<Channel>(kChannels, name); }
std::string_view name_of(Event event) { return kEventNames[static_cast<std::size_t>(event)]; }
std::optional<Event> event_from(std::string_view name) { return find_in<Event>(kEventNames, name); }

bool is_mail_address(std::string_view text) {
  const auto at = text.rfind('@');
  if (at == std::string_view::npos || at == 0 || at > 64 || text.size() > 254) return false;
  const auto local = text.substr(0, at);
  if (local.front() == '.' || local.back() == '.' || local.find("..") != std::string_view::npos) return false;
  constexpr std::string_view kAlso = "!#$%&'*+-/=?^_`{|}~.";
  const bool plain = std::ranges::all_of(
      local, [&](char c) { return is_letter_or_digit(c) || kAlso.find(c) != std::string_view::npos; });
  return plain && is_domain(text.substr(at + 1));
}

bool is_http_url(std::string_view text) {
  const std::size_t scheme = text.starts_with("https://") ? 8 : text.starts_with("http://") ? 7 : 0;
  if (scheme == 0 || text.size() > kLongestUrl) return false;
  const bool printable = std::ranges::all_of(text, [](unsigned char c) { return c > ' ' && c < 0x7f; });
  if (!printable || text.find_first_of("#\"<>\\^`{|}") != std::string_view::npos) return false;
  const auto host = text.substr(scheme, text.find_first_of("/?", scheme) - scheme);
  return !host.empty() && host.front() != ':' && host.find('@') == std::string_view::npos;
}

Result<> validate(const Recipient& recipient) {
  const auto bad = [](const char* what) { return fail(ErrorKind::invalid, what); };
  if (recipient.name.empty()) return bad("name: give it a name");
  if (recipient.name.size() > kLongestName) return bad("name: at most 100 bytes");
  if (std::ranges::any_of(recipient.name, [](unsigned char c) { return c < ' ' || c == 0x7f; }))
    return bad("name: one line of text");
  if (recipient.channel == Channel::mail && !is_mail_address(recipient.address))
    return bad("address: a mail address such as duty@example.kz, in Latin letters");
  if (recipient.channel != Channel::mail && !is_http_url(recipient.address))
    return bad("address: an address such as https://example.kz/hook");
  const auto& wishes = recipient.wishes;
  if (std::ranges::all_of(wishes.events, [](Event event) { return event == Event::cleared; }))
    return bad("events: raised, raised_again or escalated must be among them");
  if (wishes.delay_s < 0 || wishes.delay_s > 86'400) return bad("delay_s: 0 to 86,400 seconds");
  if (wishes.hours.size() > kMostHours) return bad("hours: at most seven lines");
  if (std::ranges::any_of(wishes.hours, [](const alarms::Hours& hours) { return hours.days == 0; }))
    return bad("hours: name a day of the week");
  return {};
}

}  // namespace qala::notify
