#include "alarms/performance.h"
#include "api/alarm_answers.h"
#include "api/authorize.h"
#include "api/body.h"

namespace qala::api {

using access::Role;
using boost::asio::awaitable;
using http::Method;
using http::Request;
using http::Response;

namespace {

constexpr std::int64_t kLongest = 400 * Instant::kDay;

awaitable<Response> performance(Context& context, Request& request) {
  const std::int64_t now = context.clock.now().ns;
  const auto to = time_of(request, "to", now);
  if (!to) co_return Response::error(to.error());
  const auto from = time_of(request, "from", *to - 7 * Instant::kDay);
  if (!from) co_return Response::error(from.error());
  const auto operators = count_of(request, "operators", 1, 100);
  if (!operators) co_return Response::error(operators.error());
  if (*from >= *to || *to - *from > kLongest) {
    co_return Response::error(fail(ErrorKind::invalid, "from: must lie before to, by 400 days at most"));
  }
  co_await write_backlog(context);
  auto text = co_await run_on(context.pool,
                              [path = context.folder + "/town.db", rules = context.rules.rules(), first = *from,
                               last = *to, people = std::max<std::uint64_t>(*operators, 1)]() -> Result<std::string> {
                                TRY(const auto figures, alarms::measure(path, first, last, people, *rules));
                                std::string out;
                                JsonWriter json(out);
                                alarms::render(json, figures);
                                return out;
                              });
  if (!text) co_return Response::error(text.error());
  co_return Response::json(std::move(*text));
}

}  // namespace

void add_performance_routes(http::Router& router, Context& context) {
  router.add(Method::get, "/api/v1/alarms/performance",
             with_role(context, Role::viewer,
                       [&context](Request& request, const Caller&) { return performance(context, request); }));
}

}  // namespace qala::api
