#include <algorithm>
#include <cstdlib>
#include <limits>
#include <set>

#include <fmt/format.h>

#include "api/authorize.h"
#include "api/body.h"
#include "api/erasing.h"
#include "api/render.h"
#include "api/routes.h"

namespace qala::api {

using access::Role;
using boost::asio::awaitable;
using http::Method;
using http::Request;
using http::Response;
using readings::Bucket;
using readings::Calendar;
using readings::Window;
using View = registry::Registry::View;

namespace {

constexpr std::size_t kMaxRows = 1'000'000;
constexpr std::int64_t kMaxBuckets = 200'000;

std::optional<CalendarUnit> unit_from(std::string_view name) {
  if (name == "minute") return CalendarUnit::minute;
  if (name == "hour") return CalendarUnit::hour;
  if (name == "day") return CalendarUnit::day;
  if (name == "week") return CalendarUnit::week;
  if (name == "month") return CalendarUnit::month;
  if (name == "year") return CalendarUnit::year;
  return std::nullopt;
}

std::int64_t shortest(CalendarUnit unit) {
  switch (unit) {
    case CalendarUnit::minute: return Instant::kMinute;
    case CalendarUnit::hour: return Instant::kHour;
    default: return Instant::kDay;
  }
}

/// from, to, unit, count, zone of a request that asks for buckets.
struct BucketQuery {
  Window window;
  Calendar calendar;
  std::string unit_name;
  Zone zone;
};

Result<Window> window_of(const Context& context, const Request& request) {
  const std::int64_t now = context.clock.now().ns;
  TRY(const auto to, time_of(request, "to", now + 1));
  TRY(const auto from, time_of(request, "from", to - Instant::kDay));
  if (from >= to) return fail(ErrorKind::invalid, "from must lie before to");
  return Window{from, to};
}

Result<BucketQuery> bucket_query(const Context& context, const Request& request) {
  TRY(const auto window, window_of(context, request));
  BucketQuery query{.window = window,
                    .calendar = {},
                    .unit_name = std::string(request.query_value("unit").value_or("hour")),
                    .zone = context.zone};
  const auto unit = unit_from(query.unit_name);
  if (!unit) return fail(ErrorKind::invalid, "unit: minute, hour, day, week, month or year");
  TRY(const auto count, count_of(request, "count", 1, 1000));
  if (count == 0) return fail(ErrorKind::invalid, "count must be at least 1");
  query.calendar = {*unit, static_cast<int>(count)};
  if ((window.to - window.from) / (shortest(*unit) * query.calendar.count) > kMaxBuckets) {
    return fail(ErrorKind::invalid, "more than 200000 buckets: take a larger unit or a shorter window");
  }
  if (const auto name = request.query_value("zone"); name && !name->empty()) {
    TRY(query.zone, Zone::find(*name));
  }
  return query;
}

/// datastreams=1,2,3 | all, or by kind= and property=.
Result<std::vector<DatastreamId>> streams_of(const Context& context, const Request& request) {
  std::vector<DatastreamId> out;
  const auto list = request.query_value("datastreams").value_or("");
  if (!list.empty() && list != "all") {
    for (std::size_t from = 0; from <= list.size();) {
      const std::size_t comma = std::min(list.find(',', from), list.size());
      TRY(const auto id, parse_id(list.substr(from, comma - from), kMaxEntityId));
      out.emplace_back(static_cast<std::uint32_t>(id));
      from = comma + 1;
    }
    return out;
  }
  const auto kind_name = request.query_value("kind").value_or("");
  const auto property_key = request.query_value("property").value_or("");
  const auto kind = registry::kind_from(kind_name);
  if (!kind_name.empty() && !kind)
    return fail(ErrorKind::invalid, "kind \"" + std::string(kind_name) + "\" is unknown");
  bool known_property = property_key.empty();
  context.registry.read([&](const View& view) {
    const auto* property = property_key.empty() ? nullptr : view.property(property_key);
    known_property = known_property || property;
    view.each_datastream([&](const registry::Datastream& stream) {
      if (property && stream.property != property->id) return;
      const auto* thing = kind ? view.thing(stream.thing) : nullptr;
      if (kind && (!thing || thing->kind != *kind)) return;
      out.push_back(stream.id);
    });
  });
  if (!known_property) return fail(ErrorKind::invalid, "property \"" + std::string(property_key) + "\" is unknown");
  return out;
}

class ReadingsRoutes {
 public:
  explicit ReadingsRoutes(Context& context) : context_(context) {}

  awaitable<Response> latest(Request&, const Caller&) {
    auto out = co_await run_on(context_.pool, [this] {
      const auto values = context_.store.latest_all();
      std::string text;
      text.reserve(values.size() * 36 + 64);
      JsonWriter json(text);
      json.object().field("at", context_.clock.now().ms()).key("values");
      render_latest(json, values);
      json.end();
      return text;
    });
    co_return Response::json(std::move(out));
  }

  awaitable<Response> observations(Request& request, const Caller&) {
    const auto id = parse_id(request.param("id"), kMaxEntityId);
    if (!id) co_return Response::error(id.error(), "datastream.not_found");
    const auto window = window_of(context_, request);
    const auto limit = count_of(request, "limit", 10'000, kMaxRows);
    if (!window || !limit) co_return Response::error(window ? limit.error() : window.error());
    const bool newest_first = request.query_value("order").value_or("asc") == "desc";
    const DatastreamId stream(static_cast<std::uint32_t>(*id));
    auto out =
        co_await run_on(context_.pool, [this, stream, w = *window, n = *limit, newest_first]() -> Result<std::string> {
          TRY(const auto range, context_.store.range(stream, w, n, false, newest_first));
          return render_range(stream, range);
        });
    co_return out ? Response::json(std::move(*out)) : Response::error(out.error());
  }

  awaitable<Response> buckets(Request& request, const Caller&) {
    const auto id = parse_id(request.param("id"), kMaxEntityId);
    if (!id) co_return Response::error(id.error(), "datastream.not_found");
    const auto query = bucket_query(context_, request);
    if (!query) co_return Response::error(query.error());
    const DatastreamId stream(static_cast<std::uint32_t>(*id));
    auto out = co_await run_on(context_.pool, [this, stream, q = *query]() -> Result<std::string> {
      TRY(const auto found, context_.store.buckets(stream, q.window, q.calendar, q.zone));
      std::string text;
      JsonWriter json(text);
      json.object().field("datastream", stream.value).field("unit", q.unit_name).field("zone", q.zone.name());
      json.key("buckets").array();
      for (const Bucket& b : found) {
        json.array();
        render_ms(json, b.start);
        json.number(b.mean())
            .measured(b.min)
            .measured(b.max)
            .integer(static_cast<std::int64_t>(b.count))
            .measured(b.last)
            .end();
      }
      json.end().end();
      return text;
    });
    co_return out ? Response::json(std::move(*out)) : Response::error(out.error());
  }

  static void render_means(JsonWriter& json, DatastreamId id, std::span<const Bucket> buckets) {
    json.object().field("datastream", id.value).key("buckets").array();
    for (const Bucket& bucket : buckets) {
      json.array();
      render_ms(json, bucket.start);
      json.number(bucket.mean()).end();
    }
    json.end().end();
  }

  awaitable<Response> buckets_of_many(Request& request, const Caller&) {
    const auto query = bucket_query(context_, request);
    if (!query) co_return Response::error(query.error());
    const auto streams = streams_of(context_, request);
    if (!streams) co_return Response::error(streams.error());
    auto out = co_await run_on(context_.pool, [this, ids = *streams, q = *query]() -> Result<std::string> {
      std::string text;
      JsonWriter json(text);
      json.object().field("unit", q.unit_name).field("zone", q.zone.name()).key("series").array();
      const std::size_t start = text.size();
      std::string rest;  // of the second half, made at the same time
      JsonWriter rest_json(rest);
      rest_json.array();
      TRY_VOID(context_.store.buckets_of_many(ids, q.window, q.calendar, q.zone,
                                              [&](std::size_t half, DatastreamId id, std::span<const Bucket> found) {
                                                render_means(half == 0 ? json : rest_json, id, found);
                                              }));
      const std::string_view others = std::string_view(rest).substr(1);
      if (text.size() != start && !others.empty()) text += ',';
      text += others;
      json.end().end();
      return text;
    });
    co_return out ? Response::json(std::move(*out)) : Response::error(out.error());
  }

  awaitable<Response> exceedance(Request& request, const Caller&) {
    const auto query = bucket_query(context_, request);
    if (!query) co_return Response::error(query.error());
    const auto streams = streams_of(context_, request);
    if (!streams) co_return Response::error(streams.error());
    const auto limit_text = request.query_value("limit").value_or("");
    char* end = nullptr;
    const std::string limit_copy(limit_text);
    const double limit = std::strtod(limit_copy.c_str(), &end);
    if (limit_copy.empty() || *end != '\0')
      co_return Response::error(fail(ErrorKind::invalid, "limit must be a number"));
    auto out = co_await run_on(context_.pool, [this, ids = *streams, q = *query, limit]() -> Result<std::string> {
      TRY(const auto found, context_.store.exceedance(ids, q.window, q.calendar, q.zone, limit));
      std::string text;
      JsonWriter json(text);
      json.object().field("limit", limit).key("datastreams").array();
      for (const auto& e : found) {
        json.array().integer(e.datastream.value).number(e.highest_mean);
        render_ms(json, e.at);
        json.integer(e.buckets).end();
      }
      json.end().end();
      return text;
    });
    co_return out ? Response::json(std::move(*out)) : Response::error(out.error());
  }

  /// Streams a window as CSV, 20,000 readings at a time. What could not be read is told in lines at the end.
  awaitable<Response> export_csv(Request& request, const Caller&) {
    const auto id = parse_id(request.param("id"), kMaxEntityId);
    if (!id) co_return Response::error(id.error(), "datastream.not_found");
    const auto window = window_of(context_, request);
    if (!window) co_return Response::error(window.error());
    struct Export {
      Context& context;
      DatastreamId stream;
      Window left;
      bool first = true, done = false;
      std::set<std::string> damaged;
      Result<std::string> next() {
        if (done) return std::string();
        std::string text = std::exchange(first, false) ? "time,value,flags\n" : "";
        TRY(const auto range, context.store.range(stream, left, 20'000));
        for (const auto& row : range.batch.rows) append_csv(text, range.batch, row);
        done = !range.more || range.batch.rows.empty();
        damaged.insert(range.damaged.begin(), range.damaged.end());
        if (!done) left.from = range.batch.rows.back().time + 1;
        if (!done) return text;
        for (const auto& damage : damaged) text += "# damaged: " + damage + '\n';
        return text;
      }
      awaitable<Result<std::string>> piece() {
        co_return co_await run_on(context.pool, [this] { return next(); });
      }
    };
    auto state = std::make_shared<Export>(context_, DatastreamId(static_cast<std::uint32_t>(*id)), *window);
    Response response;
    response.content_type = "text/csv; charset=utf-8";
    response.headers.emplace_back("Content-Disposition",
                                  "attachment; filename=\"datastream-" + std::to_string(*id) + ".csv\"");
    response.stream = [state] { return state->piece(); };
    co_return response;
  }

  awaitable<Response> erase(Request& request, const Caller& caller) {
    const auto id = parse_id(request.param("id"), kMaxEntityId);
    if (!id) co_return Response::error(id.error(), "datastream.not_found");
    const DatastreamId stream(static_cast<std::uint32_t>(*id));
    auto recorded = co_await run_on(context_.writer, [this, stream, actor = caller.actor()] {
      return context_.audit.append({.actor = actor,
                                    .action = "observations.erased",
                                    .object = "datastream " + std::to_string(stream.value),
                                    .detail = ""});
    });
    if (!recorded) co_return Response::error(recorded.error());
    const auto done = co_await erase_all_readings(context_, stream);
    co_return done ? Response::empty() : Response::error(done.error());
  }

 private:
  static void append_csv(std::string& text, const readings::Batch& batch, const readings::Observation& row) {
    text += to_iso({row.time});
    text += ',';
    append_csv_value(text, batch, row);
    text += ',';
    text += std::to_string(row.flags);
    text += '\n';
  }

  static std::string render_range(DatastreamId stream, const readings::Range& range) {
    std::string text;
    text.reserve(range.batch.rows.size() * 28 + 64);
    JsonWriter json(text);
    json.object().field("datastream", stream.value).key("values").array();
    for (const auto& row : range.batch.rows) {
      json.array();
      render_ms(json, row.time);
      const bool textual = row.type >= readings::ValueType::text;
      render_value(json, row.type, row.scale, row.bits, textual ? range.batch.text_of(row.bits) : std::string_view());
      json.integer(row.flags).end();
    }
    json.end().field("more", range.more).key("damaged").array();
    for (const auto& damage : range.damaged) json.string(damage);
    json.end().end();
    return text;
  }

  Context& context_;
};

}  // namespace

void add_readings_routes(http::Router& router, Context& context) {
  auto routes = std::make_shared<ReadingsRoutes>(context);
  const RoleRouter add(router, context, routes);
  add(Method::get, "/api/v1/latest", Role::viewer, &ReadingsRoutes::latest);
  add(Method::get, "/api/v1/datastreams/{id}/observations", Role::viewer, &ReadingsRoutes::observations);
  add(Method::del, "/api/v1/datastreams/{id}/observations", Role::admin, &ReadingsRoutes::erase);
  add(Method::get, "/api/v1/datastreams/{id}/buckets", Role::viewer, &ReadingsRoutes::buckets);
  add(Method::get, "/api/v1/datastreams/{id}/export.csv", Role::viewer, &ReadingsRoutes::export_csv);
  add(Method::get, "/api/v1/buckets", Role::viewer, &ReadingsRoutes::buckets_of_many);
  add(Method::get, "/api/v1/exceedance", Role::viewer, &ReadingsRoutes::exceedance);
}

}  // namespace qala::api
