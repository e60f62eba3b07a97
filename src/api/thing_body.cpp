#include "api/thing_body.h"

#include "api/render.h"
#include "registry/editing.h"

namespace qala::api {

using http::Request;
using http::Response;
using View = registry::Registry::View;

namespace {

Result<> read_texts(const Body& body, std::initializer_list<std::pair<const char*, std::string*>> fields) {
  for (const auto& [name, into] : fields) {
    TRY(auto text, body.optional_text(name));
    if (text) *into = *text;
    else if (body.is_null(name)) into->clear();
  }
  return {};
}

/// The id of another entity; null: none.
Result<> read_reference(const Body& body, const char* name, std::uint32_t& into) {
  if (body.is_null(name)) into = 0;
  TRY(const auto id, body.optional_integer(name));
  if (!id) return {};
  if (*id < 0 || *id > kMaxEntityId) return fail(ErrorKind::invalid, std::string(name) + ": there is no such id");
  into = static_cast<std::uint32_t>(*id);
  return {};
}

Result<> read_location(const Body& body, registry::Thing& thing) {
  TRY(const auto lon, body.optional_number("lon"));
  TRY(const auto lat, body.optional_number("lat"));
  if (lon.has_value() != lat.has_value()) return fail(ErrorKind::invalid, "lon and lat come together");
  if (lon) thing.location = registry::Point{*lon, *lat};
  else if (body.is_null("lon") && body.is_null("lat")) thing.location.reset();
  return {};
}

}  // namespace

Result<> read_thing(const Body& body, registry::Thing& thing) {
  TRY_VOID(read_texts(body, {{"key", &thing.key},
                             {"name", &thing.name},
                             {"description", &thing.description},
                             {"street", &thing.street},
                             {"owner", &thing.owner},
                             {"installed", &thing.installed},
                             {"calibrated", &thing.calibrated}}));
  TRY(const auto kind, body.optional_text("kind"));
  if (kind) {
    const auto known = registry::kind_from(*kind);
    if (!known) return fail(ErrorKind::invalid, "kind: \"" + *kind + "\" is unknown");
    thing.kind = *known;
  }
  TRY_VOID(read_reference(body, "zone", thing.zone));
  TRY_VOID(read_reference(body, "parent", thing.parent.value));
  TRY_VOID(read_reference(body, "gateway", thing.gateway.value));
  TRY_VOID(read_location(body, thing));
  if (body.has("properties")) thing.properties = body.json("properties");
  if (thing.name.empty()) thing.name = thing.key;
  return {};
}

Result<> read_datastream(const Body& body, registry::Datastream& datastream) {
  TRY_VOID(read_texts(body, {{"name", &datastream.name}, {"unit", &datastream.unit}}));
  TRY_VOID(read_reference(body, "property", datastream.property.value));
  TRY(const auto interval, body.optional_integer("interval_ms"));
  if (interval) datastream.interval_ms = *interval;
  TRY(const auto retention, body.optional_text("retention"));
  if (retention && *retention != "standard" && *retention != "short")
    return fail(ErrorKind::invalid, "retention: standard or short");
  if (retention) datastream.retention = *retention;
  return {};
}

bool may_put(const Context& context, const Caller& caller, const registry::Thing& thing) {
  bool may = caller.may(access::Role::engineer, part_of(thing));
  context.registry.read([&](const View& view) {
    if (const auto* before = view.thing(thing.id)) {
      may = may && caller.may(access::Role::engineer, part_of(*before));
    }
  });
  return may;
}

std::optional<std::string> seen_version(const Request& request) {
  std::string_view text = request.header("if-match");
  if (text.starts_with("W/")) text.remove_prefix(2);
  if (text.empty() || text == "*") return std::nullopt;
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  return std::string(text);
}

Response show_thing(const Context& context, ThingId id, unsigned status) {
  std::string out, version;
  context.registry.read([&](const View& view) {
    JsonWriter json(out);
    const auto* found = view.thing(id);
    if (!found) return;
    render_thing(json, view, *found, true);
    version = registry::version_of(view, *found);
  });
  if (out.empty()) return Response::error(fail(ErrorKind::not_found, "no such thing"), "thing.not_found");
  auto response = Response::json(std::move(out), status);
  response.headers.emplace_back("ETag", "\"" + version + "\"");
  return response;
}

Response refuse_edit(const Error& error, bool changed_meanwhile) {
  if (error.kind == ErrorKind::not_found) return Response::error(error, "thing.not_found");
  if (error.kind != ErrorKind::conflict) return Response::error(error);
  if (!changed_meanwhile) return Response::error(error, "thing.key_taken");
  auto response = Response::error(error, "thing.changed_meanwhile");
  response.status = 412;
  return response;
}

Result<ThingId> thing_in_path(const Request& request) {
  TRY(const auto id, parse_id(request.param("id"), kMaxEntityId));
  return ThingId(static_cast<std::uint32_t>(id));
}

}  // namespace qala::api
