#include "api/warning_routes.h"

#include "api/authorize.h"
#include "api/body.h"
#include "api/warning_body.h"
#include "base/json_writer.h"
#include "residents/words.h"
#include "warnings/render.h"

namespace qala::api {

using access::Role;
using boost::asio::awaitable;
using http::Method;
using http::Request;
using http::Response;
using warnings::Listed;

namespace {

constexpr std::uint64_t kHighestWarning = std::uint64_t{1} << 53;

Response refused(const Error& error) {
  if (error.kind == ErrorKind::not_found) return Response::error(error, "warning.not_found");
  if (error.kind != ErrorKind::conflict) return Response::error(error);
  return Response::error(error, "warning." + error.message.substr(0, error.message.find(':')));
}

Response answer(const Result<Listed>& listed, unsigned status = 200) {
  if (!listed) return refused(listed.error());
  std::string out;
  JsonWriter json(out);
  warnings::render(json, *listed);
  return Response::json(std::move(out), status);
}

warnings::Person person_of(const Caller& caller) {
  return {.user = caller.session ? caller.session->user.id : UserId{}, .actor = caller.actor()};
}

Result<std::uint64_t> revision_in(const Body& body) {
  TRY(const auto revision, body.optional_integer("revision"));
  if (!revision || *revision < 1)
    return fail(ErrorKind::invalid, "revision: is missing: which one did you see? GET tells it");
  return static_cast<std::uint64_t>(*revision);
}

/// What the residents' page says around a warning, so that a preview says the same.
void render_shown(JsonWriter& json) {
  using residents::Word;
  json.key("shown").object();
  for (const auto language : residents::kLanguages) {
    json.key(residents::code_of(language)).object();
    for (std::size_t i = 0; i <= static_cast<std::size_t>(warnings::Severity::unknown); i++) {
      json.field(warnings::name_of(static_cast<warnings::Severity>(i)),
                 residents::text(residents::nth(Word::warning_extreme, i), language));
    }
    json.field("todo", residents::text(Word::warning_do, language));
    json.field("until", residents::text(Word::warning_until, language)).end();
  }
  json.end();
}

class WarningRoutes {
 public:
  WarningRoutes(Context& context, warnings::WarningBook& book) : context_(context), book_(book) {}

  awaitable<Response> list(Request& request, const Caller&) {
    const auto limit = count_of(request, "limit", 200, 1000);
    if (!limit) co_return Response::error(limit.error());
    const auto all = co_await run_on(context_.pool, [this] { return book_.all(); });
    std::string out;
    JsonWriter json(out);
    json.object().key("warnings").array();
    for (std::size_t i = 0; i < std::min<std::size_t>(*limit, all.size()); i++) warnings::render(json, all[i]);
    json.end().field("total", all.size()).end();
    co_return Response::json(std::move(out));
  }

  awaitable<Response> setup(Request&, const Caller&) {
    const auto& settings = book_.settings();
    std::string out;
    JsonWriter json(out);
    json.object().field("sender", settings.issuer.sender).field("training", settings.training);
    json.key("town");
    warnings::render(json, settings.town);
    render_shown(json);
    json.key("templates").array();
    for (std::size_t i = 0; i < warnings::kHazards; i++)
      warnings::render(json, warnings::template_of(static_cast<warnings::Hazard>(i)));
    json.end().end();
    co_return Response::json(std::move(out));
  }

  awaitable<Response> one(Request& request, const Caller&) {
    const auto id = id_of(request);
    if (!id) co_return Response::error(id.error(), "warning.not_found");
    co_return answer(found(*id));
  }

  /// The file of any published message, also of an exercise, which the public does not get.
  awaitable<Response> file(Request& request, const Caller&) {
    const auto id = id_of(request);
    if (!id) co_return Response::error(id.error(), "warning.not_found");
    const auto listed = found(*id);
    if (!listed) co_return refused(listed.error());
    if (!listed->message.is_published())
      co_return Response::error(fail(ErrorKind::not_found, "a draft has no file yet: publish it"), "warning.draft");
    Response response;
    response.content_type = "application/cap+xml";
    response.body = listed->message.xml;
    co_return response;
  }

  awaitable<Response> write(Request& request, const Caller& caller) {
    const auto body = Body::parse(request.body);
    if (!body) co_return Response::error(body.error());
    const auto content = warning_in(*body, context_.registry, town());
    if (!content) co_return Response::error(content.error());
    co_return answer(co_await run_on(context_.writer, [this, by = person_of(caller),
                                                       content = *content] { return book_.write(by, content); }),
                     201);
  }

  awaitable<Response> change(Request& request, const Caller& caller) {
    const auto id = id_of(request);
    if (!id) co_return Response::error(id.error(), "warning.not_found");
    const auto body = Body::parse(request.body);
    if (!body) co_return Response::error(body.error());
    const auto revision = revision_in(*body);
    if (!revision) co_return Response::error(revision.error());
    const auto content = warning_in(*body, context_.registry, town());
    if (!content) co_return Response::error(content.error());
    co_return answer(
        co_await run_on(context_.writer, [this, by = person_of(caller), id = *id, revision = *revision,
                                          content = *content] { return book_.change(by, id, revision, content); }));
  }

  awaitable<Response> discard(Request& request, const Caller& caller) {
    const auto id = id_of(request);
    if (!id) co_return Response::error(id.error(), "warning.not_found");
    const auto done =
        co_await run_on(context_.writer, [this, by = person_of(caller), id = *id] { return book_.discard(by, id); });
    co_return done ? Response::empty() : refused(done.error());
  }

  awaitable<Response> approve(Request& request, const Caller& caller) {
    return decide(request, caller, &warnings::WarningBook::approve);
  }
  awaitable<Response> publish(Request& request, const Caller& caller) {
    return decide(request, caller, &warnings::WarningBook::publish);
  }
  awaitable<Response> update(Request& request, const Caller& caller) {
    return follow(request, caller, warnings::Type::update);
  }
  awaitable<Response> cancel(Request& request, const Caller& caller) {
    return follow(request, caller, warnings::Type::cancel);
  }

 private:
  using Decision = Result<Listed> (warnings::WarningBook::*)(const warnings::Person&, std::uint64_t, std::uint64_t);

  awaitable<Response> decide(Request& request, const Caller& caller, Decision decision) {
    const auto id = id_of(request);
    if (!id) co_return Response::error(id.error(), "warning.not_found");
    const auto body = Body::parse(request.body);
    if (!body) co_return Response::error(body.error());
    const auto revision = revision_in(*body);
    if (!revision) co_return Response::error(revision.error());
    co_return answer(co_await run_on(context_.writer, [this, by = person_of(caller), id = *id, revision = *revision,
                                                       decision] { return (book_.*decision)(by, id, revision); }));
  }

  awaitable<Response> follow(Request& request, const Caller& caller, warnings::Type type) {
    const auto id = id_of(request);
    if (!id) co_return Response::error(id.error(), "warning.not_found");
    co_return answer(co_await run_on(context_.writer, [this, by = person_of(caller), id = *id,
                                                       type] { return book_.follow(by, id, type); }),
                     201);
  }

  static Result<std::uint64_t> id_of(const Request& request) { return parse_id(request.param("id"), kHighestWarning); }

  Result<Listed> found(std::uint64_t id) const {
    auto listed = book_.find(id);
    if (!listed) return fail(ErrorKind::not_found, "there is no warning " + std::to_string(id));
    return std::move(*listed);
  }

  const warnings::Envelope& town() const { return book_.envelope(); }

  Context& context_;
  warnings::WarningBook& book_;
};

}  // namespace

void add_warning_routes(http::Router& router, Context& context, warnings::WarningBook& book) {
  const RoleRouter add(router, context, std::make_shared<WarningRoutes>(context, book));
  add(Method::get, "/api/v1/warnings", Role::viewer, &WarningRoutes::list);
  add(Method::post, "/api/v1/warnings", Role::op, &WarningRoutes::write);
  add(Method::get, "/api/v1/warnings/setup", Role::viewer, &WarningRoutes::setup);
  add(Method::get, "/api/v1/warnings/{id}", Role::viewer, &WarningRoutes::one);
  add(Method::put, "/api/v1/warnings/{id}", Role::op, &WarningRoutes::change);
  add(Method::del, "/api/v1/warnings/{id}", Role::op, &WarningRoutes::discard);
  add(Method::get, "/api/v1/warnings/{id}/cap.xml", Role::viewer, &WarningRoutes::file);
  // That the second person is another one, the book sees to.
  add(Method::post, "/api/v1/warnings/{id}/approve", Role::op, &WarningRoutes::approve);
  add(Method::post, "/api/v1/warnings/{id}/publish", Role::op, &WarningRoutes::publish);
  add(Method::post, "/api/v1/warnings/{id}/update", Role::op, &WarningRoutes::update);
  add(Method::post, "/api/v1/warnings/{id}/cancel", Role::op, &WarningRoutes::cancel);
  add_cap_routes(router, context, book);
}

}  // namespace qala::api
