#include "warnings/atom.h"

#include "warnings/templates.h"
#include "warnings/xml.h"

namespace qala::warnings {

namespace {

/// All languages in one line: a feed has one for all.
std::string in_all(const Texts& texts, std::string Text::* part, std::string_view between) {
  std::string out;
  for (const Text& text : texts) {
    if (!(text.*part).empty()) out += (out.empty() ? "" : std::string(between)) + text.*part;
  }
  return out;
}

std::string in_all(const registry::LocalText& text) {
  std::string out = text.kk;
  for (const std::string* other : {&text.ru, &text.en}) {
    if (!other->empty() && *other != text.kk) out += " / " + *other;
  }
  return out;
}

// RFC 4151: the name of who made it, a day on which it was his, and what he calls it. Stays when the address changes.
std::string tag(const Reference& self) {
  return "tag:" + self.sender + "," + self.sent.substr(0, 10) + ":" + self.identifier;
}

void write_entry(Xml& xml, const Message& message, const Issuer& issuer, const Zone& zone) {
  const Content& content = message.content;
  const std::string file = escape_markup(issuer.address + file_path(message));
  xml.open("entry").element("id", tag(message.self));
  xml.element("title", in_all(content.texts, &Text::headline, " / "));
  xml.element("updated", message.self.sent).element("published", message.self.sent);
  xml.raw("<category term=\"").raw(cap_word(content.hazard)).raw("\"/>\n");
  xml.element("summary", in_all(content.texts, &Text::description, "\n\n"));
  xml.raw("<link rel=\"alternate\" type=\"application/cap+xml\" href=\"").raw(file).raw("\"/>\n");
  xml.element("cap:identifier", message.self.identifier);
  xml.element("cap:status", cap_word(content.status)).element("cap:msgType", cap_word(message.type));
  xml.element("cap:event", in_all(event_of(content.hazard)));
  xml.element("cap:urgency", cap_word(content.urgency)).element("cap:severity", cap_word(content.severity));
  xml.element("cap:certainty", cap_word(content.certainty));
  xml.element("cap:effective", message.self.sent).element("cap:expires", cap_time(content.expires, zone));
  xml.element("cap:areaDesc", in_all(content.area.name));
  for (const std::string& polygon : content.area.polygons) xml.element("cap:polygon", polygon);
  xml.close("entry");
}

}  // namespace

std::string file_path(const Message& message) { return "/cap/" + message.self.identifier + ".xml"; }

std::string to_atom(const Feed& feed, const Issuer& issuer, const Zone& zone) {
  Xml xml;
  xml.raw("<feed xmlns=\"http://www.w3.org/2005/Atom\" xmlns:cap=\"urn:oasis:names:tc:emergency:cap:1.2\">\n");
  xml.element("id", "tag:" + issuer.sender + ",2026-01-01:cap");
  xml.element("title", in_all(issuer.town) + ": ескертулер / предупреждения / warnings");
  xml.element("updated", cap_time(feed.updated, zone));
  xml.open("author").element("name", in_all(issuer.town)).close("author");
  xml.raw("<link rel=\"self\" type=\"application/atom+xml\" href=\"")
      .raw(escape_markup(issuer.address))
      .raw("/cap/feed.atom\"/>\n");
  for (const Message& message : feed.messages) write_entry(xml, message, issuer, zone);
  xml.close("feed");
  return xml.take();
}

}  // namespace qala::warnings
