#include "residents/page.h"
#include "residents/words.h"

namespace qala::residents {

namespace {

using boost::asio::awaitable;

awaitable<http::Response> answer(const Page& page, Language language, bool negotiated) {
  auto html = page.cached(code_of(language));
  if (!html) {
    html = co_await run_on(page.context().pool, [&page, language] {
      return std::make_shared<const std::string>(page.render(code_of(language)));
    });
  }
  http::Response response;
  response.content_type = "text/html; charset=utf-8";
  response.headers.emplace_back("Content-Language", code_of(language));
  response.headers.emplace_back("Cache-Control", "public, max-age=10");
  if (negotiated) response.headers.emplace_back("Vary", "Accept-Language");
  response.body = *html;
  co_return response;
}

}  // namespace

void add_routes(http::Router& router, const Page& page, http::Handler (*open)(http::Handler)) {
  const auto add = [&](std::string_view path, http::Handler handler) {
    router.add(http::Method::get, path, open ? open(std::move(handler)) : std::move(handler));
  };
  add("/", [&page](http::Request& request) {
    return answer(page, preferred_language(request.header("accept-language")), true);
  });
  for (const Language language : kLanguages) {
    add("/" + std::string(code_of(language)),
        [&page, language](http::Request&) { return answer(page, language, false); });
  }
}

}  // namespace qala::residents
