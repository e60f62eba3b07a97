#include "warnings/render.h"

namespace qala::warnings {

namespace {

void render(JsonWriter& out, std::string_view name, const registry::LocalText& text) {
  out.key(name).object().field("kk", text.kk).field("ru", text.ru).field("en", text.en).end();
}

void render(JsonWriter& out, const Texts& texts) {
  out.key("texts").object();
  for (std::size_t i = 0; i < kLanguages.size(); i++) {
    out.key(kLanguages[i]).object().field("headline", texts[i].headline).field("description", texts[i].description);
    out.field("instruction", texts[i].instruction).end();
  }
  out.end();
}

void render(JsonWriter& out, std::string_view name, const std::optional<Instant>& at) {
  out.key(name);
  if (at) out.integer(at->ms());
  else out.null();
}

void name_or_null(JsonWriter& out, std::string_view name, const std::string& who) {
  out.key(name);
  if (who.empty()) out.null();
  else out.string(who);
}

void number_or_null(JsonWriter& out, std::string_view name, std::uint64_t id) {
  out.key(name);
  if (id == 0) out.null();
  else out.integer(static_cast<std::int64_t>(id));
}

void render(JsonWriter& out, const Content& content) {
  out.field("hazard", name_of(content.hazard)).field("status", name_of(content.status));
  out.field("urgency", name_of(content.urgency)).field("severity", name_of(content.severity));
  out.field("certainty", name_of(content.certainty));
  render(out, "onset", content.onset);
  out.field("expires", content.expires.ms()).field("longer", content.longer);
  render(out, content.texts);
  out.key("area");
  warnings::render(out, content.area);
}

}  // namespace

void render(JsonWriter& out, const Area& area) {
  out.object();
  render(out, "name", area.name);
  out.key("polygons").array();
  for (const std::string& polygon : area.polygons) out.string(polygon);
  out.end().key("zones").array();
  for (const std::uint32_t zone : area.zones) out.integer(zone);
  out.end().end();
}

void render(JsonWriter& out, const Listed& listed) {
  const Message& message = listed.message;
  out.object().field("id", message.id).field("warning", message.warning).field("type", name_of(message.type));
  out.field("state", name_of(listed.state)).field("revision", message.revision);
  out.field("needs_approval", listed.needs_approval);
  number_or_null(out, "before", message.before);
  number_or_null(out, "after", listed.after);
  render(out, message.content);
  out.field("written_by", message.written_by).field("written", message.written.ms());
  name_or_null(out, "approved_by", message.approved_by);
  render(out, "approved", message.approved);
  name_or_null(out, "published_by", message.published_by);
  render(out, "sent", message.sent);
  name_or_null(out, "identifier", message.self.identifier);
  out.key("references").array();
  for (const Reference& one : message.references)
    out.object().field("sender", one.sender).field("identifier", one.identifier).field("sent", one.sent).end();
  out.end().end();
}

void render(JsonWriter& out, const Template& one) {
  out.object().field("hazard", name_of(one.hazard)).field("urgency", name_of(one.urgency));
  out.field("severity", name_of(one.severity)).field("certainty", name_of(one.certainty)).field("hours", one.hours);
  render(out, "event", event_of(one.hazard));
  render(out, one.texts);
  out.end();
}

}  // namespace qala::warnings
