
#include "api/authorize.h"
#include "api/body.h"
#include "api/routes.h"
#include "base/json_writer.h"
#include "base/threads.h"
#include "ingest/device_rows.h"
#include "ingest/line_protocol.h"
#include "ingest/table_readings.h"

namespace qala::api {

namespace asio = boost::asio;
using access::Scope;
using asio::awaitable;
using http::Method;
using http::Request;
using http::Response;
using ingest::Report;
using ingest::Submission;

namespace {

Response refused(unsigned status, std::string_view code, std::string message) {
  auto response = Response::error(fail(ErrorKind::denied, std::move(message)), code);
  response.status = status;
  return response;
}

std::optional<std::int64_t> unit_of(std::string_view precision) {
  if (precision.empty() || precision == "ns" || precision == "n") return 1;
  if (precision == "us" || precision == "u" || precision == "µ") return 1'000;
  if (precision == "ms") return 1'000'000;
  if (precision == "s") return Instant::kSecond;
  if (precision == "m") return Instant::kMinute;
  if (precision == "h") return Instant::kHour;
  return std::nullopt;
}

/// What InfluxDB's clients expect of a partial failure, with every bad line.
Response partial(const Report& report) {
  std::string out;
  JsonWriter json(out);
  const auto& first = report.problems.front();
  json.object().field("code", "invalid");
  json.field("message", "partial write: line " + std::to_string(first.line) + ": " + first.message);
  json.field("accepted", report.accepted + report.duplicates + report.unclaimed).field("rejected", report.rejected);
  json.key("lines").array();
  for (const auto& problem : report.problems) {
    json.object().field("line", problem.line).field("reason", problem.reason).field("message", problem.message).end();
  }
  json.end().end();
  return Response::json(std::move(out), 400);
}

class WriteRoutes {
 public:
  explicit WriteRoutes(Context& context) : context_(context) {}

  /// POST /api/v2/write and /write: line protocol.
  awaitable<Response> lines(Request& request) {
    const auto grant = bulk_grant(request);
    if (!grant) co_return no_token();
    const auto unit = unit_of(request.query_value("precision").value_or("ns"));
    if (!unit) co_return malformed(*grant, fail(ErrorKind::invalid, "precision: ns, us, ms or s (or m, h)"));
    Submission submission = bulk(*grant, request);
    const ingest::LineOptions options{.unit_ns = *unit, .now = context_.clock.now()};
    submission = co_await run_on(context_.pool, [this, &request, options, s = std::move(submission)]() mutable {
      ingest::parse_lines(request.body, options, context_.series, s);
      return std::move(s);
    });
    co_return answer(co_await submit(std::move(submission)), 204);
  }

  /// POST /api/v2/readings: JSON or CSV.
  awaitable<Response> readings(Request& request) {
    const auto grant = bulk_grant(request);
    if (!grant) co_return no_token();
    Submission submission = bulk(*grant, request);
    const bool csv = request.header("content-type").starts_with("text/csv");
    const Instant now = context_.clock.now();
    const auto parsed = co_await run_on(context_.pool, [&] {
      return csv ? ingest::parse_csv_readings(request.body, now, submission)
                 : ingest::parse_json_readings(request.body, now, submission);
    });
    if (!parsed) co_return malformed(*grant, parsed.error());
    co_return answer(co_await submit(std::move(submission)), 204);
  }

  /// POST /api/v1/{token}/telemetry and .../attributes: ThingsBoard's device API.
  awaitable<Response> device(Request& request) {
    const auto grant = device_grant(request);
    if (!grant) co_return no_device(request);
    Submission submission;
    submission.source = {.transport = ingest::Transport::http, .name = grant->name, .thing = grant->thing};
    add_receipt(request, *grant, submission);
    {
      ingest::DeviceRows rows(context_.series, submission, context_.clock.now());
      if (auto parsed = rows.device(request.body, {}); !parsed) co_return malformed(*grant, parsed.error());
    }
    auto report = co_await submit(std::move(submission));
    if (!report) co_return Response::error(report.error());
    co_return report->problems.empty() ? Response::text("") : partial(*report);
  }

  /// Asked before a body is read: nobody, or the answer to a stranger.
  std::optional<Response> turn_away(const Request& request) const {
    return bulk_grant(request) ? std::nullopt : std::optional(no_token());
  }
  std::optional<Response> turn_device_away(const Request& request) const {
    return device_grant(request) ? std::nullopt : std::optional(no_device(request));
  }

  /// A body that did not even reach us whole: counted like everything else that is not taken in.
  void body_refused(unsigned status, std::string_view message) const {
    context_.probe.reject(status == 413 ? "oversized" : "malformed", 1, "HTTP: " + std::string(message),
                          context_.clock.now());
  }

 private:
  /// Nothing of the body could be read: one reject, since nobody knows how many readings were meant.
  Response malformed(const access::Grant& grant, const Error& why) const {
    context_.probe.reject("malformed", 1, grant.name + ": " + why.message, context_.clock.now());
    return Response::error(why);
  }

  Response no_token() const {
    context_.probe.reject("credentials", 1, "write without a token of scope ingest", context_.clock.now());
    return refused(401, "token.unknown", "send a token of scope ingest: Authorization: Token T");
  }

  Response no_device(const Request& request) const {
    context_.probe.reject("credentials", 1, "device API from " + request.peer, context_.clock.now());
    return refused(401, "token.unknown", "this device token is unknown, expired or revoked");
  }

  std::optional<access::Grant> device_grant(const Request& request) const {
    auto grant = context_.access.find_token(request.param("token"));
    if (grant && grant->scope != Scope::device && grant->scope != Scope::gateway) grant.reset();
    return grant;
  }

  std::optional<access::Grant> bulk_grant(const Request& request) const {
    std::string scratch;
    const auto text = token_text(request, scratch);
    auto grant = text.empty() ? std::nullopt : context_.access.find_token(text);
    if (grant && grant->scope != Scope::ingest && grant->scope != Scope::admin) grant.reset();
    return grant;
  }

  Submission bulk(const access::Grant& grant, const Request& request) const {
    Submission submission;
    submission.source = {.transport = ingest::Transport::http,
                         .name = grant.name,
                         .thing = {},
                         .may_create = context_.auto_claim,
                         .refuse_future = true};
    add_receipt(request, grant, submission);
    return submission;
  }

  static void add_receipt(const Request& request, const access::Grant& grant, Submission& submission) {
    const auto key = request.header("idempotency-key");
    if (key.empty()) return;
    submission.receipts.push_back(
        {ingest::hash_bytes(key, 0x68747470ULL + grant.token.value), ingest::hash_bytes(request.body, 0x626f6479ULL)});
    submission.check_receipts = true;
  }

  /// Resumes once the commit is on disk.
  awaitable<Result<Report>> submit(Submission submission) {
    return answer_of<Result<Report>>([this, submission = std::move(submission)](auto done) mutable {
      submission.done = std::move(done);
      context_.intake.submit(std::move(submission));
    });
  }

  static Response answer(const Result<Report>& report, unsigned fine) {
    if (!report) {
      auto response = Response::error(report.error());
      if (report.error().kind == ErrorKind::unavailable) response.headers.emplace_back("Retry-After", "1");
      return response;
    }
    return report->problems.empty() ? Response::empty(fine) : partial(*report);
  }

  Context& context_;
};

}  // namespace

void add_write_routes(http::Router& router, Context& context) {
  auto routes = std::make_shared<WriteRoutes>(context);
  const auto told = [routes](const Request&, unsigned status, std::string_view message) {
    routes->body_refused(status, message);
  };
  const http::RouteOptions bulk{.body_limit = 32 << 20,
                                .unpacked_limit = 128 << 20,
                                .admits = [routes](const Request& request) { return routes->turn_away(request); },
                                .body_refused = told};
  const http::RouteOptions small{
      .body_limit = 256 << 10,
      .unpacked_limit = 1 << 20,
      .admits = [routes](const Request& request) { return routes->turn_device_away(request); },
      .body_refused = told};
  router.add(Method::post, "/api/v2/write", for_anybody([routes](Request& r) { return routes->lines(r); }), bulk);
  router.add(Method::post, "/write", for_anybody([routes](Request& r) { return routes->lines(r); }), bulk);
  router.add(Method::post, "/api/v2/readings", for_anybody([routes](Request& r) { return routes->readings(r); }), bulk);
  router.add(Method::post, "/api/v1/{token}/telemetry", for_anybody([routes](Request& r) { return routes->device(r); }),
             small);
  router.add(Method::post, "/api/v1/{token}/attributes",
             for_anybody([routes](Request& r) { return routes->device(r); }), small);
}

}  // namespace qala::api
