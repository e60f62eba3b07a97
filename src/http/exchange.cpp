#include <algorithm>
#include <exception>

#include "base/log.h"
#include "http/ascii.h"
#include "http/connection.h"
#include "http/target.h"

namespace qala::http {
namespace {

ErrorKind kind_of(unsigned status) {
  switch (status) {
    case 404: return ErrorKind::not_found;
    case 403: return ErrorKind::denied;
    case 408: return ErrorKind::timeout;
    case 500: return ErrorKind::internal;
    case 503: return ErrorKind::unavailable;
    default: return ErrorKind::invalid;
  }
}

Response response_to(const Refusal& refusal) {
  auto response = Response::error(fail(kind_of(refusal.status), std::string(refusal.message)), refusal.code);
  response.status = refusal.status;
  return response;
}

/// A browser says where a page that opens a WebSocket comes from: only our own may. Programs send no Origin; what they
/// may is the route's business, but a cookie without an Origin would be no proof of will.
bool origin_is_welcome(const Request& request) {
  const auto origin = request.header("origin");
  if (origin.empty()) {
    const auto shown = request.header("authorization");
    return request.header("cookie").empty() ||
           (shown.size() > 7 && equals_ignoring_case(shown.substr(0, 7), "bearer "));
  }
  const auto scheme = origin.find("://");
  return scheme != std::string_view::npos && equals_ignoring_case(origin.substr(scheme + 3), request.header("host"));
}

}  // namespace

asio::awaitable<void> Connection::refuse_head(Refusal refusal) {
  Exchange exchange;
  exchange.body_unread = true;
  co_await refuse(exchange, refusal);
}

asio::awaitable<bool> Connection::refuse(Exchange& exchange, Refusal refusal) {
  if (refusal.status == 0) co_return false;
  ++core_->counters.refused;
  if (exchange.body_unread) exchange.keep = false;
  auto response = response_to(refusal);
  if (!exchange.match.allow.empty()) response.headers.emplace_back("Allow", exchange.match.allow);
  if (refusal.status == 503) response.headers.emplace_back("Retry-After", "1");
  if (refusal.status == 426) {
    response.headers.emplace_back("Upgrade", "websocket");
    response.headers.emplace_back("Sec-WebSocket-Version", "13");
  }
  co_return co_await send(exchange, response);
}

asio::awaitable<bool> Connection::answer(Head head) {
  ++core_->counters.requests;
  Exchange exchange;
  exchange.head = std::move(head);
  exchange.keep = exchange.head.keep_alive;
  auto& request = exchange.request;
  request.method = exchange.head.method;
  request.id = ++core_->last_request;
  request.peer = peer_;
  request.secure = frame_.secure;
  auto target = parse_target(exchange.head.target);
  request.target = std::move(exchange.head.target);
  request.headers = std::move(exchange.head.headers);
  if (!target) {
    exchange.body_unread = true;
    co_return co_await refuse(exchange, target.error());
  }
  request.path = std::move(target->path);
  request.query = std::move(target->query);
  exchange.match = core_->router.impl().match(request.method, request.path);
  request.params = std::move(exchange.match.params);
  if (exchange.match.socket && (exchange.head.upgrade_websocket || !exchange.match.route))
    co_return co_await answer_upgrade(exchange);
  if (exchange.match.route) co_return co_await answer_route(exchange);
  co_return co_await answer_without_route(exchange);
}

asio::awaitable<bool> Connection::answer_route(Exchange& exchange) {
  const auto& options = exchange.match.route->options;
  const bool has_body = exchange.head.chunked || exchange.head.content_length.value_or(0) > 0;
  if (auto stranger = options.admits && has_body ? options.admits(exchange.request) : std::nullopt) {
    if (auto refused = co_await skip_body(exchange)) co_return co_await refuse(exchange, *refused);
    co_return co_await send(exchange, *stranger);
  }
  auto refused = co_await read_body(exchange, options);
  bool sent = false;
  if (refused) {
    const auto& told = options.body_refused;
    core_->give_back(std::move(exchange.request.body));
    exchange.share.drop();  // what comes now may take its time
    if (told && refused->status != 0) told(exchange.request, refused->status, refused->message);
    sent = co_await refuse(exchange, *refused);
  } else {
    auto response = co_await run_handler(exchange);
    sent = co_await send(exchange, response);
    core_->give_back(std::move(exchange.request.body));
  }
  co_return sent;
}

asio::awaitable<Response> Connection::run_handler(Exchange& exchange) {
  const auto& route = *exchange.match.route;
  const auto start = core_->now_ns();
  Response response;
  std::string thrown;
  try {
    response = co_await route.handler(exchange.request);
  } catch (const std::exception& problem) {
    thrown = problem.what();
    response = Response::error(fail(ErrorKind::internal, "the server failed on this request"));
  }
  const auto id = exchange.request.id;
  if (!thrown.empty()) log::error("handler threw", {{"request", id}, {"route", route.pattern}, {"what", thrown}});
  if (const auto took = core_->now_ns() - start; took > std::chrono::nanoseconds(core_->options.timeouts.slow).count())
    log::warn("slow request", {{"request", id}, {"route", route.pattern}, {"ms", took / 1'000'000}});
  if (response.status >= 500)
    log::warn("request failed", {{"request", id}, {"route", route.pattern}, {"status", response.status}});
  co_return response;
}

asio::awaitable<bool> Connection::answer_without_route(Exchange& exchange) {
  const auto& match = exchange.match;
  if (auto refused = co_await skip_body(exchange)) co_return co_await refuse(exchange, *refused);
  if (!match.allow.empty()) {
    if (exchange.request.method != Method::options)
      co_return co_await refuse(exchange, {405, "http.method_not_allowed", "this path does not take this method"});
    auto response = Response::empty();
    response.headers.emplace_back("Allow", match.allow);
    co_return co_await send(exchange, response);
  }
  Response response;
  response.content_type.clear();
  if (match.folder) {
    const auto relative = std::string_view(exchange.request.path).substr(match.folder->prefix.size());
    if (auto path = path_below(match.folder->folder, relative)) response.file = std::move(*path);
  }
  if (response.file.empty() && match.page) {
    response.file = match.page->folder;
    response.headers.emplace_back("Cache-Control", "no-cache");
  }
  if (response.file.empty())
    co_return co_await refuse(exchange, {404, "http.not_found", "there is nothing at this path"});
  co_return co_await send(exchange, response);
}

asio::awaitable<bool> Connection::answer_upgrade(Exchange& exchange) {
  auto& request = exchange.request;
  if (!exchange.head.upgrade_websocket || request.header("sec-websocket-version") != "13")
    co_return co_await refuse(exchange, {426, "http.upgrade_required", "this path speaks WebSocket, version 13"});
  exchange.body_unread = exchange.head.chunked || exchange.head.content_length.value_or(0) > 0 || !buffered().empty();
  if (exchange.body_unread || request.header("sec-websocket-key").empty())
    co_return co_await refuse(exchange, {400, "http.bad_upgrade", "an upgrade has a key and no body"});
  if (!origin_is_welcome(request))
    co_return co_await refuse(exchange, {403, "http.foreign_origin", "pages of other sites may not connect here"});
  auto decision = co_await exchange.match.socket->route(request);
  if (!decision.handler) co_return co_await send(exchange, decision.refusal);
  socket_ = transport_->upgrade(request, std::move(decision.handler), core_->options);
  transport_.reset();
  ++core_->counters.websockets;
  co_await socket_->run();
  --core_->counters.websockets;
  if (socket_->was_slow()) ++core_->counters.slow_readers;
  co_return false;
}

}  // namespace qala::http
