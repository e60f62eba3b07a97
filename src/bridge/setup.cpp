#include "bridge/setup.h"

#include <array>
#include <charconv>

#include "base/file.h"
#include "mqtt/topic.h"

namespace qala::bridge {

namespace {

constexpr std::array<std::string_view, 3> kNames{"chirpstack", "tts", "telemetry"};

Error bad(std::string what) { return fail(ErrorKind::invalid, std::move(what)); }

}  // namespace

std::string_view name_of(Kind kind) { return kNames[static_cast<std::size_t>(kind)]; }

std::optional<Kind> kind_from(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); i++) {
    if (kNames[i] == name) return static_cast<Kind>(i);
  }
  return std::nullopt;
}

std::vector<std::string> default_topics(Kind kind) {
  switch (kind) {
    case Kind::chirpstack: return {"application/+/device/+/event/+"};
    case Kind::tts: {
      std::vector<std::string> out;
      for (const char* event :
           {"up", "join", "down/queued", "down/sent", "down/ack", "down/nack", "down/failed", "location/solved"})
        out.push_back(std::string("v3/+/devices/+/") + event);
      return out;
    }
    case Kind::telemetry: return {};
  }
  return {};
}

Result<Address> parse_url(std::string_view url) {
  Address out;
  if (url.starts_with("mqtts://")) out.tls = true;
  else if (!url.starts_with("mqtt://")) return bad("mqtt://HOST:PORT or mqtts://HOST:PORT is expected");
  std::string_view rest = url.substr(out.tls ? 8 : 7);
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (rest.contains('@')) return bad("user and password have keys of their own: what stands here is shown");
  if (rest.find_first_of("/?# \t") != std::string_view::npos) return bad("only HOST and PORT are expected");
  out.port = out.tls ? 8883 : 1883;
  std::string_view port;
  if (rest.starts_with('[')) {
    const auto end = rest.find(']');
    if (end == std::string_view::npos) return bad("the ] of the address is missing");
    out.host = rest.substr(1, end - 1);
    rest.remove_prefix(end + 1);
    if (!rest.empty() && rest[0] != ':') return bad("a colon and the port are expected after ]");
    port = rest;
  } else {
    const auto colon = rest.find(':');
    out.host = rest.substr(0, colon);
    if (colon != std::string_view::npos) port = rest.substr(colon);
    if (port.find(':', 1) != std::string_view::npos) return bad("an IPv6 address stands in [ ]");
  }
  if (out.host.empty()) return bad("the host is missing");
  if (port.empty()) return out;
  port.remove_prefix(1);
  const auto [end, ec] = std::from_chars(port.data(), port.data() + port.size(), out.port);
  if (ec != std::errc() || end != port.data() + port.size() || out.port == 0) return bad("the port is 1 to 65535");
  return out;
}

std::string_view thing_of(std::string_view topic, std::size_t level) {
  mqtt::Levels levels(topic);
  std::string_view name;
  for (std::size_t at = 1; levels.next(name); at++) {
    if (at == level) return name;
  }
  return level == 0 ? name : std::string_view();
}

Result<std::string> password_of(const Setup& setup) {
  if (setup.password_file.empty()) return setup.password;
  TRY(const auto bytes, read_file(setup.password_file).context("password_file"));
  std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  if (text.empty()) return bad("password_file: " + setup.password_file + " is empty");
  if (text.size() > 65'535) return bad("password_file: " + setup.password_file + " is too long");
  return text;
}

}  // namespace qala::bridge
