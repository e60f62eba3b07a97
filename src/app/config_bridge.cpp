// [[bridge]] of the configuration.
#include <algorithm>

#include <fmt/format.h>

#include "app/config_list.h"
#include "mqtt/topic.h"

namespace qala::app {

namespace {

Result<> read_who(ListEntry& entry, bridge::Setup& into) {
  TRY_VOID(entry.text("user", into.user));
  TRY_VOID(entry.text("password", into.password));
  TRY_VOID(entry.file("password_file", into.password_file));
  TRY_VOID(entry.text("client_id", into.client_id));
  const bool both = !into.password.empty() && !into.password_file.empty();
  if (both) return entry.wrong("password_file", "password is given, too: one of the two is expected");
  if (into.user.empty() && !into.password.empty()) return entry.wrong("password", "user is missing");
  if (into.user.empty() && !into.password_file.empty()) return entry.wrong("password_file", "user is missing");
  if (into.client_id.empty()) into.client_id = "qala-" + into.name;
  if (into.client_id.size() > 200 || !mqtt::valid_utf8(into.client_id))
    return entry.wrong("client_id", "at most 200 bytes are expected");
  return {};
}

Result<> read_tls(ListEntry& entry, bridge::Setup& into) {
  TRY_VOID(entry.file("ca_file", into.ca_file));
  TRY_VOID(entry.file("certificate", into.certificate));
  TRY_VOID(entry.file("key", into.key));
  for (const char* name : {"ca_file", "certificate", "key"}) {
    const auto& file = name[0] == 'k' ? into.key : name[1] == 'a' ? into.ca_file : into.certificate;
    if (!into.tls && !file.empty()) return entry.wrong(name, "is for mqtts:// only");
  }
  if (into.certificate.empty() != into.key.empty())
    return entry.wrong(into.key.empty() ? "certificate" : "key", "certificate and key belong together");
  return {};
}

Result<> read_wishes(ListEntry& entry, bridge::Setup& into) {
  std::int64_t qos = into.qos, level = 0;
  TRY_VOID(entry.texts("topics", into.topics));
  TRY_VOID(entry.integer("qos", qos, 0, 2));
  TRY_VOID(entry.integer("thing_level", level, 1, 200));
  into.qos = static_cast<std::uint8_t>(qos);
  into.thing_level = static_cast<std::size_t>(level);
  if (level > 0 && into.kind != bridge::Kind::telemetry)
    return entry.wrong("thing_level", "is for kind = \"telemetry\" only: network servers name their devices");
  if (into.topics.empty()) into.topics = bridge::default_topics(into.kind);
  if (into.topics.empty()) return entry.wrong("topics", "is missing: which topics carry telemetry?");
  if (into.topics.size() > 100) return entry.wrong("topics", "at most 100 are expected");
  for (const auto& topic : into.topics) {
    if (!mqtt::valid_topic_filter(topic) || topic.size() > 1000 || !mqtt::valid_utf8(topic))
      return entry.wrong("topics", fmt::format("\"{}\" is no topic filter", topic));
  }
  return {};
}

}  // namespace

Result<> add_bridge(ListEntry& entry, Config& into) {
  bridge::Setup setup;
  std::string kind;
  TRY_VOID(entry.text("name", setup.name, true));
  TRY_VOID(entry.text("url", setup.url, true));
  TRY_VOID(entry.text("kind", kind, true));
  const auto address = bridge::parse_url(setup.url);
  if (!address) return entry.wrong("url", address.error().message);
  setup.host = address->host;
  setup.port = address->port;
  setup.tls = address->tls;
  const auto known = bridge::kind_from(kind);
  if (!known) return entry.wrong("kind", "chirpstack, tts or telemetry is expected");
  setup.kind = *known;
  TRY_VOID(read_who(entry, setup));
  TRY_VOID(read_tls(entry, setup));
  TRY_VOID(read_wishes(entry, setup));
  TRY_VOID(entry.no_others());
  if (setup.name.size() > 100) return entry.wrong("name", "at most 100 bytes are expected");
  const auto same = [&](const auto& other) { return other.name == setup.name; };
  if (std::ranges::any_of(into.bridges, same)) return entry.wrong("name", "\"" + setup.name + "\" is there twice");
  for (const auto& other : into.bridges) {
    if (other.client_id == setup.client_id && other.host == setup.host && other.port == setup.port)
      return entry.wrong("client_id",
                         "\"" + other.name + "\" has the same at this broker: they would put each other out");
  }
  into.bridges.push_back(std::move(setup));
  return {};
}

}  // namespace qala::app
