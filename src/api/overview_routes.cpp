#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <list>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "api/authorize.h"
#include "api/body.h"
#include "api/render.h"
#include "api/routes.h"
#include "reports/usual.h"

namespace qala::api {

using access::Role;
using boost::asio::awaitable;
using http::Method;
using http::Request;
using http::Response;
using reports::Combine;
using reports::combine_from;
using reports::DayLine;
using reports::DayLines;
using reports::kUsualDaysBack;
using reports::usual_line;
using reports::UsualLine;
using reports::UsualQuestion;

namespace {

/// The days of one question, as far as they have been read. Network thread.
struct Known {
  struct Day {
    std::shared_ptr<const DayLine> line;
    std::int64_t read_at = 0;  ///< monotonic ns
  };
  std::string key;
  std::map<std::int32_t, Day> days;
  bool busy = false;  ///< somebody is reading days
};
struct Busy {
  explicit Busy(Known& known) : known_(known) { known_.busy = true; }
  ~Busy() { known_.busy = false; }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;

 private:
  Known& known_;
};

/// GET /api/v1/usual. Lives on the network thread; days are read one at a time on the pool, so that others get
/// their turn in between, and kept: 60 questions of 43 days of at most 288 steps, 3 MB.
class UsualRoutes {
 public:
  explicit UsualRoutes(Context& context) : context_(context) {}

  awaitable<Response> usual(Request& request, const Caller&) {
    const auto minutes = count_of(request, "minutes", 10, 60);
    const auto reach = count_of(request, "days", kUsualDaysBack, kUsualDaysBack);
    if (!minutes || !reach) co_return Response::error(minutes ? reach.error() : minutes.error());
    if (*minutes < 5 || 60 % *minutes != 0) {
      co_return Response::error(fail(ErrorKind::invalid, "minutes: 5, 6, 10, 12, 15, 20, 30 or 60"));
    }
    auto question = question_of(request, static_cast<int>(*minutes));
    if (!question) co_return Response::error(question.error());
    const auto known = known_of(key_of(request));
    if (auto read = co_await read_days(known, *question, static_cast<std::int32_t>(*reach)); !read) {
      co_return Response::error(read.error());
    }
    co_return Response::json(answer(*known, *question));
  }

 private:
  static constexpr std::size_t kMostKnown = 60, kMostListed = 300;

  Result<UsualQuestion> question_of(const Request& request, int minutes) const {
    UsualQuestion question{.datastreams = {}, .combine = Combine::mean, .above = 0, .minutes = minutes};
    const auto combine = combine_from(request.query_value("combine").value_or("mean"));
    if (!combine) return fail(ErrorKind::invalid, "combine: mean, sum, share, count or rate");
    question.combine = *combine;
    if (const auto text = request.query_value("above"); text && !text->empty()) {
      const auto read = std::from_chars(text->data(), text->data() + text->size(), question.above);
      if (read.ec != std::errc() || read.ptr != text->data() + text->size()) {
        return fail(ErrorKind::invalid, "above must be a number");
      }
    }
    TRY_VOID(choose(request, question.datastreams));
    return question;
  }

  /// datastreams=1,2,3 or kind= and property=, then perhaps zone= or street=.
  Result<> choose(const Request& request, std::vector<DatastreamId>& out) const {
    const auto list = request.query_value("datastreams").value_or("");
    for (std::size_t from = 0; !list.empty() && from <= list.size();) {
      const std::size_t comma = std::min(list.find(',', from), list.size());
      TRY(const auto id, parse_id(list.substr(from, comma - from), kMaxEntityId));
      out.emplace_back(static_cast<std::uint32_t>(id));
      if (out.size() > kMostListed) return fail(ErrorKind::invalid, "at most 300 datastreams: name kind and property");
      from = comma + 1;
    }
    if (!list.empty()) return {};
    const auto kind = registry::kind_from(request.query_value("kind").value_or(""));
    const auto property_key = request.query_value("property").value_or("");
    if (!kind || property_key.empty()) return fail(ErrorKind::invalid, "name datastreams, or a kind and a property");
    TRY(const auto zone, count_of(request, "zone", 0, kMaxEntityId));
    const std::string street(request.query_value("street").value_or(""));
    context_.registry.read([&](const registry::Registry::View& view) {
      const auto* property = view.property(property_key);
      if (!property) return;
      view.each_datastream([&](const registry::Datastream& stream) {
        const auto* thing = stream.property == property->id ? view.thing(stream.thing) : nullptr;
        if (!thing || thing->kind != *kind) return;
        if ((zone && thing->zone != zone) || (!street.empty() && thing->street != street)) return;
        out.push_back(stream.id);
      });
    });
    return {};
  }

  static std::string key_of(const Request& request) {
    std::string key;
    for (const char* name : {"datastreams", "kind", "property", "zone", "street", "combine", "above", "minutes"}) {
      key += request.query_value(name).value_or("");
      key += '\n';
    }
    return key;
  }
  /// The newest asked for stays; the one not asked for longest goes.
  std::shared_ptr<Known> known_of(std::string key) {
    const auto found = std::ranges::find(known_, key, [](const auto& one) -> const std::string& { return one->key; });
    if (found != known_.end()) {
      known_.splice(known_.begin(), known_, found);
    } else {
      known_.push_front(std::make_shared<Known>(Known{.key = std::move(key), .days = {}, .busy = false}));
      if (known_.size() > kMostKnown) known_.pop_back();
    }
    return known_.front();
  }

  /// Late readings change the past a little: an old day is read again after six hours, yesterday after ten minutes.
  static std::int64_t lifetime(std::int32_t back) {
    if (back == 0) return Instant::kMinute;
    return back == 1 ? 10 * Instant::kMinute : 6 * Instant::kHour;
  }

  awaitable<Result<>> read_days(std::shared_ptr<Known> known, const UsualQuestion& question, std::int32_t reach) {
    boost::asio::steady_timer pause(co_await boost::asio::this_coro::executor);
    for (int turn = 0; known->busy; turn++) {
      if (turn == 1000) co_return fail(ErrorKind::timeout, "the usual range is still being worked out");
      pause.expires_after(std::chrono::milliseconds(20));
      co_await pause.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }
    const Busy busy(*known);
    const std::int32_t today = context_.zone.local_day(context_.clock.now());
    known->days.erase(known->days.begin(), known->days.lower_bound(today - kUsualDaysBack - 1));
    // Today and yesterday are the line, the days before and a week before them stand beside it.
    for (std::int32_t back = 0; back <= kUsualDaysBack + 1; back++) {
      const bool line = back <= 2 || back == 7 || back == 8;
      if (!line && back > reach + 1) continue;
      const auto found = known->days.find(today - back);
      const std::int64_t now = context_.clock.monotonic_ns();
      if (found != known->days.end() && now - found->second.read_at < lifetime(back)) continue;
      auto read = co_await run_on(context_.pool, [this, &question, day = today - back] {
        return day_line(context_.store, context_.zone, question, day);
      });
      if (!read) co_return std::move(read.error());
      known->days[today - back] = {std::make_shared<const DayLine>(std::move(*read)), now};
    }
    co_return Result<>();
  }

  std::string answer(const Known& known, const UsualQuestion& question) const {
    DayLines days;
    for (const auto& [day, read] : known.days) days.emplace(day, read.line);
    UsualLine line = usual_line(days, context_.zone, context_.clock.now(), question.minutes);
    // In the step that is still running only some have spoken yet: a few large ones would bend the line.
    const bool adds = question.combine == Combine::rate || question.combine == Combine::sum;
    if (adds) line.now.back() = std::numeric_limits<float>::quiet_NaN();
    std::string text;
    JsonWriter json(text);
    json.object().field("datastreams", question.datastreams.size()).field("minutes", question.minutes);
    json.field("zone", context_.zone.name()).field("days", line.days).key("times").array();
    for (const auto time : line.times) render_ms(json, time);
    json.end();
    column(json, "now", line.now);
    column(json, "yesterday", line.yesterday);
    column(json, "week", line.week);
    column(json, "low", line.low);
    column(json, "high", line.high);
    json.end();
    return text;
  }
  static void column(JsonWriter& json, std::string_view name, const std::vector<float>& values) {
    json.key(name).array();
    for (const float value : values) {
      if (std::isnan(value)) json.null();
      else json.number(std::round(static_cast<double>(value) * 1000) / 1000);
    }
    json.end();
  }

  Context& context_;
  std::list<std::shared_ptr<Known>> known_;
};

}  // namespace

void add_overview_routes(http::Router& router, Context& context) {
  auto routes = std::make_shared<UsualRoutes>(context);
  router.add(Method::get, "/api/v1/usual",
             with_role(context, Role::viewer, [routes](Request& r, const Caller& c) { return routes->usual(r, c); }));
}

}  // namespace qala::api
