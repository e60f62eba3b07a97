#include "sim/cameras/town_cameras.h"

#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>
#include <sys/resource.h>
#include <boost/json.hpp>

#include "base/clock.h"
#include "base/json_writer.h"
#include "base/log.h"
#include "sim/cameras/cameras_command.h"
#include "sim/cameras/scene.h"
#include "sim/http_client.h"

namespace qala::sim {

namespace {

namespace json = boost::json;
constexpr std::string_view kPath = "/api/v1/cameras";
constexpr std::chrono::milliseconds kTurn{50};

/// Kinds that alarm, the most likely first.
constexpr std::array kProne{Model::substation, Model::stop, Model::air, Model::feeder, Model::counter};

class Registration {
 public:
  Registration(const Options& options, const Town& town)
      : town_(town), http_(options.http), authorization_("Bearer " + options.admin_token) {}

  /// `not_found`: this server has no cameras.
  Result<> tell(const Endpoint& rtsp, const std::vector<std::uint32_t>& places) {
    TRY(const auto list, get(std::string(kPath), "cameras"));
    TRY(const auto things, get("/api/v1/things", "things"));
    std::map<std::uint64_t, std::uint64_t> by_thing;  // camera of a thing
    for (const json::value& camera : list) {
      if (const auto id = number(camera, "id"), thing = number(camera, "thing"); id && thing) by_thing[*thing] = *id;
    }
    std::map<std::string, std::uint64_t> ids;
    for (const json::value& thing : things) {
      if (const auto id = number(thing, "id"); id && thing.as_object().contains("key"))
        ids[std::string(thing.at("key").as_string())] = *id;
    }
    for (std::size_t n = 0; n < places.size(); n++) {
      const Device& device = town_.devices[places[n]];
      const auto thing = ids.find(device.key);
      if (thing == ids.end()) return fail(ErrorKind::invalid, "thing " + device.key + " is not listed");
      const auto known = by_thing.find(thing->second);
      TRY_VOID(put(n, thing->second, known == by_thing.end() ? 0 : known->second, rtsp).context(device.key));
    }
    return {};
  }

 private:
  static std::optional<std::uint64_t> number(const json::value& of, const char* name) {
    const json::value* field = of.is_object() ? of.as_object().if_contains(name) : nullptr;
    if (field == nullptr || !field->is_number()) return std::nullopt;
    boost::system::error_code code;
    const auto value = field->to_number<std::uint64_t>(code);
    return code ? std::nullopt : std::optional(value);
  }

  Result<json::value> ask(std::string_view method, const std::string& path, std::string_view body) {
    TRY(const HttpAnswer answer, http_.request(method, path, authorization_, "application/json", body));
    if (answer.status == 404) return fail(ErrorKind::not_found, "this server has no " + path);
    if (!answer.ok()) {
      return fail(ErrorKind::denied, fmt::format("{} {}: the server answered {} {}", method, path, answer.status,
                                                 answer.body.substr(0, 300)));
    }
    boost::system::error_code code;
    json::value value = json::parse(answer.body, code);
    if (code) return fail(ErrorKind::invalid, path + ": the answer is not JSON");
    return value;
  }

  /// The list in {"cameras":[…]}, or the answer itself if it is one.
  Result<json::array> get(const std::string& path, const char* name) {
    TRY(const json::value value, ask("GET", path, ""));
    if (value.is_array()) return value.as_array();
    const json::value* list = value.is_object() ? value.as_object().if_contains(name) : nullptr;
    if (list == nullptr || !list->is_array()) return fail(ErrorKind::invalid, path + ": no list in the answer");
    return list->as_array();
  }

  Result<> put(std::size_t n, std::uint64_t thing, std::uint64_t camera, const Endpoint& rtsp) {
    const auto url = [&](const char* stream) {
      return fmt::format("rtsp://{}:{}/camera/{}/{}", rtsp.host, rtsp.port, n + 1, stream);
    };
    std::string body;
    JsonWriter writer(body);
    writer.object();
    if (camera == 0) writer.field("thing", thing).field("record", "always");
    writer.key("main").object().field("url", url("main")).end();
    writer.key("sub").object().field("url", url("sub")).end().end();
    if (camera != 0) {
      TRY_VOID(ask("PATCH", fmt::format("{}/{}", kPath, camera), body));
      return {};
    }
    TRY(const json::value made, ask("POST", std::string(kPath), body));
    const auto id = number(made, "id");
    const std::string_view scene = scene_names()[n % scene_names().size()];
    const std::vector<Dot> windows = private_windows(scene);
    if (!id || n >= 2 * scene_names().size() || windows.empty()) return {};  // later ones are masked by whoever likes
    std::string masks;
    JsonWriter mask(masks);
    mask.object().key("masks").array().object().field("name", "Терезелер").key("points").array();
    for (const Dot& dot : windows) mask.array().number(dot.x).number(dot.y).end();
    mask.end().end().end().end();
    TRY_VOID(ask("PUT", fmt::format("{}/{}/masks", kPath, *id), masks));
    return {};
  }

  const Town& town_;
  HttpClient http_;
  std::string authorization_;
};

}  // namespace

std::vector<std::uint32_t> watched_places(const Town& town, std::size_t count) {
  std::vector<std::uint32_t> cameras, out;
  for (std::uint32_t i = 0; i < town.devices.size(); i++) {
    if (town.devices[i].model == Model::camera) cameras.push_back(i);
  }
  const auto take_nearest = [&](Metres to) {
    const auto best = std::min_element(cameras.begin(), cameras.end(), [&](std::uint32_t a, std::uint32_t b) {
      return distance(town.devices[a].at, to) < distance(town.devices[b].at, to);
    });
    if (best == cameras.end() || out.size() >= count) return;
    out.push_back(*best);
    cameras.erase(best);
  };
  std::vector<std::vector<Metres>> prone;
  for (const Model model : kProne) {
    prone.emplace_back();
    for (const Device& device : town.devices)
      if (device.model == model) prone.back().push_back(device.at);
  }
  // In turns, so that each kind has its camera soon.
  for (std::size_t round = 0; round < 40 && out.size() < count; round++) {
    for (const auto& kind : prone) {
      if (round < kind.size()) take_nearest(kind[round]);
    }
  }
  while (out.size() < count && !cameras.empty()) {
    out.push_back(cameras.front());
    cameras.erase(cameras.begin());
  }
  return out;
}

Result<> register_cameras(const Options& options, const Town& town, const Endpoint& rtsp,
                          const std::vector<std::uint32_t>& places) {
  return Registration(options, town).tell(rtsp, places);
}

TownCameras::TownCameras(const Options& options, const Session& session, const Town& town)
    : options_(options), session_(session), town_(town) {
  if (options.cameras > 0) thread_ = std::jthread([this] { live(); });
}

TownCameras::~TownCameras() { stop_ = true; }

void TownCameras::live() const {
  const auto stopping = [this] { return stop_ || session_.stopping(); };
  const SystemClock clock;
  const std::vector<std::uint32_t> places = watched_places(town_, static_cast<std::size_t>(options_.cameras));
  CamerasOptions cameras;
  cameras.count = static_cast<int>(places.size());
  cameras.cache = options_.camera_cache;
  Result<std::unique_ptr<CameraServer>> server = nullptr;
  std::thread([&] {
    ::setpriority(PRIO_PROCESS, 0, 10);  // of this thread and those it makes: the town and its server come first
    server = open_cameras(cameras, clock, stopping);
  }).join();
  if (!server) return log::warn("no cameras", {{"reason", server.error().message}});
  const Endpoint at = (*server)->endpoint();
  log::info("cameras", {{"rtsp", at.host + ":" + at.port}, {"count", places.size()}});
  // The server may look at an address while it is told it, so the cameras answer meanwhile.
  const std::jthread telling([&] {
    const auto told = register_cameras(options_, town_, at, places);
    if (!told && told.error().kind == ErrorKind::not_found) log::info("this server has no cameras yet");
    else if (!told) log::warn("cameras not registered", {{"reason", told.error().message}});
  });
  while (!stopping()) (*server)->step(kTurn);
}

}  // namespace qala::sim
