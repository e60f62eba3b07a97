#include "lorawan/message.h"

#include <algorithm>
#include <array>

namespace qala::lorawan {

namespace {

constexpr std::array kEvents{std::string_view("up"),     std::string_view("join"),     std::string_view("status"),
                             std::string_view("queued"), std::string_view("sent"),     std::string_view("ack"),
                             std::string_view("failed"), std::string_view("location"), std::string_view("log"),
                             std::string_view("other")};

const Reception* strongest(const Message& message) {
  const Reception* best = nullptr;
  for (const Reception& one : message.receptions) {
    if (!one.rssi) continue;
    if (!best || *one.rssi > *best->rssi) best = &one;
  }
  return best;
}

}  // namespace

std::string_view name_of(ServerKind kind) { return kind == ServerKind::tts ? "tts" : "chirpstack"; }

std::optional<ServerKind> server_kind_from(std::string_view name) {
  if (name == "chirpstack") return ServerKind::chirpstack;
  if (name == "tts") return ServerKind::tts;
  return std::nullopt;
}

std::string_view name_of(Event event) { return kEvents[static_cast<std::size_t>(event)]; }

std::optional<double> Message::rssi() const {
  const Reception* best = strongest(*this);
  return best ? best->rssi : std::nullopt;
}

std::optional<double> Message::snr() const {
  std::optional<double> best;
  for (const Reception& one : receptions) {
    if (one.snr && (!best || *one.snr > *best)) best = one.snr;
  }
  return best;
}

Result<Message> parse(ServerKind kind, std::string_view topic_or_event, std::string_view json) {
  if (json.size() > kMaxMessage) return fail(ErrorKind::invalid, "the message is longer than 256 KB");
  return kind == ServerKind::tts ? parse_tts(topic_or_event, json) : parse_chirpstack(topic_or_event, json);
}

Instant event_time(const Message& message, Instant arrival) {
  constexpr std::int64_t kEarlier = Instant::kDay, kLater = 5 * Instant::kSecond;
  const Instant server = message.time.value_or(arrival);
  std::optional<Instant> best;
  for (const Reception& one : message.receptions) {
    if (!one.time || one.time->ns < server.ns - kEarlier || one.time->ns > server.ns + kLater) continue;
    if (!best || *one.time < *best) best = one.time;
  }
  return best.value_or(server);
}

std::optional<double> link_margin(const Message& message) {
  const auto snr = message.snr();
  if (!snr || message.spreading_factor < 7 || message.spreading_factor > 12) return std::nullopt;
  // What a receiver needs: -7.5 dB at SF7, 2.5 dB less for each step.
  return *snr + 7.5 + 2.5 * (message.spreading_factor - 7);
}

}  // namespace qala::lorawan
