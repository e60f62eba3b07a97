#include "app/config.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include <fmt/format.h>

#include "access/access.h"
#include "app/config_list.h"
#include "base/log.h"
#include "base/toml.h"
#include "base/zone.h"
#include "notify/addresses.h"
#include "notify/recipient.h"
#include "oidc/text.h"
#include "sparkplug/topic.h"
#include "warnings/area.h"

namespace qala::app {

namespace {

using Type = ConfigKey::Type;

template <class Number>
Result<Number> number_from(const std::string& text) {
  Number value{};
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (ec != std::errc() || end != text.data() + text.size()) return fail(ErrorKind::invalid, "a number is expected");
  return value;
}

ConfigKey text_key(std::string name, std::string Config::* member,
                   std::function<Result<>(const std::string&)> check = {}) {
  return {std::move(name), Type::text,
          [member, check](Config& config, const std::string& value) -> Result<> {
            if (check) TRY_VOID(check(value));
            config.*member = value;
            return {};
          },
          [member](const Config& config) { return config.*member; }};
}

ConfigKey integer_key(std::string name, std::int64_t Config::* member, std::int64_t low, std::int64_t high) {
  return {std::move(name), Type::integer,
          [=](Config& config, const std::string& value) -> Result<> {
            TRY(const auto number, number_from<std::int64_t>(value));
            if (number < low || number > high)
              return fail(ErrorKind::invalid, fmt::format("must be {} to {}", low, high));
            config.*member = number;
            return {};
          },
          [member](const Config& config) { return std::to_string(config.*member); }};
}

ConfigKey number_key(std::string name, double Config::* member, double low, double high) {
  return {std::move(name), Type::number,
          [=](Config& config, const std::string& value) -> Result<> {
            TRY(const auto number, number_from<double>(value));
            if (!(number >= low && number <= high))
              return fail(ErrorKind::invalid, fmt::format("must be {} to {}", low, high));
            config.*member = number;
            return {};
          },
          [member](const Config& config) { return fmt::format("{}", config.*member); }};
}

ConfigKey boolean_key(std::string name, bool Config::* member) {
  return {std::move(name), Type::boolean,
          [member](Config& config, const std::string& value) -> Result<> {
            if (value != "true" && value != "false") return fail(ErrorKind::invalid, "true or false is expected");
            config.*member = value == "true";
            return {};
          },
          [member](const Config& config) { return config.*member ? "true" : "false"; }};
}

ConfigKey texts_key(std::string name, std::vector<std::string> Config::* member,
                    std::function<Result<>(const std::string&)> check) {
  return {std::move(name), Type::texts,
          [member, check](Config& config, const std::string& value) -> Result<> {
            std::vector<std::string> list;
            std::string_view rest = value;
            while (!rest.empty()) {
              const auto comma = rest.find(',');
              list.emplace_back(rest.substr(0, comma));
              TRY_VOID(check(list.back()));
              rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
            }
            config.*member = std::move(list);
            return {};
          },
          [member](const Config& config) { return fmt::format("{}", fmt::join(config.*member, ",")); }};
}

Result<> check_listen(const std::string& text) {
  if (text.empty()) return {};
  TRY([[maybe_unused]] auto parsed, parse_host_port(text));
  return {};
}

Result<> check_zone(const std::string& text) {
  TRY([[maybe_unused]] auto zone, Zone::find(text));
  return {};
}

Result<> check_role(const std::string& text) {
  if (text.empty() || access::role_from(text)) return {};
  return fail(ErrorKind::invalid, "viewer, operator, engineer or admin is expected, or nothing");
}

Result<> check_provider(const std::string& text) {
  if (text.empty() || oidc::is_usable_url(text)) return {};
  return fail(ErrorKind::invalid, "https://… is expected; http:// only on this machine itself");
}

Result<> check_mail_tls(const std::string& text) {
  if (text == "none" || text == "starttls" || text == "tls") return {};
  return fail(ErrorKind::invalid, "none, starttls or tls is expected");
}

Result<> check_web_address(const std::string& text) {
  if (text.empty() || notify::is_http_url(text)) return {};
  return fail(ErrorKind::invalid, "an address such as https://qala.example.kz is expected");
}

Result<> check_contact(const std::string& text) {
  const bool mail = text.starts_with("mailto:") && notify::is_mail_address(std::string_view(text).substr(7));
  if (text.empty() || mail || (text.starts_with("https://") && notify::is_http_url(text))) return {};
  return fail(ErrorKind::invalid, "mailto:ADDRESS or https://… is expected");
}

Result<> check_network(const std::string& text) {
  TRY([[maybe_unused]] const auto network, notify::Network::parse(text));
  return {};
}

Result<> check_host_id(const std::string& text) {
  if (text.empty() || (sparkplug::is_level(text) && text.size() <= 64)) return {};
  return fail(ErrorKind::invalid, "at most 64 bytes without / + # are expected");
}

Result<> check_cap_sender(const std::string& text) {
  const bool fine = text.size() <= 100 && std::ranges::all_of(text, [](char c) {
                      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
                             c == '-' || c == '@' || c == '_';
                    });
  if (fine) return {};
  return fail(ErrorKind::invalid, "an address such as alerts@town.kz is expected: letters, digits, . - _ @");
}

Result<> check_cap_area(const std::string& text) {
  if (text.empty()) return {};
  TRY([[maybe_unused]] const auto ring, warnings::parse_polygon(text));
  return {};
}

Result<> check_level(const std::string& text) {
  if (text == "error" || text == "warn" || text == "info" || text == "debug") return {};
  return fail(ErrorKind::invalid, "error, warn, info or debug is expected");
}

}  // namespace

const std::vector<ConfigKey>& config_keys() {
  static const std::vector<ConfigKey> keys = {
      text_key("town.name_kk", &Config::town_name_kk),
      text_key("town.name_ru", &Config::town_name_ru),
      text_key("town.name_en", &Config::town_name_en),
      text_key("town.zone", &Config::town_zone, check_zone),
      number_key("town.lon", &Config::town_lon, -180, 180),
      number_key("town.lat", &Config::town_lat, -90, 90),
      boolean_key("town.exercise", &Config::town_exercise),
      text_key("town.cap_sender", &Config::town_cap_sender, check_cap_sender),
      text_key("town.cap_area", &Config::town_cap_area, check_cap_area),
      text_key("http.listen", &Config::http_listen, check_listen),
      text_key("http.tls_listen", &Config::http_tls_listen, check_listen),
      text_key("http.certificate", &Config::http_certificate),
      text_key("http.key", &Config::http_key),
      boolean_key("http.plain_outside", &Config::http_plain_outside),
      text_key("http.web_folder", &Config::web_folder),
      text_key("mqtt.listen", &Config::mqtt_listen, check_listen),
      text_key("mqtt.tls_listen", &Config::mqtt_tls_listen, check_listen),
      text_key("mqtt.bus_listen", &Config::mqtt_bus_listen, check_listen),
      text_key("mqtt.client_ca", &Config::mqtt_client_ca),
      integer_key("mqtt.device_messages_per_second", &Config::mqtt_device_rate, 0, 1'000'000),
      integer_key("mqtt.gateway_messages_per_second", &Config::mqtt_gateway_rate, 0, 1'000'000),
      integer_key("mqtt.max_connections", &Config::mqtt_max_connections, 1, 1'000'000),
      integer_key("store.memory_mb", &Config::store_memory_mb, 16, 65'536),
      integer_key("store.memory_hours", &Config::store_memory_hours, 1, 744),
      integer_key("retention.standard_days", &Config::retention_standard_days, 0, 36'500),
      integer_key("retention.short_days", &Config::retention_short_days, 0, 36'500),
      integer_key("lorawan.keep_raw_days", &Config::lorawan_keep_raw_days, 0, 36'500),
      text_key("video.folder", &Config::video_folder),
      integer_key("video.keep_days", &Config::video_keep_days, 0, 3650),
      integer_key("video.keep_gb", &Config::video_keep_gb, 0, 1'000'000),
      integer_key("video.masked_at_once", &Config::video_masked_at_once, 0, 64),
      integer_key("video.analysis_percent", &Config::video_analysis_percent, 0, 100),
      text_key("backup.folder", &Config::backup_folder),
      integer_key("backup.hour", &Config::backup_hour, 0, 23),
      integer_key("backup.keep", &Config::backup_keep, 1, 1000),
      integer_key("alarms.shelve_at_most_h", &Config::alarms_shelve_at_most_h, 1, 168),
      integer_key("alarms.escalate_critical_s", &Config::alarms_escalate_critical_s, 0, 604'800),
      integer_key("alarms.escalate_high_s", &Config::alarms_escalate_high_s, 0, 604'800),
      integer_key("alarms.escalate_medium_s", &Config::alarms_escalate_medium_s, 0, 604'800),
      integer_key("alarms.escalate_low_s", &Config::alarms_escalate_low_s, 0, 604'800),
      integer_key("sign_in.least_length", &Config::sign_in_least_length, 8, 64),
      integer_key("sign_in.failures", &Config::sign_in_failures, 1, 100),
      integer_key("sign_in.first_wait_s", &Config::sign_in_first_wait_s, 1, 3600),
      integer_key("sign_in.longest_wait_s", &Config::sign_in_longest_wait_s, 1, 86'400),
      integer_key("sign_in.idle_hours", &Config::sign_in_idle_hours, 1, 720),
      integer_key("sign_in.longest_days", &Config::sign_in_longest_days, 1, 365),
      text_key("sign_in.totp_from", &Config::sign_in_totp_from, check_role),
      text_key("sign_in.key_file", &Config::sign_in_key_file),
      text_key("oidc.issuer", &Config::oidc_issuer, check_provider),
      text_key("oidc.client_id", &Config::oidc_client_id),
      text_key("oidc.client_secret_file", &Config::oidc_client_secret_file),
      text_key("oidc.ca_file", &Config::oidc_ca_file),
      text_key("oidc.redirect_uri", &Config::oidc_redirect_uri, check_provider),
      text_key("oidc.scopes", &Config::oidc_scopes),
      text_key("oidc.label_kk", &Config::oidc_label_kk),
      text_key("oidc.label_ru", &Config::oidc_label_ru),
      text_key("oidc.label_en", &Config::oidc_label_en),
      text_key("oidc.name_claim", &Config::oidc_name_claim),
      text_key("oidc.roles_claim", &Config::oidc_roles_claim),
      text_key("oidc.viewers", &Config::oidc_viewers),
      text_key("oidc.operators", &Config::oidc_operators),
      text_key("oidc.engineers", &Config::oidc_engineers),
      text_key("oidc.admins", &Config::oidc_admins),
      text_key("oidc.default_role", &Config::oidc_default_role, check_role),
      boolean_key("oidc.create_users", &Config::oidc_create_users),
      boolean_key("oidc.sign_out", &Config::oidc_sign_out),
      text_key("mail.host", &Config::mail_host),
      integer_key("mail.port", &Config::mail_port, 1, 65'535),
      text_key("mail.tls", &Config::mail_tls, check_mail_tls),
      text_key("mail.user", &Config::mail_user),
      text_key("mail.password_file", &Config::mail_password_file),
      text_key("mail.from", &Config::mail_from),
      text_key("mail.ca_file", &Config::mail_ca_file),
      text_key("notify.address", &Config::notify_address, check_web_address),
      text_key("notify.contact", &Config::notify_contact, check_contact),
      texts_key("notify.allow_private", &Config::notify_allow_private, check_network),
      text_key("notify.ca_file", &Config::notify_ca_file),
      integer_key("notify.timeout_s", &Config::notify_timeout_s, 1, 120),
      number_key("notify.give_up_h", &Config::notify_give_up_h, 0.0001, 168),
      integer_key("notify.burst", &Config::notify_burst, 1, 100),
      integer_key("notify.gap_s", &Config::notify_gap_s, 1, 3600),
      boolean_key("ingest.auto_claim", &Config::ingest_auto_claim),
      integer_key("ingest.keys_of_thing", &Config::ingest_keys_of_thing, 1, 100'000),
      integer_key("ingest.future_tolerance_s", &Config::ingest_future_tolerance_s, 0, 86'400),
      text_key("sparkplug.host_id", &Config::sparkplug_host_id, check_host_id),
      text_key("log.level", &Config::log_level, check_level),
  };
  return keys;
}

namespace {

const ConfigKey* find_key(std::string_view name) {
  const auto& keys = config_keys();
  const auto found = std::ranges::find(keys, name, &ConfigKey::name);
  return found == keys.end() ? nullptr : &*found;
}

Error at(const std::string& path, const toml::source_position& where, const std::string& what) {
  return fail(ErrorKind::invalid, fmt::format("{}:{}:{}: {}", path, static_cast<unsigned>(where.line),
                                              static_cast<unsigned>(where.column), what));
}

/// The value as text, if it has the key's type.
std::optional<std::string> as_text(const toml::node& node, Type type) {
  if (type == Type::text && node.is_string()) return node.as_string()->get();
  if (type == Type::integer && node.is_integer()) return std::to_string(node.as_integer()->get());
  if (type == Type::boolean && node.is_boolean()) return node.as_boolean()->get() ? "true" : "false";
  if (type == Type::number && node.is_floating_point()) return fmt::format("{}", node.as_floating_point()->get());
  if (type == Type::number && node.is_integer()) return std::to_string(node.as_integer()->get());
  if (type == Type::texts && node.is_array()) {
    std::vector<std::string> list;
    for (const auto& one : *node.as_array()) {
      if (!one.is_string()) return std::nullopt;
      list.push_back(one.as_string()->get());
    }
    return fmt::format("{}", fmt::join(list, ","));
  }
  return std::nullopt;
}

const char* expected(Type type) {
  switch (type) {
    case Type::text: return "text in quotes is expected";
    case Type::integer: return "a whole number is expected";
    case Type::number: return "a number is expected";
    case Type::boolean: return "true or false is expected";
    case Type::texts: return "a list of texts is expected";
  }
  return "";
}

/// Lists of tables, and who takes one of them.
using AddEntry = Result<> (*)(ListEntry&, Config&);
constexpr std::pair<std::string_view, AddEntry> kLists[] = {{"modbus", &add_modbus}, {"bridge", &add_bridge}};

AddEntry list_of(std::string_view name) {
  const auto found = std::ranges::find(kLists, name, [](const auto& list) { return list.first; });
  return found == std::end(kLists) ? nullptr : found->second;
}

ListEntry::Field field_of(const toml::node& value) {
  const auto where = value.source().begin;
  ListEntry::Field out{.text = as_text(value, value.is_integer() ? Type::integer : Type::text).value_or(""),
                       .is_text = value.is_string(),
                       .is_integer = value.is_integer(),
                       .is_texts = as_text(value, Type::texts).has_value(),
                       .line = static_cast<unsigned>(where.line),
                       .column = static_cast<unsigned>(where.column)};
  if (!out.is_texts) return out;
  for (const auto& one : *value.as_array()) out.texts.push_back(one.as_string()->get());
  return out;
}

Result<> read_list(const std::string& path, const std::string& name, const toml::node& node, AddEntry add,
                   Config& into) {
  const auto* tables = node.as_array();
  if (!tables) return at(path, node.source().begin, "[[" + name + "]] is expected, with two brackets");
  for (const auto& one : *tables) {
    const auto* table = one.as_table();
    if (!table) return at(path, one.source().begin, "[[" + name + "]] is expected");
    const auto begin = table->source().begin;
    ListEntry entry(path, name, static_cast<unsigned>(begin.line), static_cast<unsigned>(begin.column));
    for (const auto& [key, value] : *table) {
      entry.add(std::string(key.str()), field_of(value));
    }
    TRY_VOID(add(entry, into));
  }
  return {};
}

Result<> read_table(const std::string& path, const toml::table& table, const std::string& prefix, Config& into) {
  for (const auto& [key, node] : table) {
    const std::string name = prefix.empty() ? std::string(key.str()) : prefix + "." + std::string(key.str());
    if (const auto add = prefix.empty() ? list_of(name) : nullptr) {
      TRY_VOID(read_list(path, name, node, add, into));
      continue;
    }
    const auto* known = find_key(name);
    if (!known && node.is_table() && prefix.empty()) {
      const bool section =
          std::ranges::any_of(config_keys(), [&](const auto& k) { return k.name.starts_with(name + "."); });
      if (!section) return at(path, key.source().begin, "unknown section [" + name + "]");
      TRY_VOID(read_table(path, *node.as_table(), name, into));
      continue;
    }
    if (!known) return at(path, key.source().begin, "unknown key " + name + ": see qala.example.toml");
    const auto text = as_text(node, known->type);
    if (!text) return at(path, node.source().begin, name + ": " + expected(known->type));
    if (auto set = known->set(into, *text); !set)
      return at(path, node.source().begin, name + ": " + set.error().message);
  }
  return {};
}

}  // namespace

Result<> read_config(const std::string& path, Config& into) {
  const toml::parse_result parsed = toml::parse_file(path);
  if (parsed) return read_table(path, parsed.table(), "", into);
  const auto& error = parsed.error();
  if (error.source().begin.line == 0) return fail(ErrorKind::not_found, path + ": " + std::string(error.description()));
  return at(path, error.source().begin, std::string(error.description()));
}

Result<> read_environment(const char* const* environment, Config& into) {
  for (; environment && *environment; environment++) {
    const std::string_view entry(*environment);
    if (!entry.starts_with("QALA_")) continue;
    const std::size_t equals = entry.find('=');
    const std::string variable(entry.substr(0, equals));
    if (variable == "QALA_DATA" || variable.starts_with("QALA_TEST_") || variable.starts_with("QALA_RUN_")) continue;
    const auto matches = [&](const ConfigKey& key) {
      std::string name = "QALA_" + key.name;
      for (auto& c : name) c = c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      return name == variable;
    };
    const auto& keys = config_keys();
    const auto found = std::ranges::find_if(keys, matches);
    if (found == keys.end()) return fail(ErrorKind::invalid, "unknown environment variable " + variable);
    if (auto set = found->set(into, std::string(entry.substr(equals + 1))); !set) {
      return fail(ErrorKind::invalid, variable + ": " + set.error().message);
    }
  }
  return {};
}

Result<HostPort> parse_host_port(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) {
    return fail(ErrorKind::invalid, "\"" + std::string(text) + "\" is not HOST:PORT");
  }
  HostPort out;
  out.host = text.substr(0, colon);
  if (out.host.size() > 2 && out.host.front() == '[' && out.host.back() == ']')
    out.host = out.host.substr(1, out.host.size() - 2);
  const auto port = text.substr(colon + 1);
  const auto [end, ec] = std::from_chars(port.data(), port.data() + port.size(), out.port);
  if (ec != std::errc() || end != port.data() + port.size() || port.empty()) {
    return fail(ErrorKind::invalid, "\"" + std::string(port) + "\" is not a port (0 to 65535)");
  }
  return out;
}

}  // namespace qala::app
