#include <algorithm>

#include "alarms/render.h"
#include "alarms/search.h"
#include "api/authorize.h"
#include "api/body.h"
#include "api/glance_routes.h"
#include "incidents/render.h"
#include "words/fold.h"

namespace qala::api {

using access::Role;
using boost::asio::awaitable;
using http::Method;
using http::Request;
using http::Response;

namespace {

/// GET /api/v1/search: what the screens do not hold themselves.
class SearchRoutes {
 public:
  explicit SearchRoutes(Context& context) : context_(context) {}

  awaitable<Response> search(Request& request, const Caller& caller) {
    const std::string text(request.query_value("q").value_or(""));
    const auto limit = count_of(request, "limit", 20, 100);
    if (!limit) co_return Response::error(limit.error());
    if (text.size() > kLongest) co_return Response::error(fail(ErrorKind::invalid, "q: at most 200 bytes"));
    auto found = co_await run_on(context_.pool, [this, text, limit = *limit, people = caller.may_somewhere(Role::op)] {
      return answer(text, limit, people);
    });
    co_return found ? Response::json(std::move(*found)) : Response::error(found.error());
  }

 private:
  static constexpr std::size_t kLongest = 200;

  Result<std::string> answer(const std::string& text, std::size_t limit, bool people) const {
    const std::string needle = words::fold(text);
    std::vector<alarms::Alarm> closed;
    std::vector<incidents::Entry> entries;
    if (!needle.empty()) {
      TRY(entries, context_.shifts.search(text, limit));
      TRY(closed, closed_alarms(needle, limit));
    }
    std::string out;
    JsonWriter json(out);
    json.object().key("alarms");
    alarms::render(json, std::span<const alarms::Alarm>(closed));
    json.key("entries").array();
    for (const auto& entry : entries) incidents::render(json, entry);
    json.end().key("people").array();
    std::size_t named = 0;
    for (const auto& user : needle.empty() || !people ? std::vector<access::User>{} : context_.access.users()) {
      if (named < limit && words::found_in(words::fold(user.name), needle)) named++, json.string(user.name);
    }
    json.end().end();
    return out;
  }

  Result<std::vector<alarms::Alarm>> closed_alarms(const std::string& needle, std::size_t limit) const {
    const auto rules = context_.rules.rules();
    const auto rule_words = [&](const std::string& key) {
      const auto rule = std::ranges::find(*rules, key, &alarms::Rule::key);
      if (rule == rules->end()) return words::fold(key);
      return words::fold(key + ' ' + rule->name.kk + ' ' + rule->name.ru + ' ' + rule->name.en);
    };
    return alarms::search_closed(
        context_.folder + "/town.db",
        {.about = [&](const std::string& rule,
                      ThingId thing) { return words::found_in(rule_words(rule) + ' ' + thing_words(thing), needle); },
         .says = [&](const std::string& comment) { return words::found_in(words::fold(comment), needle); },
         .limit = limit});
  }

  std::string thing_words(ThingId id) const {
    std::string text;
    context_.registry.read([&](const registry::Registry::View& view) {
      const auto* thing = view.thing(id);
      if (!thing) return;
      text = thing->key + ' ' + thing->name + ' ' + thing->street;
      if (const auto* zone = view.zone(thing->zone))
        text += ' ' + zone->name.kk + ' ' + zone->name.ru + ' ' + zone->name.en;
    });
    return words::fold(text);
  }

  Context& context_;
};

}  // namespace

void add_search_routes(http::Router& router, Context& context) {
  auto routes = std::make_shared<SearchRoutes>(context);
  const RoleRouter add(router, context, routes);
  add(Method::get, "/api/v1/search", Role::viewer, &SearchRoutes::search);
}

}  // namespace qala::api
