// One thing and its datastreams: looked at, made, changed, removed.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

#include "api/authorize.h"
#include "api/erasing.h"
#include "api/thing_body.h"
#include "api/thing_routes.h"
#include "registry/editing.h"
#include "registry/photos.h"

namespace qala::api {

using access::Role;
using boost::asio::awaitable;
using http::Method;
using http::Request;
using http::Response;
using registry::Datastream;
using registry::Thing;

namespace {

class ThingRoutes {
 public:
  explicit ThingRoutes(Context& context) : context_(context) {}

  awaitable<Response> thing(Request& request, const Caller&) {
    const auto id = thing_in_path(request);
    if (!id) co_return Response::error(id.error(), "thing.not_found");
    co_return show_thing(context_, *id);
  }

  awaitable<Response> add_thing(Request& request, const Caller& caller) {
    const auto body = Body::parse(request.body);
    if (!body) co_return Response::error(body.error());
    const auto done = co_await run_on(context_.writer, [&, caller]() -> Result<ThingId> {
      Thing thing;
      TRY_VOID(read_thing(*body, thing));
      if (!may_put(context_, caller, thing)) return fail(ErrorKind::denied, "elsewhere");
      return context_.registry.put_thing(std::move(thing), caller.actor());
    });
    if (!done && done.error().kind == ErrorKind::denied) co_return not_allowed(caller, Role::engineer);
    co_return done ? show_thing(context_, *done, 201) : refuse_edit(done.error(), false);
  }

  /// Read, changed and stored in one step of the writer: what somebody else stored meanwhile is not overwritten.
  awaitable<Response> put_thing(Request& request, const Caller& caller) {
    const auto id = thing_in_path(request);
    if (!id) co_return Response::error(id.error(), "thing.not_found");
    const auto body = Body::parse(request.body);
    if (!body) co_return Response::error(body.error());
    bool meanwhile = false;
    const auto done = co_await run_on(context_.writer, [&, caller, seen = seen_version(request)]() -> Result<ThingId> {
      meanwhile = true;
      TRY(auto thing, registry::thing_to_edit(context_.registry, *id, seen));
      meanwhile = false;
      TRY_VOID(read_thing(*body, thing));
      if (!may_put(context_, caller, thing)) return fail(ErrorKind::denied, "elsewhere");
      return context_.registry.put_thing(std::move(thing), caller.actor());
    });
    if (!done && done.error().kind == ErrorKind::denied) co_return not_allowed(caller, Role::engineer);
    co_return done ? show_thing(context_, *id) : refuse_edit(done.error(), meanwhile);
  }

  /// `?readings=erase`: every byte that its datastreams ever sent goes too. Else the bytes stay, and nobody finds them.
  /// A camera's thing stays while there is the camera: it says who may look.
  awaitable<Response> remove_thing(Request& request, const Caller& caller) {
    const auto id = thing_in_path(request);
    if (!id) co_return Response::error(id.error(), "thing.not_found");
    const bool erase = request.query_value("readings") == "erase";
    if (erase && !caller.may(Role::admin)) {
      co_return Response::error(fail(ErrorKind::denied, "readings are erased by an admin"), "session.role");
    }
    bool meanwhile = false, is_camera = false;
    std::vector<DatastreamId> erasing;
    const auto step = [&, caller, seen = seen_version(request)]() -> Result<bool> {
      meanwhile = true;
      TRY(const auto thing, registry::thing_to_edit(context_.registry, *id, seen));
      meanwhile = false;
      is_camera = context_.cameras && context_.cameras->of_thing(*id);
      if (is_camera) return fail(ErrorKind::conflict, "the thing is a camera: remove the camera first");
      if (erase) {
        TRY(const bool begun, begin_erasing_all(*id, caller.actor(), erasing));
        if (!begun) return false;
      }
      TRY_VOID(context_.access.revoke_tokens_of(*id, caller.actor()));
      TRY_VOID(context_.registry.remove_thing(*id, caller.actor()));
      if (!thing.photo.empty()) TRY_VOID(registry::Photos(context_.folder).sweep(context_.registry));
      return true;
    };
    auto done = co_await run_on(context_.writer, step);
    boost::asio::steady_timer pause(co_await boost::asio::this_coro::executor);
    for (int tries = 0; done && !*done && tries < kMostTries; tries++) {
      pause.expires_after(std::chrono::milliseconds(100));
      co_await pause.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
      done = co_await run_on(context_.writer, step);
    }
    if (done && !*done) done = fail(ErrorKind::unavailable, "readings wait for the disk; the thing stays, ask again");
    if (is_camera) co_return Response::error(done.error(), "thing.is_camera");
    if (!done) co_return refuse_edit(done.error(), meanwhile);
    for (const DatastreamId stream : erasing) {
      const auto gone = co_await erase_all_readings(context_, stream);
      if (!gone) co_return Response::error(gone.error());
    }
    co_return Response::empty();
  }

  awaitable<Response> put_datastream(Request& request, const Caller& caller) {
    const auto number = parse_id(request.param("id"), kMaxEntityId);
    if (!number) co_return Response::error(number.error(), "datastream.not_found");
    const auto body = Body::parse(request.body);
    if (!body) co_return Response::error(body.error());
    bool meanwhile = false;
    const auto done = co_await run_on(context_.writer, [&, caller, seen = seen_version(request)]() -> Result<ThingId> {
      const DatastreamId id(static_cast<std::uint32_t>(*number));
      meanwhile = true;
      TRY(auto datastream, registry::datastream_to_edit(context_.registry, id, seen));
      meanwhile = false;
      TRY_VOID(read_datastream(*body, datastream));
      const ThingId thing = datastream.thing;
      if (!may_edit(caller, thing)) return fail(ErrorKind::denied, "elsewhere");
      TRY_VOID(context_.registry.put_datastream(std::move(datastream), caller.actor()));
      return thing;
    });
    if (done) co_return show_thing(context_, *done);
    if (done.error().kind == ErrorKind::denied) co_return not_allowed(caller, Role::engineer);
    if (done.error().kind == ErrorKind::not_found) co_return Response::error(done.error(), "datastream.not_found");
    co_return refuse_edit(done.error(), meanwhile);
  }

 private:
  bool may_edit(const Caller& caller, ThingId id) const {
    bool may = false;
    context_.registry.read([&](const registry::Registry::View& view) {
      if (const auto* thing = view.thing(id)) may = caller.may(Role::engineer, part_of(*thing));
    });
    return may;
  }

  static constexpr int kMostTries = 300;  ///< ten a second

  /// Writer thread. Once all have begun, nothing of them is answered, and they end also after a kill: the thing may go.
  /// False: not for the moment, as readings are on their way into files. `erasing`: what the record tells of already.
  Result<bool> begin_erasing_all(ThingId thing, const registry::Actor& actor, std::vector<DatastreamId>& erasing) {
    std::vector<std::pair<DatastreamId, std::string>> streams;
    context_.registry.read([&](const registry::Registry::View& view) {
      for (const DatastreamId id : view.datastreams_of(thing))
        streams.emplace_back(id, "datastream " + view.thing(thing)->key + "/" + view.datastream(id)->key);
    });
    for (const auto& [id, object] : streams) {
      if (std::ranges::find(erasing, id) == erasing.end()) {
        TRY_VOID(context_.audit.append({.actor = actor, .action = "observations.erased", .object = object}));
        erasing.push_back(id);
      }
      TRY(const bool begun, begin_erasing(context_.store, id));
      if (!begun) return false;
    }
    return true;
  }

  Context& context_;
};

}  // namespace

void add_thing_routes(http::Router& router, Context& context) {
  auto routes = std::make_shared<ThingRoutes>(context);
  const RoleRouter add(router, context, routes);
  add(Method::post, "/api/v1/things", somewhere(Role::engineer), &ThingRoutes::add_thing);
  add(Method::get, "/api/v1/things/{id}", Role::viewer, &ThingRoutes::thing);
  add(Method::put, "/api/v1/things/{id}", of_thing(Role::engineer), &ThingRoutes::put_thing);
  add(Method::del, "/api/v1/things/{id}", of_thing(Role::engineer), &ThingRoutes::remove_thing);
  add(Method::put, "/api/v1/datastreams/{id}", somewhere(Role::engineer), &ThingRoutes::put_datastream);
}

}  // namespace qala::api
