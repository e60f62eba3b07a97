#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "bridge/setup.h"
#include "modbus/map.h"

namespace qala::app {

/// Everything a town can set. `qala.example.toml` documents each key; a test compares the two.
struct Config {
  std::string town_name_kk = "Үшөзек", town_name_ru = "Ушозек", town_name_en = "Üshözek";
  std::string town_zone = "Asia/Almaty";
  double town_lon = 70.95, town_lat = 51.99;
  bool town_exercise = false;
  std::string town_cap_sender, town_cap_area;

  std::string http_listen = "127.0.0.1:8080";
  std::string http_tls_listen;
  std::string http_certificate, http_key;
  bool http_plain_outside = false;
  std::string web_folder;

  std::string mqtt_listen = "127.0.0.1:1883";
  std::string mqtt_tls_listen;
  std::string mqtt_bus_listen;
  std::string mqtt_client_ca;
  std::int64_t mqtt_device_rate = 100;
  std::int64_t mqtt_gateway_rate = 2000;
  std::int64_t mqtt_max_connections = 10'000;

  std::int64_t store_memory_mb = 96;
  std::int64_t store_memory_hours = 26;

  std::int64_t retention_standard_days = 0;
  std::int64_t retention_short_days = 90;

  std::int64_t lorawan_keep_raw_days = 180;

  std::string video_folder;
  std::int64_t video_keep_days = 7, video_keep_gb = 0, video_masked_at_once = 4, video_analysis_percent = 15;

  std::string backup_folder;
  std::int64_t backup_hour = 3;
  std::int64_t backup_keep = 7;

  std::int64_t alarms_shelve_at_most_h = 12;
  std::int64_t alarms_escalate_critical_s = 300, alarms_escalate_high_s = 900;
  std::int64_t alarms_escalate_medium_s = 0, alarms_escalate_low_s = 0;

  std::int64_t sign_in_least_length = 10;
  std::int64_t sign_in_failures = 5, sign_in_first_wait_s = 2, sign_in_longest_wait_s = 900;
  std::int64_t sign_in_idle_hours = 12, sign_in_longest_days = 7;
  std::string sign_in_totp_from, sign_in_key_file;

  std::string oidc_issuer, oidc_client_id, oidc_client_secret_file, oidc_ca_file, oidc_redirect_uri;
  std::string oidc_scopes = "openid profile", oidc_name_claim = "preferred_username", oidc_roles_claim;
  std::string oidc_label_kk = "Қала есептік жазбасымен кіру", oidc_label_ru = "Войти через учётную запись города";
  std::string oidc_label_en = "Sign in with the town's account";
  std::string oidc_viewers, oidc_operators, oidc_engineers, oidc_admins, oidc_default_role;
  bool oidc_create_users = false, oidc_sign_out = true;

  std::string mail_host;
  std::int64_t mail_port = 587;
  std::string mail_tls = "starttls";
  std::string mail_user, mail_password_file, mail_from, mail_ca_file;

  std::string notify_address, notify_contact;
  std::vector<std::string> notify_allow_private;
  std::string notify_ca_file;
  std::int64_t notify_timeout_s = 20;
  double notify_give_up_h = 24;
  std::int64_t notify_burst = 5, notify_gap_s = 60;

  bool ingest_auto_claim = false;
  std::int64_t ingest_keys_of_thing = 500;
  std::int64_t ingest_future_tolerance_s = 300;

  std::string sparkplug_host_id;

  std::string log_level = "info";

  std::vector<modbus::DeviceSetup> modbus;  ///< [[modbus]]
  std::vector<bridge::Setup> bridges;       ///< [[bridge]]

  /// Where the recordings of a data folder lie.
  std::string footage_folder(const std::string& data) const {
    return video_folder.empty() ? data + "/footage" : video_folder;
  }
};

/// One key of the file: "town.zone". Values are given as text; `set` checks them.
struct ConfigKey {
  std::string name;
  enum class Type { text, integer, number, boolean, texts } type;  ///< texts: with commas between them
  std::function<Result<>(Config&, const std::string&)> set;
  std::function<std::string(const Config&)> get;
};
const std::vector<ConfigKey>& config_keys();

/// Reads a TOML file over `into`. `invalid`: "FILE:line:column: what": wrong type or value, unknown key.
Result<> read_config(const std::string& path, Config& into);
/// QALA_TOWN_ZONE=... overrides town.zone; an unknown QALA_ variable is an error, but for those in `ignored`.
Result<> read_environment(const char* const* environment, Config& into);

/// "127.0.0.1:8080" or "[::1]:8080"; port 0 lets the system choose.
struct HostPort {
  std::string host;
  std::uint16_t port = 0;
};
Result<HostPort> parse_host_port(std::string_view text);

}  // namespace qala::app
