#include "api/warning_body.h"

#include "warnings/check.h"

namespace qala::api {

namespace {

using registry::LocalText;
using View = registry::Registry::View;

/// What a body says of `name` in words of `from`; an unknown word is an error that names it.
template <class Enum>
Result<> take(const Body& body, const char* name, std::optional<Enum> (*from)(std::string_view), Enum& into) {
  TRY(const auto word, body.optional_text(name));
  if (!word) return fail(ErrorKind::invalid, std::string(name) + ": is missing");
  const auto found = from(*word);
  if (!found) return fail(ErrorKind::invalid, std::string(name) + ": \"" + *word + "\" is not known here");
  into = *found;
  return {};
}

Result<std::optional<Instant>> time_in(const Body& body, std::string_view name) {
  TRY(const auto ms, body.optional_integer(name));
  if (!ms) return std::optional<Instant>();
  if (*ms < 0 || *ms > 4'102'444'800'000)
    return fail(ErrorKind::invalid, std::string(name) + ": milliseconds since 1970 are expected");
  return std::optional(Instant::from_ms(*ms));
}

Result<std::optional<Body>> inner(const Body& body, std::string_view name) {
  const std::string json = body.json(name);
  if (json.empty() || body.is_null(name)) return std::optional<Body>();
  auto parsed = Body::parse(json);
  if (!parsed) return fail(ErrorKind::invalid, std::string(name) + ": an object is expected");
  return std::optional(std::move(*parsed));
}

Result<LocalText> local_text(const Body& body) {
  LocalText text;
  for (const auto& [name, into] : {std::pair("kk", &text.kk), {"ru", &text.ru}, {"en", &text.en}}) {
    TRY(auto words, body.optional_text(name));
    *into = words.value_or("");
  }
  return text;
}

Result<warnings::Texts> texts_in(const Body& body) {
  warnings::Texts texts;
  TRY(const auto all, inner(body, "texts"));
  if (!all) return fail(ErrorKind::invalid, "texts: is missing: {\"kk\":{…},\"ru\":{…},\"en\":{…}}");
  for (std::size_t i = 0; i < warnings::kLanguages.size(); i++) {
    TRY(const auto one, inner(*all, warnings::kLanguages[i]));
    if (!one) continue;
    for (const auto& [name, into] : {std::pair("headline", &texts[i].headline),
                                     {"description", &texts[i].description},
                                     {"instruction", &texts[i].instruction}}) {
      auto words = one->optional_text(name);
      if (!words) return words.error().context("texts." + std::string(warnings::kLanguages[i]));
      *into = words->value_or("");
    }
  }
  return texts;
}

void append(std::string& names, const std::string& name) { names += (names.empty() ? "" : ", ") + name; }

/// Names of the zones, and an outline around the things of each.
Result<> add_zones(warnings::Area& area, const registry::Registry& registry, const warnings::Envelope& town,
                   bool with_polygons) {
  Result<> done;
  registry.read([&](const View& view) {
    for (const std::uint32_t id : area.zones) {
      const auto* zone = view.zone(id);
      if (!zone) {
        done = fail(ErrorKind::invalid, "area.zones: there is no zone " + std::to_string(id));
        return;
      }
      append(area.name.kk, zone->name.kk.empty() ? zone->key : zone->name.kk);
      append(area.name.ru, zone->name.ru.empty() ? zone->key : zone->name.ru);
      append(area.name.en, zone->name.en.empty() ? zone->key : zone->name.en);
      if (!with_polygons) continue;
      std::vector<registry::Point> points;
      view.each_thing([&](const registry::Thing& thing) {
        if (thing.zone == id && thing.location) points.push_back(*thing.location);
      });
      if (!points.empty()) area.polygons.push_back(warnings::polygon_text(warnings::outline(points, town)));
    }
  });
  return done;
}

Result<warnings::Area> area_in(const Body& body, const registry::Registry& registry, const warnings::Envelope& town) {
  warnings::Area area;
  TRY(const auto given, inner(body, "area"));
  if (!given) return area;
  if (given->has("polygons")) {
    TRY(area.polygons, given->texts("polygons"));
  }
  if (given->has("zones")) {
    TRY(const auto zones, given->integers("zones", warnings::kMostPolygons));
    for (const auto zone : zones) {
      if (zone < 1 || zone > kMaxEntityId) return fail(ErrorKind::invalid, "area.zones: ids are expected");
      area.zones.push_back(static_cast<std::uint32_t>(zone));
    }
  }
  TRY_VOID(add_zones(area, registry, town, area.polygons.empty()));
  TRY(const auto name, inner(*given, "name"));
  if (name) {
    TRY(area.name, local_text(*name));
  }
  return area;
}

}  // namespace

Result<warnings::Content> warning_in(const Body& body, const registry::Registry& registry,
                                     const warnings::Envelope& town) {
  warnings::Content content;
  TRY_VOID(take(body, "hazard", warnings::hazard_from, content.hazard));
  if (body.has("status")) TRY_VOID(take(body, "status", warnings::status_from, content.status));
  TRY_VOID(take(body, "urgency", warnings::urgency_from, content.urgency));
  TRY_VOID(take(body, "severity", warnings::severity_from, content.severity));
  TRY_VOID(take(body, "certainty", warnings::certainty_from, content.certainty));
  TRY(content.onset, time_in(body, "onset"));
  TRY(const auto expires, time_in(body, "expires"));
  if (!expires) return fail(ErrorKind::invalid, "expires: is missing: say until when it holds");
  content.expires = Instant::from_seconds(expires->seconds());
  TRY(const auto longer, body.optional_boolean("longer"));
  content.longer = longer.value_or(false);
  TRY(content.texts, texts_in(body));
  TRY(content.area, area_in(body, registry, town));
  return content;
}

}  // namespace qala::api
