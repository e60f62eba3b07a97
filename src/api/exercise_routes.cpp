// Exercises: begun, played, ended, and the record of past ones.
#include "alarms/exercise.h"

#include "alarms/render.h"
#include "api/alarm_answers.h"
#include "api/authorize.h"
#include "api/body.h"
#include "api/routes.h"

namespace qala::api {

using access::Role;
using boost::asio::awaitable;
using http::Method;
using http::Request;
using http::Response;

namespace {

constexpr std::size_t kMostIds = 1000;

Response refused(const Error& error) {
  const std::string word = error.message.substr(0, error.message.find(':'));
  switch (error.kind) {
    case ErrorKind::not_found: return Response::error(error, "exercise.none");
    case ErrorKind::conflict: return Response::error(error, "exercise." + word);
    case ErrorKind::invalid:
      if (word == "reason") return Response::error(error, "exercise.reason_missing");
      if (word == "too_long") return Response::error(error, "exercise.too_long");
      return Response::error(error);
    default: return Response::error(error);
  }
}

template <class Id>
Result<std::vector<Id>> ids_in(const Body& body, std::string_view name) {
  std::vector<Id> ids;
  if (!body.has(name)) return ids;
  TRY(const auto numbers, body.integers(name, kMostIds));
  for (const auto number : numbers) {
    if (number < 1 || static_cast<std::uint64_t>(number) > kMaxEntityId) {
      return fail(ErrorKind::invalid, std::string(name) + ": ids are expected");
    }
    ids.push_back(Id(static_cast<std::uint32_t>(number)));
  }
  return ids;
}

Result<alarms::Exercise> exercise_in(const Body& body, Instant now) {
  alarms::Exercise exercise;
  TRY(const auto until, end_of_shelving(body, now));
  exercise.until = until.ns;
  TRY(const auto reason, body.optional_text("reason"));
  exercise.reason = reason.value_or("");
  TRY(exercise.zones, ids_in<std::uint32_t>(body, "zones"));
  TRY(exercise.things, ids_in<ThingId>(body, "things"));
  return exercise;
}

Result<alarms::Staged> staged_in(const Body& body) {
  alarms::Staged staged;
  TRY(staged.rule, body.text("rule"));
  for (const auto& [name, must] : {std::pair{"thing", true}, {"datastream", false}}) {
    TRY(const auto number, body.optional_integer(name));
    if (!number && must) return fail(ErrorKind::invalid, std::string(name) + ": is missing");
    if (!number) continue;
    if (*number < 1 || static_cast<std::uint64_t>(*number) > kMaxEntityId) {
      return fail(ErrorKind::invalid, std::string(name) + ": an id is expected");
    }
    const auto id = static_cast<std::uint32_t>(*number);
    if (must) staged.thing = ThingId(id);
    else staged.datastream = DatastreamId(id);
  }
  TRY(const auto value, body.optional_number("value"));
  if (value) staged.value = *value;
  return staged;
}

class ExerciseRoutes {
 public:
  explicit ExerciseRoutes(Context& context) : context_(context) {}

  awaitable<Response> show(Request&, const Caller&) { co_return Response::json(current()); }

  awaitable<Response> list(Request& request, const Caller&) {
    const auto limit = count_of(request, "limit", 50, 500);
    if (!limit) co_return Response::error(limit.error());
    const auto found =
        co_await run_on(context_.pool, [this, most = *limit] { return context_.alarms.board().exercises(most); });
    if (!found) co_return Response::error(found.error());
    std::string out;
    JsonWriter json(out);
    json.object().key("exercises").array();
    for (const auto& exercise : *found) alarms::render(json, exercise);
    json.end().end();
    co_return Response::json(std::move(out));
  }

  awaitable<Response> begin(Request& request, const Caller& caller) {
    const auto body = Body::parse(request.body);
    if (!body) co_return Response::error(body.error());
    const auto wanted = exercise_in(*body, context_.clock.now());
    if (!wanted) co_return Response::error(wanted.error());
    co_await write_backlog(context_);
    const auto begun = co_await run_on(context_.writer, [this, exercise = *wanted, by = caller.actor()] {
      return context_.alarms.begin_exercise(exercise, by);
    });
    if (!begun) co_return refused(begun.error());
    co_return Response::json(current(), 201);
  }

  awaitable<Response> end(Request&, const Caller& caller) {
    co_await write_backlog(context_);
    const auto ended =
        co_await run_on(context_.writer, [this, by = caller.actor()] { return context_.alarms.end_exercise(by); });
    if (!ended) co_return refused(ended.error());
    co_await write_backlog(context_);
    co_return Response::empty();
  }

  awaitable<Response> raise(Request& request, const Caller& caller) {
    const auto body = Body::parse(request.body);
    if (!body) co_return Response::error(body.error());
    const auto staged = staged_in(*body);
    if (!staged) co_return Response::error(staged.error());
    co_await write_backlog(context_);
    const auto raised = co_await run_on(context_.writer, [this, staged = *staged, by = caller.actor()] {
      return context_.alarms.raise_in_exercise(staged, by);
    });
    if (!raised) co_return refused(raised.error());
    co_await write_backlog(context_);  // durable before the answer
    co_return alarm_answer(raised);
  }

  awaitable<Response> clear(Request& request, const Caller& caller) {
    const auto id = alarm_id(request);
    if (!id) co_return Response::error(id.error(), "alarm.not_found");
    co_await write_backlog(context_);
    const auto cleared = co_await run_on(
        context_.writer, [this, id = *id, by = caller.actor()] { return context_.alarms.clear_in_exercise(id, by); });
    if (!cleared && cleared.error().kind == ErrorKind::not_found) {
      co_return Response::error(cleared.error(), "alarm.not_found");
    }
    if (!cleared) co_return refused(cleared.error());
    co_return alarm_answer(cleared);
  }

 private:
  std::string current() const { return render_exercise(context_); }

  Context& context_;
};

}  // namespace

std::string render_exercise(const Context& context, bool for_stream) {
  const auto running = context.alarms.board().exercise();
  std::string out;
  JsonWriter json(out);
  json.object();
  if (for_stream) json.field("type", "exercise");
  json.key("exercise");
  if (running) alarms::render(json, *running);
  else json.null();
  json.field("town", context.town.exercise).end();
  return out;
}

void add_exercise_routes(http::Router& router, Context& context) {
  auto routes = std::make_shared<ExerciseRoutes>(context);
  const RoleRouter add(router, context, routes);
  add(Method::get, "/api/v1/exercise", Role::viewer, &ExerciseRoutes::show);
  add(Method::get, "/api/v1/exercises", Role::viewer, &ExerciseRoutes::list);
  add(Method::post, "/api/v1/exercise", Role::op, &ExerciseRoutes::begin);
  add(Method::del, "/api/v1/exercise", Role::op, &ExerciseRoutes::end);
  add(Method::post, "/api/v1/exercise/alarms", Role::op, &ExerciseRoutes::raise);
  add(Method::post, "/api/v1/exercise/alarms/{id}/clear", Role::op, &ExerciseRoutes::clear);
}

}  // namespace qala::api
