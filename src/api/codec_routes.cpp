// Makers' payload codecs: kept, tried, enabled again.
#include <boost/asio/awaitable.hpp>

#include "api/body.h"
#include "api/lorawan_routes.h"
#include "codec/lines.h"

namespace qala::api {

using access::Role;
using boost::asio::awaitable;
using http::Method;
using http::Request;
using http::Response;
using lorawan::Codec;
using lorawan::CodecId;

namespace {

std::string_view word_of(codec::Outcome outcome) {
  switch (outcome) {
    case codec::Outcome::answered: return "answered";
    case codec::Outcome::failed: return "failed";
    case codec::Outcome::memory: return "memory";
    case codec::Outcome::stopped: return "stopped";
    case codec::Outcome::disabled: return "disabled";
    case codec::Outcome::unavailable: return "unavailable";
  }
  return "failed";
}

/// "it takes longer than 100 ms (strike 1 of 3)": who tries a script counts no strikes.
std::string words_of(const codec::Answer& answer) {
  std::string words = answer.text;
  if (const auto strike = words.find(" (strike"); strike != std::string::npos) words.resize(strike);
  constexpr std::string_view kLonger = "it takes longer than ";
  if (answer.outcome == codec::Outcome::stopped && words.starts_with(kLonger))
    words = "stopped after " + words.substr(kLonger.size());
  return words;
}

class CodecRoutes {
 public:
  CodecRoutes(Context& context, lorawan::Service& service) : context_(context), service_(service) {}

  awaitable<Response> list(Request&, const Caller&) {
    std::string out;
    JsonWriter json(out);
    json.array();
    const auto plan = service_.plan();
    for (const auto& [id, codec] : plan->codecs) render(json, *plan, codec, false);
    json.end();
    co_return Response::json(std::move(out));
  }

  awaitable<Response> one(Request& request, const Caller&) {
    const auto id = number_in_path(request, "codec");
    co_return id ? show(CodecId(*id)) : refuse(id.error(), "codec");
  }

  awaitable<Response> add(Request& request, const Caller& caller) { return put(request, caller, CodecId{}); }

  awaitable<Response> change(Request& request, const Caller& caller) {
    const auto id = number_in_path(request, "codec");
    if (!id) co_return refuse(id.error(), "codec");
    co_return co_await put(request, caller, CodecId(*id));
  }

  awaitable<Response> remove(Request& request, const Caller& caller) {
    const auto id = number_in_path(request, "codec");
    if (!id) co_return refuse(id.error(), "codec");
    const auto done = co_await service_.remove_codec(CodecId(*id), caller.actor());
    co_return done ? Response::empty() : refuse(done.error(), "codec");
  }

  awaitable<Response> enable(Request& request, const Caller& caller) {
    const auto id = number_in_path(request, "codec");
    if (!id) co_return refuse(id.error(), "codec");
    const auto done = co_await service_.enable_codec(CodecId(*id), caller.actor());
    co_return done ? show(CodecId(*id)) : refuse(done.error(), "codec");
  }

  /// {codec | script | builtin, routine, fPort, bytes, input}
  awaitable<Response> attempt(Request& request, const Caller&) {
    auto asked = read_attempt(request.body);
    if (!asked) co_return refuse(asked.error(), "codec");
    const auto tried = co_await service_.try_script(std::move(asked->script), std::move(asked->run));
    std::string out;
    JsonWriter json(out);
    json.object().field("outcome", word_of(tried.answer.outcome)).key("answer");
    lorawan::Json answer;
    if (tried.answer.outcome == codec::Outcome::answered) {
      json.raw(tried.answer.text);
      if (auto parsed = lorawan::parse_object(tried.answer.text)) answer = std::move(*parsed);
    } else {
      json.object().key("errors").array().string(words_of(tried.answer)).end().end();
    }
    json.field("took_us", tried.took_us).key("fields").array();
    context_.registry.read([&](const registry::Registry::View& view) {
      for (const auto& field : lorawan::list_fields(answer)) {
        json.object().field("path", field.path).key("value");
        registry::write_json(json, *field.value);
        json.field("kind", field.kind).key("suggested");
        if (const auto suggested = lorawan::suggest(view, field.path, *field.value)) {
          json.object().field("name", suggested->name).field("unit", suggested->unit);
          json.field("property", suggested->property).field("scale", suggested->scale).end();
        } else {
          json.null();
        }
        json.end();
      }
    });
    json.end().end();
    co_return Response::json(std::move(out));
  }

 private:
  struct Attempt {
    std::string script;
    codec::Run run;
  };

  Result<Attempt> read_attempt(const std::string& text) {
    TRY(const auto body, Body::parse(text));
    TRY(const auto script, body.optional_text("script"));
    TRY(const auto codec, body.optional_integer("codec"));
    TRY(const auto builtin, body.optional_text("builtin"));
    TRY(const auto routine, body.optional_text("routine"));
    TRY(const auto port, body.optional_integer("fPort"));
    TRY(const auto hex, body.optional_text("bytes"));
    Attempt out;
    if (script && !script->empty()) {
      out.script = *script;
    } else if (codec) {
      const auto plan = service_.plan();
      const Codec* known = plan->codec(CodecId(static_cast<std::uint32_t>(*codec)));
      if (!known) return fail(ErrorKind::not_found, "codec: there is no such codec");
      out.script = *known->script;
    } else if (builtin.value_or("") != "cayenne-lpp") {
      return fail(ErrorKind::invalid, "give a script, a codec or \"builtin\": \"cayenne-lpp\"");
    }
    const auto named = codec::routine_of(routine.value_or("decodeUplink"));
    if (!named) return fail(ErrorKind::invalid, "routine: there is no such routine");
    out.run.routine = *named;
    if (port && (*port < 0 || *port > 255)) return fail(ErrorKind::invalid, "fPort: 0 to 255");
    if (port) out.run.port = static_cast<std::uint8_t>(*port);
    if (hex) {
      TRY(out.run.bytes, codec::from_hex(*hex).context("bytes"));
    } else if (*named == codec::Routine::decode_uplink || *named == codec::Routine::decode_downlink) {
      out.run.bytes = std::string();
    }
    out.run.now_ms = context_.clock.now().ms();
    out.run.received = *named == codec::Routine::decode_uplink;
    if (!body.has("input") || body.is_null("input")) return out;
    TRY(const auto input, lorawan::parse_object(body.json("input")).context("input"));
    out.run.input = codec::input_of(*named, lorawan::written(input), input.find("data") != nullptr, "");
    return out;
  }

  awaitable<Response> put(Request& request, const Caller& caller, CodecId id) {
    const auto body = Body::parse(request.body);
    if (!body) co_return Response::error(body.error());
    const auto name = body->optional_text("name"), script = body->optional_text("script");
    if (!name || !script) co_return Response::error(name ? script.error() : name.error());
    Codec codec;
    if (id) {
      const auto plan = service_.plan();
      const Codec* known = plan->codec(id);
      if (!known) co_return refuse(fail(ErrorKind::not_found, "there is no such codec"), "codec");
      codec = *known;
    }
    if (*name) codec.name = **name;
    if (*script) codec.script = std::make_shared<const std::string>(**script);
    const auto done = co_await service_.put_codec(std::move(codec), caller.actor());
    if (!done) co_return refuse(done.error(), "codec");
    co_return show(done->id, id ? 200 : 201);
  }

  Response show(CodecId id, unsigned status = 200) {
    const auto plan = service_.plan();
    const Codec* codec = plan->codec(id);
    if (!codec) return refuse(fail(ErrorKind::not_found, "there is no such codec"), "codec");
    std::string out;
    JsonWriter json(out);
    render(json, *plan, *codec, true);
    return Response::json(std::move(out), status);
  }

  void render(JsonWriter& json, const lorawan::Plan& plan, const Codec& codec, bool whole) const {
    const auto counts = service_.counts(codec.id);
    std::uint64_t profiles = 0;
    for (const auto& [id, profile] : plan.profiles) profiles += profile.codec == codec.id;
    json.object().field("id", codec.id.value).field("name", codec.name).field("sha256", codec.sha256);
    json.field("bytes", codec.script->size()).key("changed").time(codec.changed).field("by", codec.by);
    json.key("routines").array();
    for (const auto routine : lorawan::routines_of(*codec.script)) json.string(routine);
    json.end().field("strikes", codec.strikes).field("disabled", codec.disabled).field("reason", codec.reason);
    json.field("profiles", profiles).field("runs", counts.runs).field("failures", counts.failures);
    json.key("last_failure");
    if (counts.failures == 0) {
      json.null();
    } else {
      json.object().key("at").time(counts.failed_at).field("words", counts.failed_words);
      json.field("dev_eui", counts.failed_device).end();
    }
    if (whole) json.field("script", *codec.script);
    json.end();
  }

  Context& context_;
  lorawan::Service& service_;
};

}  // namespace

void add_codec_routes(http::Router& router, Context& context, lorawan::Service& service) {
  const auto routes = std::make_shared<CodecRoutes>(context, service);
  const RoleRouter add(router, context, routes);
  // A script has at most 1 MB, and JSON may write a letter with six.
  const http::RouteOptions large{.body_limit = 8 << 20};
  add(Method::get, "/api/v1/codecs", Role::viewer, &CodecRoutes::list);
  add(Method::post, "/api/v1/codecs", Role::engineer, &CodecRoutes::add, large);
  add(Method::post, "/api/v1/codecs/try", Role::engineer, &CodecRoutes::attempt, large);
  add(Method::get, "/api/v1/codecs/{id}", Role::viewer, &CodecRoutes::one);
  add(Method::put, "/api/v1/codecs/{id}", Role::engineer, &CodecRoutes::change, large);
  add(Method::del, "/api/v1/codecs/{id}", Role::engineer, &CodecRoutes::remove);
  add(Method::post, "/api/v1/codecs/{id}/enable", Role::engineer, &CodecRoutes::enable);
}

}  // namespace qala::api
