#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace qala::bridge {

/// What a broker's messages are.
enum class Kind : std::uint8_t {
  chirpstack,  ///< events of ChirpStack v4
  tts,         ///< events of The Things Stack v3
  telemetry,   ///< values as devices send them to v1/devices/me/telemetry
};
std::string_view name_of(Kind kind);  ///< "chirpstack"
std::optional<Kind> kind_from(std::string_view name);
/// Topics that are asked for when none are given: events of devices only, never our own downlinks. None for telemetry.
std::vector<std::string> default_topics(Kind kind);

/// A broker, how we show ourselves to it, and what we want of it.
struct Setup {
  std::string name = {};
  std::string url = {};  ///< as configured; holds neither user nor password
  std::string host = {};
  std::uint16_t port = 0;
  bool tls = false;
  Kind kind = Kind::chirpstack;
  std::string user = {}, password = {}, password_file = {};
  std::vector<std::string> topics = {};
  std::uint8_t qos = 1;
  std::string client_id = {};  ///< the broker keeps what comes while we are away under this name
  std::string ca_file = {};    ///< empty: the system's authorities
  std::string certificate = {}, key = {};
  std::size_t thing_level = 0;  ///< telemetry: which level of the topic names the thing, from 1; 0: the last
};

struct Address {
  std::string host = {};
  std::uint16_t port = 0;
  bool tls = false;
};
/// "mqtt://host", "mqtts://host:8883", "mqtt://[::1]:1883". `invalid` says what is wrong. Pure.
Result<Address> parse_url(std::string_view url);

/// The level of `topic` that names the thing; empty if there is none. Pure.
std::string_view thing_of(std::string_view topic, std::size_t level);

/// The password as it is now; a file's last line ends are no part of it.
Result<std::string> password_of(const Setup& setup);

}  // namespace qala::bridge
