// The picture of a thing.
#include <filesystem>

#include "api/authorize.h"
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

namespace {

class PhotoRoutes {
 public:
  explicit PhotoRoutes(Context& context) : context_(context), photos_(context.folder) {}

  /// With `?name=` of the picture it has: kept by the browser for a year, since another picture has another name.
  awaitable<Response> photo(Request& request, const Caller&) {
    const auto id = thing_in_path(request);
    if (!id) co_return Response::error(id.error(), "thing.not_found");
    std::string name;
    context_.registry.read([&](const registry::Registry::View& view) {
      if (const auto* thing = view.thing(*id)) name = thing->photo;
    });
    const auto kind = registry::picture_kind_of_name(name);
    std::error_code ec;
    if (!kind || !std::filesystem::is_regular_file(photos_.path(name), ec)) {
      co_return Response::error(fail(ErrorKind::not_found, "this thing has no picture"), "photo.none");
    }
    Response response;
    response.content_type = kind->content_type;
    response.file = photos_.path(name);
    const bool lasting = request.query_value("name") == name;
    response.headers.emplace_back("Cache-Control", lasting ? "private, max-age=31536000, immutable" : "no-cache");
    co_return response;
  }

  awaitable<Response> put_photo(Request& request, const Caller& caller) {
    const auto id = thing_in_path(request);
    if (!id) co_return Response::error(id.error(), "thing.not_found");
    if (request.body.size() > registry::kLargestPhoto) {
      auto response =
          Response::error(fail(ErrorKind::invalid, "a picture has at most 1 MB: make it smaller"), "photo.too_large");
      response.status = 413;
      co_return response;
    }
    const auto kind = registry::picture_kind(request.body);
    if (!kind) {
      co_return Response::error(fail(ErrorKind::invalid, "the body is no JPEG, PNG or WebP"), "photo.no_picture");
    }
    const std::string name = registry::photo_name(request.body, *kind);
    // The slow sync is not the writer's.
    const auto kept = co_await run_on(context_.pool, [&] { return photos_.keep(name, request.body); });
    if (!kept) co_return Response::error(kept.error());
    co_return co_await change(request, *id, name, caller, request.body);
  }

  awaitable<Response> remove_photo(Request& request, const Caller& caller) {
    const auto id = thing_in_path(request);
    if (!id) co_return Response::error(id.error(), "thing.not_found");
    co_return co_await change(request, *id, {}, caller, {});
  }

 private:
  awaitable<Response> change(Request& request, ThingId id, std::string name, const Caller& caller,
                             std::string_view bytes) {
    bool meanwhile = false;
    const auto done = co_await run_on(context_.writer, [&, caller, seen = seen_version(request)]() -> Result<> {
      meanwhile = true;
      TRY(auto thing, registry::thing_to_edit(context_.registry, id, seen));
      meanwhile = false;
      if (thing.photo == name) return {};
      if (!name.empty()) TRY_VOID(photos_.keep(name, bytes));  // a sweep may have come between
      thing.photo = name;
      TRY_VOID(context_.registry.put_thing(std::move(thing), caller.actor()));
      TRY_VOID(photos_.sweep(context_.registry));
      return {};
    });
    co_return done ? show_thing(context_, id) : refuse_edit(done.error(), meanwhile);
  }

  Context& context_;
  registry::Photos photos_;
};

}  // namespace

void add_photo_routes(http::Router& router, Context& context) {
  auto routes = std::make_shared<PhotoRoutes>(context);
  const RoleRouter add(router, context, routes);
  // Twice what a picture may have: a little too large is answered by us, in words.
  const http::RouteOptions picture{.body_limit = 2 * registry::kLargestPhoto,
                                   .unpacked_limit = 2 * registry::kLargestPhoto};
  add(Method::get, "/api/v1/things/{id}/photo", Role::viewer, &PhotoRoutes::photo);
  add(Method::put, "/api/v1/things/{id}/photo", of_thing(Role::engineer), &PhotoRoutes::put_photo, picture);
  add(Method::del, "/api/v1/things/{id}/photo", of_thing(Role::engineer), &PhotoRoutes::remove_photo);
}

}  // namespace qala::api
