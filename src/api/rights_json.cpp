#include "api/rights_json.h"

namespace qala::api {

void render(JsonWriter& json, const std::vector<access::RoleGrant>& grants) {
  json.array();
  for (const auto& grant : grants) {
    json.object().field("role", access::name_of(grant.role));
    if (grant.part.zone) json.field("zone", *grant.part.zone);
    if (grant.part.kind) json.field("kind", *grant.part.kind);
    json.end();
  }
  json.end();
}

Result<std::vector<access::RoleGrant>> grants_in(const Body& body, const Context& context) {
  TRY(const auto given, body.objects("grants"));
  std::vector<access::RoleGrant> grants;
  for (const Body& one : given) {
    const std::string where = "grants[" + std::to_string(grants.size()) + "]";
    TRY(const auto name, one.text("role"));
    TRY(const auto zone, one.optional_integer("zone"));
    TRY(const auto kind, one.optional_text("kind"));
    const auto role = access::role_from(name);
    if (!role) return fail(ErrorKind::invalid, where + ".role: operator or engineer");
    access::RoleGrant grant{.role = *role, .part = {.zone = {}, .kind = kind}};
    if (zone) {
      bool known = false;
      if (*zone > 0 && *zone <= kMaxEntityId) grant.part.zone = static_cast<std::uint32_t>(*zone);
      context.registry.read([&](const auto& view) { known = grant.part.zone && view.zone(*grant.part.zone); });
      if (!known) return fail(ErrorKind::invalid, where + ".zone: there is no zone " + std::to_string(*zone));
    }
    if (kind && !registry::kind_from(*kind)) {
      return fail(ErrorKind::invalid, where + ".kind: \"" + *kind + "\" is unknown");
    }
    grants.push_back(std::move(grant));
  }
  TRY_VOID(access::check_grants(grants));
  return grants;
}

void time_or_null(JsonWriter& json, std::optional<Instant> at) {
  if (at) json.time(*at);
  else json.null();
}

}  // namespace qala::api
