// A person opens the one-time link and chooses a password.
#include "api/authorize.h"
#include "api/body.h"
#include "api/routes.h"
#include "api/session_answers.h"
#include "base/json_writer.h"

namespace qala::api {

using boost::asio::awaitable;
using http::Method;
using http::Request;
using http::Response;

namespace {

/// Says nothing of why: wrong, used and over are one to who has no link.
Response over() {
  return Response::error(fail(ErrorKind::denied, "this link is wrong, used already, or over: ask for a new one"),
                         "welcome.over");
}

class WelcomeRoutes {
 public:
  explicit WelcomeRoutes(Context& context) : context_(context) {}

  /// Whose link it is. Using it up is another request: what only looks at links must not spend them.
  awaitable<Response> look(Request& request) {
    const auto body = Body::parse(request.body);
    if (!body) co_return Response::error(body.error());
    const auto code = body->text("code");
    if (!code) co_return Response::error(code.error());
    const auto user = context_.access.find_link(*code);
    if (!user) co_return over();
    std::string out;
    JsonWriter(out).object().field("name", user->name).field("language", user->language).end();
    co_return Response::json(std::move(out));
  }

  /// Sets the password, and nothing else: the person signs in with it as ever after.
  awaitable<Response> choose(Request& request) {
    const auto body = Body::parse(request.body);
    if (!body) co_return Response::error(body.error());
    const auto code = body->text("code");
    const auto password = body->text("password");
    if (!code || !password) co_return Response::error(code ? password.error() : code.error());
    const auto user = context_.access.find_link(*code);
    if (!user) co_return over();
    if (const auto weak = access::weakness_of(*password, user->name, context_.access.policy().passwords)) {
      co_return too_weak(*weak);
    }
    const auto hash = co_await run_on(context_.pool, [text = *password] { return access::hash_password(text); });
    if (!hash) co_return Response::error(hash.error());
    const auto done = co_await run_on(
        context_.writer, [this, text = *code, hash = *hash] { return context_.access.use_link(text, hash); });
    if (!done && done.error().kind == ErrorKind::denied) co_return over();
    co_return done ? Response::empty() : Response::error(done.error());
  }

 private:
  Context& context_;
};

}  // namespace

void add_welcome_routes(http::Router& router, Context& context) {
  auto routes = std::make_shared<WelcomeRoutes>(context);
  router.add(Method::post, "/api/v1/welcome/look", for_anybody([routes](Request& r) { return routes->look(r); }),
             small_body());
  router.add(Method::post, "/api/v1/welcome", for_anybody([routes](Request& r) { return routes->choose(r); }),
             small_body());
}

}  // namespace qala::api
