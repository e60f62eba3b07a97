// The list of cameras and what is set of each: addresses, masks, recording. Pictures themselves: camera_desk.h.
#include <algorithm>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json.hpp>

#include "api/body.h"
#include "api/camera_desk.h"
#include "api/render.h"
#include "api/still_rate.h"
#include "api/thing_body.h"
#include "base/base64.h"
#include "base/json_writer.h"
#include "registry/editing.h"

namespace qala::api {

using access::Role;
using boost::asio::awaitable;
using cameras::Camera;
using http::Method;
using http::Request;
using http::Response;
using View = registry::Registry::View;

namespace {

constexpr auto kProbePatience = std::chrono::seconds(20);
constexpr auto kStillPatience = std::chrono::seconds(5);
constexpr std::int64_t kLongestLiftMinutes = 60;

Response refuse(const Error& error) {
  if (error.kind == ErrorKind::not_found) return Response::error(error, "camera.not_found");
  if (error.kind == ErrorKind::conflict) return Response::error(error, "camera.exists");
  return Response::error(error);
}

Result<cameras::CameraId> camera_in_path(const Request& request) {
  TRY(const auto id, parse_id(request.param("id"), kMaxEntityId));
  return cameras::CameraId(static_cast<std::uint32_t>(id));
}

/// A password that is not given stays, so that the screens need not know it.
Result<> read_source(const Body& body, std::string_view name, cameras::Source& source) {
  if (!body.has(name)) return {};
  if (body.is_null(name)) {
    source = {};
    return {};
  }
  TRY(const auto fields, Body::parse(body.json(name)).context(name));
  TRY(const auto url, fields.optional_text("url"));
  TRY(const auto user, fields.optional_text("user"));
  TRY(const auto password, fields.optional_text("password"));
  TRY(const auto udp, fields.optional_boolean("udp"));
  if (url && *url != source.url && !password) source.password.clear();  // not to be sent to another address
  source.url = url.value_or(source.url);
  source.user = user.value_or(source.user);
  source.password = password.value_or(source.password);
  source.udp = udp.value_or(source.udp);
  return {};
}

/// Likewise.
Result<> read_control(const Body& body, cameras::Control& control) {
  if (!body.has("onvif")) return {};
  if (body.is_null("onvif")) {
    control = {};
    return {};
  }
  TRY(const auto fields, Body::parse(body.json("onvif")).context("onvif"));
  TRY(const auto url, fields.optional_text("url"));
  TRY(const auto user, fields.optional_text("user"));
  TRY(const auto password, fields.optional_text("password"));
  TRY(const auto profile, fields.optional_text("profile"));
  TRY(const auto events, fields.optional_boolean("events"));
  if (url && *url != control.url && !password) control.password.clear();
  control.url = url.value_or(control.url);
  control.user = user.value_or(control.user);
  control.password = password.value_or(control.password);
  control.profile = profile.value_or(control.profile);
  control.events = events.value_or(control.events);
  return {};
}

Result<> read_camera(const Body& body, Camera& camera) {
  TRY_VOID(read_source(body, "main", camera.main));
  TRY_VOID(read_source(body, "sub", camera.sub));
  TRY_VOID(read_control(body, camera.control));
  TRY(const auto group, body.optional_text("group"));
  TRY(const auto record, body.optional_text("record"));
  TRY(const auto ptz, body.optional_boolean("ptz"));
  TRY(const auto off, body.optional_boolean("off"));
  camera.group = group.value_or(camera.group);
  camera.ptz = ptz.value_or(camera.ptz);
  camera.off = off.value_or(camera.off);
  if (!record) return {};
  const auto recording = cameras::recording_from(*record);
  if (!recording) return fail(ErrorKind::invalid, "record: \"" + *record + "\" is none of always, motion, never");
  camera.recording = *recording;
  return {};
}

void render_masks(JsonWriter& json, const Camera& camera) {
  json.key("masks").array();
  for (const auto& mask : camera.masks) {
    json.object().field("name", mask.name).key("points").array();
    for (const auto& spot : mask.corners) json.array().number(spot.x).number(spot.y).end();
    json.end().end();
  }
  json.end();
}

class CameraRoutes {
 public:
  explicit CameraRoutes(CameraDesk& desk)
      : desk_(desk), context_(desk.context()), cameras_(desk.rooms().cameras), rate_(context_.clock) {}

  awaitable<Response> list(Request&, const Caller& caller) {
    std::string out;
    JsonWriter json(out);
    const auto all = cameras_.all();
    const auto status = desk_.rooms().video.status();
    const auto health = desk_.rooms().video.health();
    json.object().key("cameras").array();
    context_.registry.read([&](const View& view) {
      for (const Camera& camera : *all) render(json, view, camera, status.get(), caller);
    });
    json.end().key("worker").object().field("running", health.running).field("restarts", health.restarts);
    json.field("words", health.words).field("load", status ? status->load : 0);
    json.field("load_words", status ? status->load_words : std::string()).end().end();
    co_return Response::json(std::move(out));
  }

  awaitable<Response> one(Request& request, const Caller& caller) {
    const auto id = camera_in_path(request);
    if (!id) co_return refuse(id.error());
    co_return show(*id, caller);
  }

  /// The thing and the camera in one go: {"thing":id} of one that is there, or key, name, place of a new one.
  awaitable<Response> add(Request& request, const Caller& caller) {
    const auto body = Body::parse(request.body);
    if (!body) co_return Response::error(body.error());
    bool mine = true;
    const auto made = co_await run_on(context_.writer, [&, caller]() -> Result<cameras::CameraId> {
      Camera camera;
      TRY_VOID(read_camera(*body, camera));
      TRY_VOID(cameras::check(camera));
      TRY(camera.thing, thing_for(*body, caller, mine));
      if (!mine) return fail(ErrorKind::denied, "this needs the role engineer here");
      TRY_VOID(add_datastreams(camera.thing, camera.control.events, caller.actor()));
      TRY(const auto done, cameras_.add(std::move(camera), caller.actor()));
      return done.id;
    });
    if (!mine) co_return not_allowed(caller, Role::engineer);
    co_return made ? show(*made, caller, 201) : refuse(made.error());
  }

  awaitable<Response> change(Request& request, const Caller& caller) {
    const auto id = camera_in_path(request);
    const auto body = Body::parse(request.body);
    if (!id) co_return refuse(id.error());
    if (!body) co_return Response::error(body.error());
    const auto done = co_await run_on(context_.writer, [&, caller]() -> Result<> {
      auto camera = cameras_.find(*id);
      if (!camera) return fail(ErrorKind::not_found, "there is no such camera");
      TRY_VOID(read_camera(*body, *camera));
      TRY_VOID(cameras::check(*camera));
      TRY(auto thing, registry::thing_to_edit(context_.registry, camera->thing, std::nullopt));
      const auto before = thing;
      TRY_VOID(read_thing(*body, thing));
      thing.kind = registry::Kind::camera;
      if (!may_put(context_, caller, thing)) return fail(ErrorKind::denied, "this needs the role engineer there, too");
      if (!(thing == before)) TRY_VOID(context_.registry.put_thing(std::move(thing), caller.actor()));
      TRY_VOID(add_datastreams(camera->thing, camera->control.events, caller.actor()));
      TRY([[maybe_unused]] const auto changed, cameras_.change(std::move(*camera), caller.actor()));
      return {};
    });
    co_return done ? show(*id, caller) : refuse(done.error());
  }

  /// The camera goes, its thing and its recordings stay until their time is over.
  awaitable<Response> remove(Request& request, const Caller& caller) {
    const auto id = camera_in_path(request);
    if (!id) co_return refuse(id.error());
    const auto done =
        co_await run_on(context_.writer, [&, actor = caller.actor()] { return cameras_.remove(*id, actor); });
    co_return done ? Response::empty() : refuse(done.error());
  }

  /// How long groups keep their recordings; those that are not there go by the configuration.
  awaitable<Response> groups(Request&, const Caller&) {
    std::string out;
    JsonWriter json(out);
    json.object().key("groups").array();
    for (const auto& group : *cameras_.groups()) {
      json.object().field("name", group.name).field("keep_days", group.keep_days).field("keep_gb", group.keep_gb).end();
    }
    json.end().end();
    co_return Response::json(std::move(out));
  }

  /// {"name","keep_days","keep_gb"}; without both numbers the group goes by the configuration again.
  awaitable<Response> put_group(Request& request, const Caller& caller) {
    const auto body = Body::parse(request.body);
    if (!body) co_return Response::error(body.error());
    const auto name = body->text("name");
    if (!name) co_return Response::error(name.error());
    const auto days = body->optional_integer("keep_days"), gb = body->optional_integer("keep_gb");
    if (!days || !gb) co_return Response::error(days ? gb.error() : days.error());
    const auto done = co_await run_on(context_.writer, [&, actor = caller.actor()] {
      if (!*days && !*gb) return cameras_.forget_group(*name, actor);
      return cameras_.set_group({.name = *name, .keep_days = days->value_or(0), .keep_gb = gb->value_or(0)}, actor);
    });
    if (!done) co_return Response::error(done.error());
    co_return co_await groups(request, caller);
  }

  awaitable<Response> masks(Request& request, const Caller&) {
    const auto id = camera_in_path(request);
    const auto camera = id ? cameras_.find(*id) : std::nullopt;
    if (!camera) co_return refuse(fail(ErrorKind::not_found, "there is no such camera"));
    std::string out;
    JsonWriter json(out);
    json.object();
    render_masks(json, *camera);
    json.end();
    co_return Response::json(std::move(out));
  }

  awaitable<Response> put_masks(Request& request, const Caller& caller) {
    const auto id = camera_in_path(request);
    if (!id) co_return refuse(id.error());
    const auto masks = read_masks(request.body);
    if (!masks) co_return Response::error(masks.error());
    const auto done = co_await run_on(context_.writer,
                                      [&, actor = caller.actor()] { return cameras_.set_masks(*id, *masks, actor); });
    co_return done ? show(*id, caller) : refuse(done.error());
  }

  /// {"case":…, "reason":…, "minutes":…} → {"token":…, "until":…}; the token goes into `?unmasked=` of pictures.
  awaitable<Response> unmask(Request& request, const Caller& caller) {
    const auto id = camera_in_path(request);
    if (!id) co_return refuse(id.error());
    const auto body = Body::parse(request.body);
    if (!body) co_return Response::error(body.error());
    const auto case_number = body->text("case"), reason = body->text("reason");
    const auto minutes = body->optional_integer("minutes");
    for (const auto* text : {&case_number, &reason}) {
      if (!*text) co_return Response::error(text->error());
    }
    if (!minutes) co_return Response::error(minutes.error());
    const std::int64_t length = minutes->value_or(15);
    const auto blank = [](const std::string& text) { return text.find_first_not_of(" \t\n") == std::string::npos; };
    if (blank(*case_number))
      co_return Response::error(fail(ErrorKind::invalid, "case: the number of the case is needed"),
                                "camera.case_needed");
    if (blank(*reason)) co_return Response::error(fail(ErrorKind::invalid, "reason: say why"), "camera.reason_needed");
    if (length < 1 || length > kLongestLiftMinutes)
      co_return Response::error(fail(ErrorKind::invalid, "minutes: 1 to 60"));
    Unmasking lift{.camera = *id,
                   .case_number = *case_number,
                   .reason = *reason,
                   .until = context_.clock.now() + std::chrono::minutes(length)};
    const Instant until = lift.until;
    auto token = co_await desk_.unmask(std::move(lift), caller);
    if (auto* refused = std::get_if<Response>(&token)) co_return std::move(*refused);
    std::string out;
    JsonWriter(out).object().field("token", std::get<std::string>(token)).field("until", until.ms()).end();
    co_return Response::json(std::move(out), 201);
  }

  awaitable<Response> still(Request& request, const Caller& caller) {
    auto seen = desk_.seeing(request, caller);
    if (auto* refused = std::get_if<Response>(&seen)) co_return std::move(*refused);
    const auto& seeing = std::get<CameraDesk::Seeing>(seen);
    const auto width = count_of(request, "width", 0, 4096);
    if (!width) co_return Response::error(width.error());
    std::optional<Instant> at;  // of the recording
    if (request.query_value("at")) {
      const auto time = time_of(request, "at", std::nullopt);
      if (!time) co_return Response::error(time.error());
      if (!rate_.take(caller.actor())) co_return too_many();
      at = Instant{*time};
    }
    const auto recorded =
        co_await desk_.look(seeing, cameras::LookKind::still, caller, at.value_or(context_.clock.now()), at);
    if (const auto* refused = std::get_if<Response>(&recorded)) co_return *refused;
    const auto picture = co_await desk_.rooms().video.still({.camera = seeing.camera.id.value,
                                                             .masked = !seeing.unmasked,
                                                             .unmasked = seeing.unmasked,
                                                             .width = static_cast<std::uint32_t>(*width),
                                                             .at = at},
                                                            kStillPatience);
    if (!picture) {
      const ErrorKind kind = picture.error().kind;
      const bool gap = at && kind == ErrorKind::not_found;
      const auto worker = desk_.rooms().video.status();  // null until the worker has told it
      const bool resting = kind == ErrorKind::unavailable && worker && worker->load >= video::kStillsRest;
      co_return Response::error(picture.error(), gap       ? "camera.nothing_recorded"
                                                 : resting ? "camera.overloaded"
                                                           : "camera.no_picture");
    }
    Response response;
    response.content_type = "image/jpeg";
    response.body = picture->jpeg;
    response.headers.emplace_back("Cache-Control", "no-store");
    response.headers.emplace_back("X-Qala-At", std::to_string(picture->at.ms()));
    response.headers.emplace_back("X-Qala-Masked", picture->masked ? "1" : "0");
    co_return response;
  }

  /// Connects to an address that is not stored yet: what comes, and what should be set otherwise. Of one that is stored
  /// a picture is a look like any other.
  awaitable<Response> probe(Request& request, const Caller& caller) {
    const auto body = Body::parse(request.body);
    if (!body) co_return Response::error(body.error());
    Camera camera;
    const auto id = body->optional_integer("camera");  // of one that is stored: its password need not be given again
    if (id && *id && *id > 0 && *id <= kMaxEntityId) {
      if (auto known = cameras_.find(cameras::CameraId(static_cast<std::uint32_t>(**id)))) {
        if (!caller.may(Role::engineer, part_of(context_, *known))) co_return not_allowed(caller, Role::engineer);
        camera = std::move(*known);
      }
    }
    const auto url = body->optional_text("url"), user = body->optional_text("user"),
               password = body->optional_text("password");
    const auto udp = body->optional_boolean("udp");
    if (!url || !user || !password || !udp)
      co_return Response::error(fail(ErrorKind::invalid, "url, user and password are texts, udp is a boolean"));
    if (*url && **url != camera.main.url) camera.main = {.url = **url};
    if (*user) camera.main.user = **user;
    if (*password) camera.main.password = **password;
    camera.main.udp = udp->value_or(camera.main.udp);
    if (auto fine = cameras::check(camera); !fine) co_return Response::error(fine.error());
    co_await wake_worker();
    const auto probed = co_await desk_.rooms().video.probe(
        {.url = camera.main.url, .user = camera.main.user, .password = camera.main.password, .udp = camera.main.udp},
        kProbePatience);
    if (!probed) co_return Response::error(probed.error(), "camera.no_answer");
    const auto shown = shown_by(camera);
    const bool show = !probed->picture.empty() && std::ranges::all_of(shown, [&](const Camera& one) {
      return one.masks.empty() && caller.may(Role::op, part_of(context_, one));
    });
    for (const Camera& one : shown) {
      if (!show) break;
      const auto recorded =
          co_await desk_.look({.camera = one}, cameras::LookKind::still, caller, context_.clock.now());
      if (const auto* refused = std::get_if<Response>(&recorded)) co_return *refused;
    }
    std::string out;
    JsonWriter json(out);
    json.object().field("codec", probed->codec).field("audio", probed->audio).field("width", probed->width);
    json.field("height", probed->height).field("fps", probed->fps).field("kbit", probed->kbit);
    json.field("key_distance_s", probed->key_distance_s).key("advice").array();
    for (const auto& code : probed->advice) json.string(code);
    json.end().field("picture", show ? data_url(probed->picture) : std::string()).end();
    co_return Response::json(std::move(out));
  }

 private:
  /// The stored cameras whose picture comes from what is tried: itself, and those with that address.
  std::vector<Camera> shown_by(const Camera& tried) const {
    std::vector<Camera> out;
    for (const Camera& one : *cameras_.all()) {
      if (one.id == tried.id || one.main.url == tried.main.url || one.sub.url == tried.main.url) out.push_back(one);
    }
    return out;
  }

  static Response too_many() {
    auto response = Response::error(fail(ErrorKind::unavailable, "too many recorded pictures at a time: ask again"),
                                    "camera.too_many_stills");
    response.status = 429;
    response.headers.emplace_back("Retry-After", "1");
    return response;
  }

  static std::string data_url(std::string_view jpeg) {
    if (jpeg.empty()) return {};
    return "data:image/jpeg;base64," + to_base64(jpeg);
  }

  /// The first camera is tried before there is one: then the worker is not there yet.
  awaitable<void> wake_worker() {
    if (desk_.rooms().video.health().running || !desk_.rooms().wake) co_return;
    desk_.rooms().wake();
    boost::asio::steady_timer pause(context_.network);
    for (int i = 0; i < 100 && !desk_.rooms().video.health().running; i++) {
      pause.expires_after(std::chrono::milliseconds(50));
      co_await pause.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }
  }

  static Result<std::vector<cameras::Mask>> read_masks(std::string_view text) {
    boost::json::error_code ec;
    const auto parsed = boost::json::parse(text, ec);
    const auto* list = !ec && parsed.is_object() ? parsed.get_object().if_contains("masks") : nullptr;
    if (!list || !list->is_array()) return fail(ErrorKind::invalid, "masks: a list of {name, points} is expected");
    std::vector<cameras::Mask> out;
    for (const auto& one : list->get_array()) {
      const std::string field = "masks[" + std::to_string(out.size()) + "]";
      const auto* object = one.if_object();
      const auto* points = object ? object->if_contains("points") : nullptr;
      if (!points || !points->is_array())
        return fail(ErrorKind::invalid, field + ".points: a list of [x, y] is expected");
      cameras::Mask mask;
      if (const auto* name = object->if_contains("name"); name && name->is_string())
        mask.name = std::string(name->get_string());
      for (const auto& point : points->get_array()) {
        const auto* pair = point.if_array();
        if (!pair || pair->size() != 2 || !pair->at(0).is_number() || !pair->at(1).is_number())
          return fail(ErrorKind::invalid, field + ".points: each is [x, y]");
        mask.corners.push_back({pair->at(0).to_number<double>(), pair->at(1).to_number<double>()});
      }
      out.push_back(std::move(mask));
    }
    return out;
  }

  /// Writer thread. `mine`: may the caller have a camera there?
  Result<ThingId> thing_for(const Body& body, const Caller& caller, bool& mine) {
    TRY(const auto known, body.optional_integer("thing"));
    registry::Thing thing;
    if (known) {
      if (*known < 1 || *known > kMaxEntityId) return fail(ErrorKind::invalid, "thing: is the number of a thing");
      TRY(thing, registry::thing_to_edit(context_.registry, ThingId(static_cast<std::uint32_t>(*known)), std::nullopt));
      if (thing.kind != registry::Kind::camera) return fail(ErrorKind::invalid, "thing: is no camera");
      mine = caller.may(Role::engineer, part_of(thing));
      return thing.id;
    }
    thing.properties = "{}";
    TRY_VOID(read_thing(body, thing));
    thing.kind = registry::Kind::camera;
    mine = caller.may(Role::engineer, part_of(thing));
    if (!mine) return ThingId{};
    return context_.registry.put_thing(std::move(thing), caller.actor());
  }

  /// What the camera itself reports, for graphs and rules.
  Result<> add_datastreams(ThingId thing, bool events, const registry::Actor& actor) {
    std::vector<registry::Datastream> streams;
    context_.registry.read([&](const View& view) {
      const auto want = [&](const char* key, std::int64_t interval_ms) {
        const auto* property = view.property(key);
        if (view.datastream(thing, key) || !property) return;
        streams.push_back({.thing = thing, .key = key, .property = property->id, .interval_ms = interval_ms});
      };
      for (const char* key : {"video_online", "video_bitrate", "picture_brightness", "picture_faults"})
        want(key, 60'000);
      for (const char* key : {"motion", "digital_input"}) {
        if (events) want(key, 0);  // when something changes, and not otherwise
      }
    });
    return streams.empty() ? Result<>() : context_.registry.put_many({}, streams, actor);
  }

  Response show(cameras::CameraId id, const Caller& caller, unsigned status = 200) {
    const auto camera = cameras_.find(id);
    if (!camera) return refuse(fail(ErrorKind::not_found, "there is no such camera"));
    std::string out;
    JsonWriter json(out);
    const auto now = desk_.rooms().video.status();
    context_.registry.read([&](const View& view) { render(json, view, *camera, now.get(), caller); });
    return Response::json(std::move(out), status);
  }

  /// Addresses are for who may change them; passwords for nobody.
  static void render_source(JsonWriter& json, std::string_view name, const cameras::Source& source) {
    json.key(name);
    if (source.url.empty()) {
      json.null();
      return;
    }
    json.object().field("url", source.url).field("user", source.user).field("udp", source.udp);
    json.field("password_set", !source.password.empty()).end();
  }

  /// What it notices itself: null where it is not listened to.
  void render_events(JsonWriter& json, const Camera& camera) const {
    const auto health = desk_.rooms().events ? desk_.rooms().events(camera.id) : std::nullopt;
    json.key("events");
    if (!health) {
      json.null();
      return;
    }
    json.object().field("state", health->state).field("words", health->words).field("since", health->since.ms());
    json.field("messages", health->messages).end();
  }

  static void render_control(JsonWriter& json, const cameras::Control& control) {
    json.key("onvif");
    if (control.url.empty()) {
      json.null();
      return;
    }
    json.object().field("url", control.url).field("user", control.user).field("profile", control.profile);
    json.field("events", control.events).field("password_set", !control.password.empty()).end();
  }

  void render(JsonWriter& json, const View& view, const Camera& camera, const video::Status* status,
              const Caller& caller) const {
    const auto* thing = view.thing(camera.thing);
    const access::Part part = thing ? part_of(*thing) : access::Part{};
    json.object().field("id", camera.id.value).field("thing", camera.thing.value);
    json.field("key", thing ? thing->key : "").field("name", thing ? thing->name : "").field("group", camera.group);
    json.field("zone", thing ? thing->zone : 0).field("street", thing ? thing->street : "");
    json.key("lon");
    if (thing && thing->location) json.number(thing->location->lon).field("lat", thing->location->lat);
    else json.null().key("lat").null();
    json.field("record", cameras::name_of(camera.recording)).field("ptz", camera.ptz).field("off", camera.off);
    json.field("masks", camera.masks.size()).field("may_look", caller.may(Role::op, part));
    json.field("may_edit", caller.may(Role::engineer, part));
    render_status(json, camera, status);
    render_events(json, camera);
    json.field("steerable", camera.ptz && !camera.control.url.empty() && !camera.off && camera.masks.empty());
    if (caller.may(Role::engineer, part)) {
      render_source(json, "main", camera.main);
      render_source(json, "sub", camera.sub);
      render_control(json, camera.control);
    }
    json.end();
  }

  static void render_status(JsonWriter& json, const Camera& camera, const video::Status* status) {
    const video::CameraStatus* mine = nullptr;
    if (status) {
      const auto found = std::ranges::find(status->cameras, camera.id.value, &video::CameraStatus::id);
      if (found != status->cameras.end()) mine = &*found;
    }
    video::StreamStatus none;
    if (!camera.off) none.state = "waiting";
    const video::StreamStatus& main = mine && !mine->streams.empty() ? mine->streams[0] : none;
    json.field("state", camera.off ? "off" : main.state).field("reason", main.reason).field("words", main.words);
    json.field("recording", main.recording)
        .field("codec", main.codec)
        .field("width", main.width)
        .field("height", main.height);
    json.field("fps", main.fps).field("kbit", main.kbit).field("key_distance_s", main.key_distance_s);
    optional_ms(json, "last_frame_ms", main.last_frame);
    optional_ms(json, "since", main.since);
    json.key("clock_offset_ms");
    if (main.clock_offset_ms) json.integer(*main.clock_offset_ms);
    else json.null();
    json.field("lookers", main.lookers).field("lost", main.counters.lost).field("reconnects", main.counters.reconnects);
    json.field("motion", mine && mine->motion).key("conditions").array();
    if (mine) {
      for (const auto& condition : mine->conditions) json.string(condition);
    }
    json.end().key("brightness");
    if (mine && mine->brightness) json.number(*mine->brightness);
    else json.null();
    json.field("has_sub", !camera.sub.url.empty());
  }

  CameraDesk& desk_;
  Context& context_;
  cameras::Cameras& cameras_;
  StillRate rate_;
};

}  // namespace

void add_camera_routes(http::Router& router, CameraDesk& desk) {
  auto routes = std::make_shared<CameraRoutes>(desk);
  const RoleRouter add(router, desk.context(), routes);
  add(Method::get, "/api/v1/cameras", Role::viewer, &CameraRoutes::list);
  add(Method::post, "/api/v1/cameras", somewhere(Role::engineer), &CameraRoutes::add);
  add(Method::post, "/api/v1/cameras/probe", somewhere(Role::engineer), &CameraRoutes::probe);
  add(Method::get, "/api/v1/cameras/groups", Role::op, &CameraRoutes::groups);
  add(Method::put, "/api/v1/cameras/groups", Role::engineer, &CameraRoutes::put_group);
  add(Method::get, "/api/v1/cameras/{id}", Role::viewer, &CameraRoutes::one);
  add(Method::patch, "/api/v1/cameras/{id}", of_camera(Role::engineer), &CameraRoutes::change);
  add(Method::del, "/api/v1/cameras/{id}", of_camera(Role::engineer), &CameraRoutes::remove);
  add(Method::get, "/api/v1/cameras/{id}/masks", of_camera(Role::op), &CameraRoutes::masks);
  add(Method::put, "/api/v1/cameras/{id}/masks", of_camera(Role::engineer), &CameraRoutes::put_masks);
  add(Method::post, "/api/v1/cameras/{id}/unmask", of_camera(Role::engineer), &CameraRoutes::unmask);
  add(Method::get, "/api/v1/cameras/{id}/still", of_camera(Role::op), &CameraRoutes::still);
  router.websocket("/api/v1/cameras/{id}/live",
                   [&desk](Request& request) { return desk.view(request, cameras::LookKind::live); });
  router.websocket("/api/v1/cameras/{id}/playback",
                   [&desk](Request& request) { return desk.view(request, cameras::LookKind::playback); });
}

}  // namespace qala::api
