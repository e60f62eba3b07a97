#include "api/authorize.h"
#include "api/body.h"
#include "api/glance_routes.h"
#include "base/json_writer.h"

namespace qala::api {

using access::Role;
using boost::asio::awaitable;
using http::Method;
using http::Request;
using http::Response;
using views::View;

namespace {

constexpr std::uint64_t kHighestView = std::uint64_t{1} << 53;

views::Viewer viewer_of(const Caller& caller) {
  return {.user = caller.session ? caller.session->user.id : UserId{},
          .actor = caller.actor(),
          .may_share = caller.may_somewhere(Role::op),
          .may_edit_all = caller.may(Role::engineer)};
}

Response refused(const Error& error) {
  if (error.kind == ErrorKind::not_found) return Response::error(error, "view.not_found");
  if (error.kind == ErrorKind::conflict) return Response::error(error, "view.too_many");
  if (error.kind == ErrorKind::denied) return Response::error(error, "view.not_yours");
  return Response::error(error);
}

void render(JsonWriter& json, const View& view, const views::Viewer& viewer) {
  json.object().field("id", view.id).field("name", view.name).field("page", view.page).field("address", view.address);
  json.field("owner", view.owner_name).field("own", viewer.user && view.owner == viewer.user);
  json.field("shared", view.shared).field("created", view.created.ms()).field("changed", view.changed.ms()).end();
}

Response answer(const Result<View>& view, const views::Viewer& viewer, unsigned status = 200) {
  if (!view) return refused(view.error());
  std::string out;
  JsonWriter json(out);
  render(json, *view, viewer);
  return Response::json(std::move(out), status);
}

class ViewRoutes {
 public:
  ViewRoutes(Context& context, views::SavedViews& views) : context_(context), views_(views) {}

  awaitable<Response> list(Request&, const Caller& caller) {
    const auto viewer = viewer_of(caller);
    std::string out;
    JsonWriter json(out);
    json.object().key("views").array();
    for (const View& view : views_.visible(viewer)) render(json, view, viewer);
    json.end().key("start");
    if (const auto start = views_.start_of(viewer)) json.integer(static_cast<std::int64_t>(*start));
    else json.null();
    const auto& limits = views_.limits();
    json.key("limit").object().field("own", limits.of_person).field("shared", limits.shared).end().end();
    co_return Response::json(std::move(out));
  }

  awaitable<Response> add(Request& request, const Caller& caller) {
    auto edit = edit_of(request);
    if (!edit) co_return Response::error(edit.error());
    View view{.name = edit->name.value_or(""),
              .page = edit->page.value_or(""),
              .address = edit->address.value_or(""),
              .shared = edit->shared.value_or(false)};
    const auto viewer = viewer_of(caller);
    co_return answer(co_await run_on(context_.writer, [this, viewer, view] { return views_.add(viewer, view); }),
                     viewer, 201);
  }

  awaitable<Response> change(Request& request, const Caller& caller) {
    const auto id = parse_id(request.param("id"), kHighestView);
    if (!id) co_return Response::error(id.error(), "view.not_found");
    auto edit = edit_of(request);
    if (!edit) co_return Response::error(edit.error());
    const auto viewer = viewer_of(caller);
    co_return answer(co_await run_on(context_.writer, [this, viewer, id = *id,
                                                       edit = *edit] { return views_.change(viewer, id, edit); }),
                     viewer);
  }

  awaitable<Response> remove(Request& request, const Caller& caller) {
    const auto id = parse_id(request.param("id"), kHighestView);
    if (!id) co_return Response::error(id.error(), "view.not_found");
    auto done = co_await run_on(context_.writer,
                                [this, viewer = viewer_of(caller), id = *id] { return views_.remove(viewer, id); });
    co_return done ? Response::empty() : refused(done.error());
  }

  awaitable<Response> start(Request& request, const Caller& caller) {
    auto body = Body::parse(request.body);
    if (!body) co_return Response::error(body.error());
    const auto id = body->optional_integer("view");
    if (!id) co_return Response::error(id.error());
    if (!*id && !body->is_null("view")) co_return Response::error(fail(ErrorKind::invalid, "view: a number or null"));
    const auto wanted = *id ? std::optional(static_cast<std::uint64_t>(**id)) : std::nullopt;
    auto done = co_await run_on(
        context_.writer, [this, viewer = viewer_of(caller), wanted] { return views_.set_start(viewer, wanted); });
    co_return done ? Response::empty() : refused(done.error());
  }

 private:
  static Result<views::Edit> edit_of(const Request& request) {
    TRY(const auto body, Body::parse(request.body));
    views::Edit edit;
    TRY(edit.name, body.optional_text("name"));
    TRY(edit.page, body.optional_text("page"));
    TRY(edit.address, body.optional_text("address"));
    TRY(edit.shared, body.optional_boolean("shared"));
    return edit;
  }

  Context& context_;
  views::SavedViews& views_;
};

}  // namespace

void add_view_routes(http::Router& router, Context& context, views::SavedViews& views) {
  auto routes = std::make_shared<ViewRoutes>(context, views);
  const RoleRouter add(router, context, routes);
  // Everybody keeps views; the room looks at who may share and change.
  add(Method::get, "/api/v1/views", Role::viewer, &ViewRoutes::list);
  add(Method::post, "/api/v1/views", Role::viewer, &ViewRoutes::add);
  add(Method::put, "/api/v1/views/start", Role::viewer, &ViewRoutes::start);
  add(Method::put, "/api/v1/views/{id}", Role::viewer, &ViewRoutes::change);
  add(Method::del, "/api/v1/views/{id}", Role::viewer, &ViewRoutes::remove);
}

void add_glance_routes(http::Router& router, Context& context, views::SavedViews& views) {
  add_search_routes(router, context);
  add_report_routes(router, context);
  add_view_routes(router, context, views);
}

}  // namespace qala::api
