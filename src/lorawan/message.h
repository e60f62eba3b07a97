#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace qala::lorawan {

/// Whose messages they are.
enum class ServerKind : std::uint8_t { chirpstack, tts };  ///< ChirpStack v4; The Things Stack v3
std::string_view name_of(ServerKind kind);                 ///< "chirpstack"
std::optional<ServerKind> server_kind_from(std::string_view name);

/// A network server as we know it: the token of its webhook, or the bridge that is connected to its broker.
struct Source {
  enum class Way : std::uint8_t { webhook, bridge };
  std::string name = {};
  ServerKind kind = ServerKind::chirpstack;
  Way way = Way::webhook;
};

enum class Event : std::uint8_t {
  up,
  join,
  status,    ///< battery and margin
  queued,    ///< a downlink: the network server has it
  sent,      ///< a gateway took it for sending, no proof of reception
  ack,       ///< the device has it
  failed,    ///< it does not get there
  location,
  log,       ///< what the network server complains of
  other,     ///< of no concern here: counted
};
std::string_view name_of(Event event);

/// A gateway that heard an uplink.
struct Reception {
  std::string gateway = {};
  std::optional<double> rssi = {}, snr = {};
  std::optional<Instant> time = {};
};

/// What a network server says about one device, whichever server it is. Absent fields of proto3 JSON are their default:
/// 0, false or empty.
struct Message {
  Event event = Event::other;
  std::string device = {};  ///< DevEUI, 16 hexadecimal digits in lower case; without one the server's name of it
  std::string device_id = {};  ///< how the server calls it in topics
  std::string device_name = {};
  std::string application = {};  ///< id in topics
  std::string tenant = {};  ///< The Things Stack, by the topic: "ttn"
  std::string server_id = {};  ///< deduplicationId
  std::optional<Instant> time = {};  ///< the server's
  bool simulated = false;

  // Of uplinks
  std::string session = {};  ///< devAddr or session_key_id; also of joins
  std::uint32_t f_cnt = 0;
  std::uint8_t f_port = 0;
  std::string payload = {};
  bool encrypted = false;  ///< only the join server could open it
  bool confirmed = false;
  std::string decoded = {};  ///< {"data":…,"normalized":…} as the server's own codec has it; empty: none
  std::vector<Reception> receptions = {};
  int spreading_factor = 0;  ///< 0: not told, or not LoRa

  // Of status and uplinks
  std::optional<double> battery = {};  ///< per cent
  std::optional<double> margin = {};  ///< dB, of the last downlink at the device
  bool external_power = false;

  std::vector<std::string> downlinks = {};  ///< ids of what it is about: queueItemId, correlation_ids
  std::string words = {};  ///< why it failed; of a log entry: its code and description
  std::string level = {}, code = {};  ///< of a log entry
  std::optional<double> latitude = {}, longitude = {}, altitude = {};

  /// The strongest gateway's.
  std::optional<double> rssi() const;
  std::optional<double> snr() const;
};

/// Limit of a message's text.
constexpr std::size_t kMaxMessage = 256u << 10;
/// Of a payload; LoRaWAN has at most 242 bytes.
constexpr std::size_t kMaxPayload = 1024;

/// `event`: the word of ChirpStack's topic or query ("up"), or the whole topic. `invalid` says what is wrong. Pure.
Result<Message> parse_chirpstack(std::string_view event, std::string_view json);
/// The kind of a message of The Things Stack is told by its members; `topic` may be empty. Pure.
Result<Message> parse_tts(std::string_view topic, std::string_view json);
Result<Message> parse(ServerKind kind, std::string_view topic_or_event, std::string_view json);

/// When the values are of: the earliest believable time of a gateway (not a day before the server's, nor after it),
/// else the server's, else `arrival`.
Instant event_time(const Message& message, Instant arrival);

/// Signal above what the spreading factor needs, dB. None: not known.
std::optional<double> link_margin(const Message& message);

}  // namespace qala::lorawan
