// Who looked at which camera, and what residents will see of it.
#include "api/body.h"
#include "api/camera_desk.h"
#include "api/render.h"
#include "base/json_writer.h"

namespace qala::api {

using access::Role;
using boost::asio::awaitable;
using cameras::Look;
using cameras::Looks;
using http::Method;
using http::Request;
using http::Response;

namespace {

/// "2026-11": its first instant and that of the next month, in the town's zone.
Result<std::pair<Instant, Instant>> month_of(const Context& context, const Request& request) {
  const auto text = request.query_value("month");
  if (!text) return fail(ErrorKind::invalid, "month: like 2026-11");
  const auto first = parse_iso(std::string(*text) + "-01");
  if (text->size() != 7 || !first)
    return fail(ErrorKind::invalid, "month: \"" + std::string(*text) + "\" is no month like 2026-11");
  const Instant from = context.zone.day_start(static_cast<std::int32_t>(first->ns / Instant::kDay));
  return std::pair(from, context.zone.next_bucket(from, CalendarUnit::month));
}

class LookRoutes {
 public:
  explicit LookRoutes(CameraDesk& desk) : desk_(desk), context_(desk.context()) {}

  awaitable<Response> list(Request& request, const Caller&) {
    cameras::LookQuery query;
    if (request.query_value("month")) {
      const auto month = month_of(context_, request);
      if (!month) co_return Response::error(month.error());
      query.from = month->first;
      query.to = month->second;
    }
    const auto camera = count_of(request, "camera", 0, kMaxEntityId);
    const auto before = count_of(request, "before", 0, std::uint64_t{1} << 53);
    const auto limit = count_of(request, "limit", 200, 1000);
    for (const auto* number : {&camera, &before, &limit}) {
      if (!*number) co_return Response::error(number->error());
    }
    query.camera = cameras::CameraId(static_cast<std::uint32_t>(*camera));
    query.before = *before;
    query.limit = *limit;
    const auto looks = co_await run_on(context_.pool, [&]() -> Result<std::vector<Look>> {
      TRY(auto db, reader());
      return Looks::list(db, query);
    });
    if (!looks) co_return Response::error(looks.error());
    std::string out;
    JsonWriter json(out);
    json.object().key("looks").array();
    for (const Look& look : *looks) {
      json.object().field("id", look.id).field("camera", look.camera.value).field("kind", cameras::name_of(look.kind));
      json.field("began", look.began.ms());
      optional_ms(json, "ended", look.ended);
      json.field("from", look.shown_from.ms());
      optional_ms(json, "to", look.shown_to);
      json.field("masked", look.masked).field("who", look.actor.subject).field("by", look.actor.kind);
      json.field("reason", look.reason).field("case", look.case_number).end();
    }
    json.end().field("more", looks->size() == query.limit).end();
    co_return Response::json(std::move(out));
  }

  awaitable<Response> summary(Request& request, const Caller&) {
    const auto month = month_of(context_, request);
    if (!month) co_return Response::error(month.error());
    const auto sums = co_await run_on(context_.pool, [&]() -> Result<std::vector<cameras::LookSum>> {
      TRY(auto db, reader());
      return Looks::sums(db, month->first, month->second);
    });
    if (!sums) co_return Response::error(sums.error());
    std::string out;
    JsonWriter json(out);
    json.object().field("from", month->first.ms()).field("to", month->second.ms()).key("cameras").array();
    for (const auto& sum : *sums) {
      json.object().field("camera", sum.camera.value).field("name", name_of(sum.camera)).field("looks", sum.looks);
      json.field("people", sum.people).field("seconds", sum.seconds).field("exports", sum.exports);
      json.field("unmaskings", sum.unmaskings).end();
    }
    json.end().end();
    co_return Response::json(std::move(out));
  }

 private:
  Result<sqlite::Database> reader() const {
    return sqlite::Database::open(desk_.rooms().town_database, {.read_only = true, .cache_kib = 256});
  }
  std::string name_of(cameras::CameraId id) const {
    const auto camera = desk_.rooms().cameras.find(id);
    std::string name;
    context_.registry.read([&](const registry::Registry::View& view) {
      if (const auto* thing = camera ? view.thing(camera->thing) : nullptr) name = thing->name;
    });
    return name;
  }

  CameraDesk& desk_;
  Context& context_;
};

}  // namespace

void add_look_routes(http::Router& router, CameraDesk& desk) {
  auto routes = std::make_shared<LookRoutes>(desk);
  const RoleRouter add(router, desk.context(), routes);
  add(Method::get, "/api/v1/looks", Role::admin, &LookRoutes::list);
  add(Method::get, "/api/v1/looks/summary", Role::viewer, &LookRoutes::summary);
}

}  // namespace qala::api
