// Cameras that answer in the network, or at addresses that an engineer names.
#include <algorithm>
#include <functional>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "api/body.h"
#include "api/camera_desk.h"
#include "base/json_writer.h"
#include "onvif/device.h"
#include "onvif/discovery.h"

namespace qala::api {

namespace asio = boost::asio;
using access::Role;
using asio::awaitable;
using http::Method;
using http::Request;
using http::Response;

namespace {

constexpr std::size_t kMostHosts = 64;
constexpr std::size_t kAtOnce = 16, kMostStreams = 8;
constexpr int kMostSearches = 3;
constexpr std::string_view kUsualPath = "/onvif/device_service";

/// What was learnt of one device.
struct Learnt {
  onvif::Found found = {};
  bool named = false;  ///< by the request: it is asked for details, and may be told who asks
  bool answered = false;
  onvif::Information information = {};
  struct Stream {
    onvif::Profile profile = {};
    std::string url = {};
  };
  std::vector<Stream> streams = {};
  std::optional<Error> refused = {};
};

/// What the request says.
struct Wanted {
  std::vector<onvif::Host> hosts = {};         ///< to be probed
  std::vector<onvif::Address> addresses = {};  ///< of device services, given whole
  std::string user = {}, password = {};
};

Result<Wanted> read_wanted(const Body& body) {
  Wanted out;
  std::vector<std::string> hosts;
  if (body.has("hosts") && !body.is_null("hosts")) {
    TRY(hosts, body.texts("hosts"));
  }
  if (hosts.size() > kMostHosts) return fail(ErrorKind::invalid, "hosts: at most 64");
  for (const std::string& text : hosts) {
    if (text.find("://") == std::string::npos) {
      TRY(auto host, onvif::Host::parse(text).context("hosts"));
      out.hosts.push_back(std::move(host));
      continue;
    }
    TRY(auto address, onvif::Address::parse(text).context("hosts"));
    if (address.scheme == "rtsp") return fail(ErrorKind::invalid, "hosts: \"" + text + "\" is the address of a stream");
    if (address.path == "/") address.path = kUsualPath;
    out.addresses.push_back(std::move(address));
  }
  TRY(auto user, body.optional_text("user"));
  TRY(auto password, body.optional_text("password"));
  out.user = user.value_or("");
  out.password = password.value_or("");
  if (out.user.size() > cameras::Limits::kSecret || out.password.size() > cameras::Limits::kSecret)
    return fail(ErrorKind::invalid, "user: user and password have at most 200 bytes");
  if (!out.user.empty() && hosts.empty())
    return fail(ErrorKind::invalid,
                "hosts: a password is given to devices only that are named; search without one first");
  return out;
}

class DiscoveryRoutes {
 public:
  explicit DiscoveryRoutes(CameraDesk& desk) : desk_(desk), context_(desk.context()) {}

  /// {"hosts":["10.0.3.17","http://10.0.3.18/onvif/device_service"],"user","password"}; without hosts everybody in the
  /// networks of this machine.
  awaitable<Response> discover(Request& request, const Caller&) {
    const auto body = Body::parse(request.body);
    if (!body) co_return Response::error(body.error());
    const auto wanted = read_wanted(*body);
    if (!wanted) co_return Response::error(wanted.error());
    if (searches_ >= kMostSearches)
      co_return Response::error(fail(ErrorKind::unavailable, "somebody is searching already: try again in a moment"),
                                "camera.searching");
    const Counted counted(searches_);
    auto devices = co_await find(*wanted);
    co_await learn_all(devices, *wanted);
    co_return render(devices, *wanted);
  }

 private:
  struct Counted {
    explicit Counted(int& which) : count(which) { count++; }
    ~Counted() { count--; }
    Counted(const Counted&) = delete;
    int& count;
  };

  awaitable<std::vector<std::shared_ptr<Learnt>>> find(const Wanted& wanted) {
    onvif::Search search{.everybody = wanted.hosts.empty() && wanted.addresses.empty(), .hosts = wanted.hosts};
    std::vector<onvif::Found> found;
    if (search.everybody || !search.hosts.empty()) found = co_await onvif::search(context_.random, std::move(search));
    std::vector<std::shared_ptr<Learnt>> out;
    for (auto& one : found) {
      const bool named = !wanted.hosts.empty();
      out.push_back(std::make_shared<Learnt>(Learnt{.found = std::move(one), .named = named, .answered = true}));
    }
    // Many cameras do not answer a probe that is for them alone, or a firewall keeps it: then the usual place.
    const auto there = [&](std::string_view host) {
      return std::ranges::any_of(out, [&](const auto& one) { return one->found.at.host == host; });
    };
    for (const onvif::Host& host : wanted.hosts) {
      if (there(host.name)) continue;
      onvif::Address at{.scheme = "http", .host = host.name, .port = host.port, .path = std::string(kUsualPath)};
      if (at.port == 0) at.port = 80;
      out.push_back(std::make_shared<Learnt>(Learnt{.found = {.at = std::move(at)}, .named = true}));
    }
    for (const onvif::Address& address : wanted.addresses)
      out.push_back(std::make_shared<Learnt>(Learnt{.found = {.at = address}, .named = true}));
    co_return out;
  }

  /// The named ones, some at a time.
  awaitable<void> learn_all(std::vector<std::shared_ptr<Learnt>>& devices, const Wanted& wanted) {
    struct Work {
      explicit Work(asio::io_context& network) : done(network) {}
      std::vector<std::shared_ptr<Learnt>> left = {};
      std::size_t running = 0;
      asio::steady_timer done;
    };
    const auto work = std::make_shared<Work>(context_.network);
    std::ranges::copy_if(devices, std::back_inserter(work->left), &Learnt::named,
                         [](const auto& p) -> Learnt& { return *p; });
    if (work->left.size() > kMostHosts) work->left.resize(kMostHosts);
    const std::size_t at_once = std::min(kAtOnce, work->left.size());
    for (std::size_t i = 0; i < at_once; i++) {
      work->running++;
      asio::co_spawn(
          context_.network,
          [](DiscoveryRoutes* self, std::shared_ptr<Work> mine, std::string user,
             std::string password) -> awaitable<void> {
            while (!mine->left.empty()) {
              const auto one = mine->left.back();
              mine->left.pop_back();
              co_await self->learn(*one, user, password);
            }
            if (--mine->running == 0) mine->done.cancel();
          }(this, work, wanted.user, wanted.password),
          asio::detached);
    }
    if (work->running == 0) co_return;
    work->done.expires_at(asio::steady_timer::time_point::max());
    co_await work->done.async_wait(asio::as_tuple(asio::use_awaitable));
  }

  awaitable<void> learn(Learnt& one, const std::string& user, const std::string& password) {
    onvif::Device device(desk_.rooms().post, context_.clock, context_.random,
                         {.at = one.found.at, .user = user, .password = password});
    const auto time = co_await device.date_time();
    one.answered = one.answered || time || time.error().kind == ErrorKind::denied;
    if (!time && !one.answered) {
      one.refused = time.error();
      co_return;
    }
    auto information = co_await device.information();
    if (information) one.information = std::move(*information);
    const auto profiles = co_await device.profiles();
    if (!profiles) {
      one.refused = profiles.error();
      co_return;
    }
    for (const auto& profile : *profiles) {
      if (one.streams.size() >= kMostStreams) break;
      auto url = co_await device.stream_address(profile.token);
      if (url) one.streams.push_back({profile, std::move(*url)});
      else if (!one.refused) one.refused = url.error();
    }
  }

  Response render(const std::vector<std::shared_ptr<Learnt>>& devices, const Wanted&) const {
    std::string out;
    JsonWriter json(out);
    json.object().key("found").array();
    for (const auto& one : devices) {
      if (one->answered) render(json, *one, devices);
    }
    json.end().key("silent").array();
    for (const auto& one : devices) {
      if (!one->answered) json.string(one->found.at.authority());
    }
    json.end().end();
    return Response::json(std::move(out));
  }

  void render(JsonWriter& json, const Learnt& one, const std::vector<std::shared_ptr<Learnt>>& devices) const {
    const auto& info = one.information;
    std::string made = info.manufacturer;
    if (!info.model.empty()) made += made.empty() ? info.model : " " + info.model;
    json.object().field("address", one.found.at.text()).field("endpoint", one.found.endpoint);
    json.field("name", one.found.name.empty() ? made : one.found.name);
    json.field("hardware", made.empty() ? one.found.hardware : made).field("location", one.found.location);
    json.field("firmware", info.firmware).field("serial", info.serial);
    json.field("ptz", std::ranges::any_of(one.streams, [](const auto& stream) { return stream.profile.ptz; }));
    json.key("profiles").array();
    for (const auto& [profile, url] : one.streams) {
      json.object().field("token", profile.token).field("name", profile.name).field("url", url);
      json.field("codec", profile.codec).field("width", profile.width).field("height", profile.height);
      json.field("fps", profile.fps).field("ptz", profile.ptz).end();
    }
    json.end().key("camera");
    if (const auto known = known_as(one, devices)) json.integer(known->value);
    else json.null();
    json.key("refused");
    if (one.refused) json.string(name_of(one.refused->kind)).field("words", one.refused->message);
    else json.null();
    json.end();
  }

  /// By its ONVIF address, by a stream of it, or by its host, unless several devices share that.
  std::optional<cameras::CameraId> known_as(const Learnt& one,
                                            const std::vector<std::shared_ptr<Learnt>>& devices) const {
    const auto all = desk_.rooms().cameras.all();
    for (const auto& camera : *all) {
      if (camera.control.url == one.found.at.text()) return camera.id;
      for (const auto& stream : one.streams) {
        if (camera.main.url == stream.url || camera.sub.url == stream.url) return camera.id;
      }
    }
    const auto neighbours =
        std::ranges::count_if(devices, [&](const auto& other) { return other->found.at.host == one.found.at.host; });
    if (neighbours > 1) return std::nullopt;
    const auto same_host = [&](const cameras::Camera& camera) {
      return camera.control.url.empty() && cameras::host_of(camera.main.url) == one.found.at.host;
    };
    if (std::ranges::count_if(*all, same_host) != 1) return std::nullopt;
    return std::ranges::find_if(*all, same_host)->id;
  }

  CameraDesk& desk_;
  Context& context_;
  int searches_ = 0;
};

}  // namespace

void add_discovery_routes(http::Router& router, CameraDesk& desk) {
  const RoleRouter add(router, desk.context(), std::make_shared<DiscoveryRoutes>(desk));
  add(Method::post, "/api/v1/cameras/discover", somewhere(Role::engineer), &DiscoveryRoutes::discover);
}

}  // namespace qala::api
