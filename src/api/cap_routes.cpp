// What everybody may read of public warnings: the feed, and one file for each message.
#include <chrono>

#include <fmt/format.h>
#include <sodium.h>

#include "api/right.h"
#include "api/warning_routes.h"
#include "base/hex.h"
#include "http/files.h"
#include "warnings/atom.h"

namespace qala::api {

using boost::asio::awaitable;
using http::Request;
using http::Response;

namespace {

/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, IMF-fixdate).
std::string http_date(Instant at) {
  constexpr std::array<const char*, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                               "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  using namespace std::chrono;
  const sys_seconds time{seconds(at.seconds())};
  const auto day = floor<std::chrono::days>(time);
  const year_month_day date(day);
  const auto clock = (time - day).count();
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT", days[weekday(day).c_encoding()],
                     static_cast<unsigned>(date.day()), months[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()), clock / 3600, clock / 60 % 60, clock % 60);
}

std::string etag_of(std::string_view body) {
  std::array<unsigned char, 16> hash{};
  crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const unsigned char*>(body.data()), body.size(),
                     nullptr, 0);
  return '"' + to_hex(std::as_bytes(std::span(hash))) + '"';
}

/// With what a reader needs to ask again cheaply; nothing but that if he has it already.
Response cached(const Request& request, std::string body, std::string content_type, Instant changed, int max_age_s) {
  const std::string etag = etag_of(body), date = http_date(changed);
  Response response;
  response.content_type = std::move(content_type);
  response.headers.emplace_back("ETag", etag);
  response.headers.emplace_back("Last-Modified", date);
  response.headers.emplace_back("Cache-Control", fmt::format("public, max-age={}", max_age_s));
  const auto none_match = request.header("if-none-match");
  const bool has_it =
      none_match.empty() ? request.header("if-modified-since") == date : http::none_match_hits(none_match, etag);
  if (has_it) response.status = 304;
  else response.body = std::move(body);
  return response;
}

class CapRoutes {
 public:
  CapRoutes(Context& context, const warnings::WarningBook& book) : context_(context), book_(book) {}

  awaitable<Response> feed(Request& request) const {
    auto issuer = book_.settings().issuer;
    // Readers want whole addresses: the town's own if it is set, else the one by which the feed was asked for.
    if (issuer.address.empty())
      issuer.address = (request.secure ? "https://" : "http://") + std::string(request.header("host"));
    const auto feed = book_.feed();
    co_return cached(request, warnings::to_atom(feed, issuer, context_.zone), "application/atom+xml; charset=utf-8",
                     feed.updated, 60);
  }

  awaitable<Response> file(Request& request) const {
    std::string_view name = request.param("file");
    const bool is_xml = name.ends_with(".xml");
    if (is_xml) name.remove_suffix(4);
    const auto message = is_xml ? book_.file(name) : std::nullopt;
    if (!message)
      co_return Response::error(fail(ErrorKind::not_found, "there is no public warning of this name"),
                                "warning.not_found");
    // It never changes; a day is long enough for who asks often.
    co_return cached(request, message->xml, "application/cap+xml", *message->sent, 86'400);
  }

 private:
  Context& context_;
  const warnings::WarningBook& book_;
};

}  // namespace

void add_cap_routes(http::Router& router, Context& context, const warnings::WarningBook& book) {
  const auto routes = std::make_shared<CapRoutes>(context, book);
  router.add(http::Method::get, "/cap/feed.atom",
             for_anybody([routes](Request& request) { return routes->feed(request); }));
  router.add(http::Method::get, "/cap/{file}",
             for_anybody([routes](Request& request) { return routes->file(request); }));
}

}  // namespace qala::api
