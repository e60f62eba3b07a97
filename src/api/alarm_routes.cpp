#include <unordered_map>

#include "api/alarm_answers.h"
#include "alarms/render.h"
#include "api/authorize.h"
#include "api/body.h"
#include "api/routes.h"

namespace qala::api {

using access::Role;
using boost::asio::awaitable;
using http::Method;
using http::Request;
using http::Response;

Response alarm_refusal(const Error& error) {
  const std::string word = error.message.substr(0, error.message.find(':'));
  switch (error.kind) {
    case ErrorKind::not_found: return Response::error(error, "alarm.not_found");
    case ErrorKind::conflict: return Response::error(error, "alarm." + word);
    case ErrorKind::invalid:
      if (word == "reason") return Response::error(error, "alarm.reason_missing");
      if (word == "too_long") return Response::error(error, "alarm.shelve_too_long");
      return Response::error(error);
    default: return Response::error(error);
  }
}

Response alarm_answer(const Result<alarms::Alarm>& alarm) {
  if (!alarm) return alarm_refusal(alarm.error());
  std::string out;
  JsonWriter json(out);
  alarms::render(json, *alarm);
  return Response::json(std::move(out));
}

Result<AlarmId> alarm_id(const Request& request) {
  TRY(const auto id, parse_id(request.param("id"), std::uint64_t{1} << 53));
  return AlarmId(id);
}

awaitable<void> write_backlog(Context& context) {
  // Bounded: a flood that never ends must not keep anybody from acknowledging.
  for (int step = 0; step < 500; step++) {
    const auto more = co_await run_on(context.writer, [&context] { return context.alarms.apply_some(); });
    if (!more || !*more) co_return;
  }
}

namespace {

/// So many of a mass acknowledgement in one step of the writer.
constexpr std::size_t kAtOnce = alarms::RuleEngine::kMostAtOnce / 4;

void render_ids(JsonWriter& json, std::string_view name, const std::vector<AlarmId>& ids) {
  json.key(name).array();
  for (const AlarmId id : ids) json.integer(static_cast<std::int64_t>(id.value));
  json.end();
}

void append(std::vector<AlarmId>& to, const std::vector<AlarmId>& ids) { to.insert(to.end(), ids.begin(), ids.end()); }

class AlarmRoutes {
 public:
  explicit AlarmRoutes(Context& context) : context_(context) {}

  awaitable<Response> list(Request& request, const Caller&) {
    const auto state = alarms::state_from(request.query_value("state").value_or("open"));
    const auto limit = count_of(request, "limit", 1000, 10'000);
    const auto thing = count_of(request, "thing", 0, kMaxEntityId);
    const auto since = time_of(request, "since", 0);
    if (!state) co_return Response::error(fail(ErrorKind::invalid, "state: open, closed or all"));
    if (!limit || !thing) co_return Response::error(limit ? thing.error() : limit.error());
    if (!since) co_return Response::error(since.error());
    const alarms::Query query{
        .state = *state, .limit = *limit, .thing = ThingId(static_cast<std::uint32_t>(*thing)), .since = *since};
    auto found = co_await run_on(context_.pool, [this, query] { return context_.alarms.board().list(query); });
    if (!found) co_return Response::error(found.error());
    const auto now = context_.alarms.board().snapshot();
    std::string out;
    JsonWriter json(out);
    json.object().key("alarms");
    alarms::render(json, std::span<const alarms::Alarm>(*found));
    json.key("counts");
    alarms::render(json, now->counts);
    json.key("aside");
    alarms::render(json, now->aside);
    json.end();
    co_return Response::json(std::move(out));
  }

  awaitable<Response> get(Request& request, const Caller&) {
    const auto id = alarm_id(request);
    if (!id) co_return Response::error(id.error(), "alarm.not_found");
    co_await write_backlog(context_);
    auto text = co_await run_on(context_.pool, [this, id = *id]() -> Result<std::string> {
      const auto& board = context_.alarms.board();
      TRY(const auto alarm, board.find(id));
      TRY(const auto history, board.history(id));
      std::string out;
      JsonWriter json(out);
      alarms::render(json, alarm, history);
      return out;
    });
    if (!text) co_return alarm_refusal(text.error());
    co_return Response::json(std::move(*text));
  }

  awaitable<Response> acknowledge(Request& request, const Caller& caller) {
    const auto id = alarm_id(request);
    if (!id) co_return Response::error(id.error(), "alarm.not_found");
    auto comment = comment_of(request);
    if (!comment) co_return Response::error(comment.error());
    co_await write_backlog(context_);
    auto done = co_await run_on(context_.writer, [this, id = *id, by = caller.actor(), text = *comment] {
      return context_.alarms.acknowledge(id, by, text);
    });
    if (!done && done.error().kind == ErrorKind::conflict)
      co_return Response::error(done.error(), "alarm.already_acknowledged");
    co_return alarm_answer(done);
  }

  /// What the caller may not answer is left as it is and told. In steps, so that readings are written in between; what
  /// was done before a failure stays done.
  awaitable<Response> acknowledge_many(Request& request, const Caller& caller) {
    auto body = Body::parse(request.body);
    if (!body) co_return Response::error(body.error());
    const auto numbers = body->integers("ids", 10'000);
    if (!numbers) co_return Response::error(numbers.error());
    const auto text = body->optional_text("comment");
    if (!text) co_return Response::error(text.error());
    std::vector<AlarmId> ids;
    for (const auto number : *numbers) ids.emplace_back(static_cast<std::uint64_t>(std::max<std::int64_t>(number, 0)));
    alarms::Acknowledged all;
    std::vector<AlarmId> others;
    co_await write_backlog(context_);
    for (std::size_t from = 0; from < ids.size(); from += kAtOnce) {
      std::vector<AlarmId> some(ids.begin() + static_cast<std::ptrdiff_t>(from),
                                ids.begin() + static_cast<std::ptrdiff_t>(std::min(from + kAtOnce, ids.size())));
      auto done = co_await run_on(context_.writer, [&, caller, comment = text->value_or("")] {
        take_others(caller, some, others, all.unknown);
        return context_.alarms.acknowledge(some, caller.actor(), comment);
      });
      if (!done) co_return alarm_refusal(done.error());
      append(all.done, done->done);
      append(all.already, done->already);
      append(all.unknown, done->unknown);
    }
    std::string out;
    JsonWriter json(out);
    json.object();
    render_ids(json, "acknowledged", all.done);
    render_ids(json, "already", all.already);
    render_ids(json, "unknown", all.unknown);
    render_ids(json, "not_allowed", others);
    json.end();
    co_return Response::json(std::move(out));
  }

  awaitable<Response> comment(Request& request, const Caller& caller) {
    const auto id = alarm_id(request);
    if (!id) co_return Response::error(id.error(), "alarm.not_found");
    auto body = Body::parse(request.body);
    if (!body) co_return Response::error(body.error());
    auto text = body->text("text");
    if (!text) co_return Response::error(text.error());
    co_await write_backlog(context_);
    co_return alarm_answer(co_await run_on(context_.writer, [this, id = *id, by = caller.actor(), text = *text] {
      return context_.alarms.comment(id, by, text);
    }));
  }

 private:
  /// Takes those out of `ids` that the caller may not answer, and those of which nobody has heard: the same step may
  /// raise them, wherever. Writer thread.
  void take_others(const Caller& caller, std::vector<AlarmId>& ids, std::vector<AlarmId>& others,
                   std::vector<AlarmId>& unknown) const {
    if (caller.may(Role::op)) return;
    std::unordered_map<AlarmId, const alarms::Alarm*> open;
    for (const AlarmId id : ids) open[id] = nullptr;
    const auto now = context_.alarms.board().snapshot();
    for (const auto& alarm : now->open) {
      if (const auto named = open.find(alarm->id); named != open.end()) named->second = alarm.get();
    }
    std::erase_if(ids, [&](AlarmId id) {
      const auto* alarm = open[id];
      if (alarm ? may_answer(caller, *alarm) : is_closed(id)) return false;
      (alarm ? others : unknown).push_back(id);
      return true;
    });
  }

  bool may_answer(const Caller& caller, const alarms::Alarm& alarm) const {
    bool may = false;
    context_.registry.read(
        [&](const registry::Registry::View& view) { may = caller.may(Role::op, part_of(view, alarm)); });
    return may;
  }

  bool is_closed(AlarmId id) const {
    const auto alarm = context_.alarms.board().find(id);
    return alarm && !alarm->is_open();
  }

  static Result<std::string> comment_of(const Request& request) {
    if (request.body.empty()) return std::string();
    TRY(const auto body, Body::parse(request.body));
    TRY(const auto text, body.optional_text("comment"));
    return text.value_or("");
  }

  Context& context_;
};

}  // namespace

void add_alarm_routes(http::Router& router, Context& context) {
  auto routes = std::make_shared<AlarmRoutes>(context);
  const RoleRouter add(router, context, routes);
  add(Method::get, "/api/v1/alarms", Role::viewer, &AlarmRoutes::list);
  add(Method::get, "/api/v1/alarms/{id}", Role::viewer, &AlarmRoutes::get);
  add(Method::post, "/api/v1/alarms/acknowledge", somewhere(Role::op), &AlarmRoutes::acknowledge_many);
  add(Method::post, "/api/v1/alarms/{id}/acknowledge", of_alarm(Role::op), &AlarmRoutes::acknowledge);
  add(Method::post, "/api/v1/alarms/{id}/comments", of_alarm(Role::op), &AlarmRoutes::comment);
  add_performance_routes(router, context);
  add_handling_routes(router, context);
  add_rule_routes(router, context);
  add_exercise_routes(router, context);
}

}  // namespace qala::api
