
#include "api/authorize.h"
#include "api/body.h"
#include "api/notify_body.h"
#include "api/routes.h"
#include "base/json_writer.h"
#include "base/threads.h"
#include "notify/notifier.h"
#include "notify/push.h"
#include "notify/render.h"

namespace qala::api {

using access::Role;
using boost::asio::awaitable;
using http::Method;
using http::Request;
using http::Response;
using notify::Channel;
using notify::Recipient;
using notify::RecipientId;

namespace {

namespace asio = boost::asio;

Response refused(const Error& error) {
  if (error.kind == ErrorKind::not_found) return Response::error(error, "notify.not_found");
  if (error.kind != ErrorKind::conflict) return Response::error(error);
  return Response::error(error, "notify." + error.message.substr(0, error.message.find(':')));
}

bool is_admin(const Caller& caller) { return caller.may(Role::admin); }

/// His own browser.
bool is_own(const Caller& caller, const Recipient& recipient) {
  return caller.session && recipient.channel == Channel::push && recipient.user == caller.session->user.id;
}

/// The secret of a web-hook is shown once: when it is new.
Response recipient_answer(const notify::Listed& listed, const std::string& secret, unsigned status) {
  std::string out;
  JsonWriter json(out);
  json.object().key("recipient");
  notify::render(json, listed);
  if (!secret.empty()) json.field("secret", secret);
  json.end();
  return Response::json(std::move(out), status);
}

class NotifyRoutes {
 public:
  explicit NotifyRoutes(Context& context) : context_(context), notifier_(*context.notifier) {}

  awaitable<Response> list(Request&, const Caller& caller) {
    auto all =
        co_await run_on(context_.writer, [this] { return Result<std::vector<notify::Listed>>(notifier_.list()); });
    if (!all) co_return refused(all.error());
    std::string out;
    JsonWriter json(out);
    json.object().field("mail", notifier_.has_mail()).field("push_key", notifier_.vapid_public());
    json.key("recipients").array();
    for (const auto& one : *all) {
      if (is_admin(caller) || is_own(caller, one.recipient)) notify::render(json, one);
    }
    json.end().end();
    co_return Response::json(std::move(out));
  }

  awaitable<Response> add(Request& request, const Caller& caller) {
    auto made = new_target(request.body);
    if (!made) co_return Response::error(made.error());
    co_return co_await put(std::move(*made), caller, true);
  }

  awaitable<Response> change(Request& request, const Caller& caller) {
    auto known = co_await find(request, caller);
    if (!known) co_return refused(known.error());
    const auto body = Body::parse(request.body);
    if (!body) co_return Response::error(body.error());
    const auto renew = body->optional_boolean("renew_secret");
    auto changed = recipient_from(*body, known->recipient);
    if (!changed || !renew) co_return Response::error(changed ? renew.error() : changed.error());
    if (!is_admin(caller)) changed->user = known->recipient.user;
    if (changed->channel == Channel::push) {  // both are the browser's, not a person's to type
      changed->address = known->recipient.address;
      changed->user = known->recipient.user;
    }
    const bool new_secret = renew->value_or(false) && changed->channel == Channel::webhook;
    if (new_secret) changed->secret = notify::new_hook_secret(context_.random);
    co_return co_await put(std::move(*changed), caller, new_secret);
  }

  awaitable<Response> remove(Request& request, const Caller& caller) {
    auto known = co_await find(request, caller);
    if (!known) co_return refused(known.error());
    auto done = co_await run_on(
        context_.writer, [this, id = known->recipient.id, by = caller.actor()] { return notifier_.remove(id, by); });
    co_return done ? Response::empty() : refused(done.error());
  }

  awaitable<Response> test(Request& request, const Caller& caller) {
    auto known = co_await find(request, caller);
    if (!known) co_return refused(known.error());
    auto outcome = co_await send_test(known->recipient.id);
    if (!outcome) co_return refused(outcome.error());
    std::string out;
    JsonWriter(out).object().field("fate", notify::name_of(outcome->fate)).field("words", outcome->words).end();
    co_return Response::json(std::move(out));
  }

  awaitable<Response> messages(Request& request, const Caller&) {
    const auto limit = count_of(request, "limit", 50, 500);
    const auto recipient = count_of(request, "recipient", 0, kMaxEntityId);
    if (!limit || !recipient) co_return Response::error(limit ? recipient.error() : limit.error());
    auto found = co_await run_on(context_.writer,
                                 [this, limit = *limit, id = RecipientId(static_cast<std::uint32_t>(*recipient))] {
                                   return notifier_.messages(id, limit);
                                 });
    if (!found) co_return refused(found.error());
    std::string out;
    JsonWriter json(out);
    json.object().key("messages").array();
    for (const auto& message : *found) notify::render(json, message);
    json.end().end();
    co_return Response::json(std::move(out));
  }

  /// This browser of this person. What a browser subscribes again is the same recipient.
  awaitable<Response> subscribe(Request& request, const Caller& caller) {
    if (!caller.session) {
      co_return Response::error(fail(ErrorKind::denied, "a browser belongs to a person who is signed in"),
                                "session.role");
    }
    auto made = new_browser(request.body, caller.session->user);
    if (!made) co_return Response::error(made.error());
    co_return co_await put(std::move(*made), caller, false);
  }

 private:
  static Result<Recipient> new_target(std::string_view text) {
    TRY(const auto body, Body::parse(text));
    TRY(const auto channel, body.text("channel"));
    const auto known = notify::channel_from(channel);
    if (!known || *known == Channel::push) return fail(ErrorKind::invalid, "channel: mail or webhook");
    Recipient recipient;
    recipient.channel = *known;
    TRY(const auto secret, body.optional_text("secret"));
    recipient.secret = secret.value_or("");
    return recipient_from(body, std::move(recipient));
  }

  static Result<Recipient> new_browser(std::string_view text, const access::User& user) {
    TRY(const auto body, Body::parse(text));
    TRY(const auto endpoint, body.text("endpoint"));
    TRY(const auto keys, Body::parse(body.json("keys")).context("keys"));
    TRY(const auto p256dh, keys.text("p256dh"));
    TRY(const auto auth, keys.text("auth"));
    TRY(const auto parsed, notify::PushKeys::parse(p256dh, auth));
    Recipient recipient{.name = user.name, .channel = Channel::push, .user = user.id};
    recipient.language = words::language_from(user.language).value_or(words::Language::kk);
    TRY(recipient, recipient_from(body, std::move(recipient)));
    recipient.user = user.id;
    recipient.address = endpoint;
    recipient.secret = parsed.stored();
    return recipient;
  }

  awaitable<Response> put(Recipient recipient, const Caller& caller, bool show_secret) {
    const Instant asked = context_.clock.now();
    const bool hook = recipient.channel == Channel::webhook;
    auto done = co_await run_on(context_.writer, [this, recipient, by = caller.actor()] {
      return recipient.id ? notifier_.change(recipient, by) : notifier_.add(recipient, by);
    });
    if (!done) co_return refused(done.error());
    auto listed = co_await run_on(context_.writer, [this, id = done->id] { return notifier_.find(id); });
    if (!listed) co_return refused(listed.error());
    const unsigned status = !recipient.id && done->created >= asked ? 201 : 200;  // a browser may be known already
    co_return recipient_answer(*listed, show_secret && hook ? done->secret : "", status);
  }

  /// One that the caller may change: an administrator any, others their own browsers; else it is not there.
  awaitable<Result<notify::Listed>> find(const Request& request, const Caller& caller) {
    CO_TRY(const auto id, parse_id(request.param("id"), kMaxEntityId));
    auto found = co_await run_on(context_.writer,
                                 [this, id] { return notifier_.find(RecipientId(static_cast<std::uint32_t>(id))); });
    if (found && !is_admin(caller) && !is_own(caller, found->recipient))
      co_return fail(ErrorKind::not_found, "there is no such recipient");
    co_return found;
  }

  /// Comes back on the network thread with what the other side said.
  awaitable<Result<notify::Outcome>> send_test(RecipientId id) {
    return answer_of<Result<notify::Outcome>>([this, id](auto done) {
      context_.writer.post([this, id, done] {
        const auto started = notifier_.test(id, done);
        if (!started) done(started.error());
      });
    });
  }

  Context& context_;
  notify::Notifier& notifier_;
};

}  // namespace

void add_notify_routes(http::Router& router, Context& context) {
  auto routes = std::make_shared<NotifyRoutes>(context);
  const RoleRouter add(router, context, routes);
  add(Method::get, "/api/v1/notifications", Role::viewer, &NotifyRoutes::list);
  add(Method::post, "/api/v1/notifications/recipients", Role::admin, &NotifyRoutes::add);
  add(Method::put, "/api/v1/notifications/recipients/{id}", Role::admin, &NotifyRoutes::change);
  add(Method::del, "/api/v1/notifications/recipients/{id}", Role::admin, &NotifyRoutes::remove);
  add(Method::post, "/api/v1/notifications/recipients/{id}/test", Role::admin, &NotifyRoutes::test);
  add(Method::get, "/api/v1/notifications/messages", Role::admin, &NotifyRoutes::messages);
  // Everybody his own.
  add(Method::post, "/api/v1/notifications/browsers", Role::viewer, &NotifyRoutes::subscribe);
  add(Method::put, "/api/v1/notifications/browsers/{id}", Role::viewer, &NotifyRoutes::change);
  add(Method::del, "/api/v1/notifications/browsers/{id}", Role::viewer, &NotifyRoutes::remove);
  add(Method::post, "/api/v1/notifications/browsers/{id}/test", Role::viewer, &NotifyRoutes::test);
}

}  // namespace qala::api
