#include "sim/setup.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <sys/stat.h>
#include <boost/json.hpp>

#include "base/json_writer.h"
#include "base/log.h"
#include "sim/plan.h"

namespace qala::sim {

namespace {

namespace json = boost::json;
constexpr std::chrono::milliseconds kRetry{1000};

Error refused(std::string_view what, const HttpAnswer& answer) {
  return fail(ErrorKind::denied,
              fmt::format("{}: the server answered {} {}", what, answer.status, answer.body.substr(0, 400)));
}

/// Sends until there is an answer; an answer that is not 2xx is an error.
Result<HttpAnswer> insist(HttpClient& http, const Options& options, const Session& session, std::string_view method,
                          std::string_view path, std::string_view type, std::string_view body) {
  for (;;) {
    auto answer = http.request(method, path, "Bearer " + options.admin_token, type, body);
    if (answer && answer->ok()) return answer;
    if (answer && answer->status < 500 && answer->status != 429)
      return refused(fmt::format("{} {}", method, path), *answer);
    log::warn("server not ready",
              {{"request", path}, {"reason", answer ? answer->body.substr(0, 200) : answer.error().message}});
    if (session.stopping()) return fail(ErrorKind::cancelled, "told to stop");
    session.pause(kRetry);
  }
}

Result<json::value> parse(const HttpAnswer& answer, std::string_view what) {
  if (!answer.ok()) return refused(what, answer);
  boost::system::error_code code;
  json::value value = json::parse(answer.body, code);
  if (code) return fail(ErrorKind::invalid, fmt::format("{}: the answer is not JSON: {}", what, code.message()));
  return value;
}

Result<std::string> token_of(const HttpAnswer& answer, std::string_view what) {
  TRY(const json::value value, parse(answer, what));
  const json::value* token = value.is_object() ? value.as_object().if_contains("token") : nullptr;
  if (token == nullptr || !token->is_string())
    return fail(ErrorKind::invalid, fmt::format("{}: no token in the answer", what));
  return std::string(token->as_string());
}

Result<std::string> make_token(HttpClient& http, const Options& options, const Session& session, std::string_view name,
                               std::string_view scope) {
  std::string body;
  JsonWriter(body).object().field("name", name).field("scope", scope).end();
  TRY(const HttpAnswer answer, insist(http, options, session, "POST", "/api/v1/tokens", "application/json", body));
  return token_of(answer, fmt::format("making the {} token", scope));
}

Result<std::map<std::string, std::uint64_t>> thing_ids(HttpClient& http, const Options& options,
                                                       const Session& session) {
  TRY(const HttpAnswer answer, insist(http, options, session, "GET", "/api/v1/things", "", ""));
  TRY(const json::value value, parse(answer, "listing the things"));
  std::map<std::string, std::uint64_t> ids;
  try {
    for (const json::value& thing : value.at("things").as_array()) {
      ids[std::string(thing.at("key").as_string())] = thing.at("id").to_number<std::uint64_t>();
    }
  } catch (const std::exception& e) {
    return fail(ErrorKind::invalid, fmt::format("listing the things: unexpected answer: {}", e.what()));
  }
  return ids;
}

bool speaks_for_itself(const Device& device) {
  return device.voice == Voice::mqtt || device.voice == Voice::http || device.model == Model::gateway;
}

std::optional<Access> load(const std::string& path) {
  std::ifstream file(path);
  if (path.empty() || !file) return std::nullopt;
  std::stringstream text;
  text << file.rdbuf();
  try {
    const json::value value = json::parse(text.str());
    Access access{std::string(value.at("ingest").as_string()), std::string(value.at("provisioning").as_string()), {}};
    for (const auto& [key, token] : value.at("devices").as_object())
      access.devices[std::string(key)] = std::string(token.as_string());
    return access;
  } catch (const std::exception& e) {
    log::warn("state file unreadable", {{"file", path}, {"reason", e.what()}});
    return std::nullopt;
  }
}

void save(const std::string& path, const Access& access) {
  if (path.empty()) return;
  std::string text;
  JsonWriter writer(text);
  writer.object().field("ingest", access.ingest).field("provisioning", access.provisioning).key("devices").object();
  for (const auto& [key, token] : access.devices) writer.field(key, token);
  writer.end().end();
  std::ofstream file(path);
  ::chmod(path.c_str(), 0600);  // tokens are for this program alone
  if (!(file << text)) log::warn("state file not written", {{"file", path}});
}

bool still_works(HttpClient& http, const Access& access, const Town& town) {
  const auto answer = http.request("POST", "/api/v2/write?precision=ms", "Token " + access.ingest, "text/plain", "");
  if (!answer || answer->status == 401 || answer->status == 403) return false;
  return std::all_of(town.devices.begin(), town.devices.end(), [&](const Device& device) {
    return !speaks_for_itself(device) || access.devices.contains(device.key);
  });
}

}  // namespace

Result<> set_up_town(HttpClient& http, const Options& options, const Town& town, const Session& session) {
  TRY_VOID(
      insist(http, options, session, "PUT", "/api/v1/town/plan", "application/geo+json", plan_geojson(town.layout)));
  TRY(const HttpAnswer answer, insist(http, options, session, "POST", "/api/v1/things/import?format=geojson",
                                      "application/geo+json", things_geojson(town)));
  log::info(
      "town set up",
      {{"things", town.devices.size()}, {"datastreams", town.channel_count()}, {"answer", answer.body.substr(0, 120)}});
  return {};
}

Result<Access> make_access(HttpClient& http, const Options& options, const Town& town, const Session& session) {
  if (auto kept = load(options.state_file); kept && still_works(http, *kept, town)) return *kept;
  Access access;
  TRY(access.ingest, make_token(http, options, session, "simulated town", "ingest"));
  TRY(access.provisioning, make_token(http, options, session, "simulated newcomers", "provisioning"));
  TRY(const auto ids, thing_ids(http, options, session));
  for (const Device& device : town.devices) {
    if (!speaks_for_itself(device)) continue;
    const auto found = ids.find(device.key);
    if (found == ids.end())
      return fail(ErrorKind::not_found, "thing " + device.key + " was imported but is not listed");
    TRY(const HttpAnswer answer,
        insist(http, options, session, "POST", fmt::format("/api/v1/things/{}/token", found->second),
               "application/json", "{}"));
    TRY(access.devices[device.key], token_of(answer, "making the token of " + device.key));
  }
  save(options.state_file, access);
  return access;
}

std::optional<Seconds> newest_reading(HttpClient& http, const Options& options) {
  const auto answer = http.get("/api/v1/latest", "Bearer " + options.admin_token);
  if (!answer) return std::nullopt;
  const auto value = parse(*answer, "asking for the latest values");
  if (!value) return std::nullopt;
  std::vector<Seconds> times;
  try {
    for (const json::value& row : value->at("values").as_array())
      times.push_back(row.at(1).to_number<std::int64_t>() / 1000);
  } catch (const std::exception&) {
    return std::nullopt;  // an older server: history is sent whole
  }
  if (times.empty()) return std::nullopt;
  std::nth_element(times.begin(), times.begin() + std::ssize(times) / 2, times.end());
  return times[times.size() / 2];
}

}  // namespace qala::sim
