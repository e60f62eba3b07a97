#include "warnings/cap.h"

#include <chrono>

#include <fmt/format.h>

#include "warnings/templates.h"
#include "warnings/xml.h"

namespace qala::warnings {

std::string_view cap_word(Hazard category_of) {
  switch (category_of) {
    case Hazard::air: return "Env";
    case Hazard::frost: return "Met";
    case Hazard::water:
    case Hazard::power: return "Infra";
    case Hazard::other: return "Other";
  }
  return "Other";
}

std::string_view cap_word(Urgency urgency) {
  constexpr std::array<std::string_view, 5> words{"Immediate", "Expected", "Future", "Past", "Unknown"};
  return words[static_cast<std::size_t>(urgency)];
}

std::string_view cap_word(Severity severity) {
  constexpr std::array<std::string_view, 5> words{"Extreme", "Severe", "Moderate", "Minor", "Unknown"};
  return words[static_cast<std::size_t>(severity)];
}

std::string_view cap_word(Certainty certainty) {
  constexpr std::array<std::string_view, 5> words{"Observed", "Likely", "Possible", "Unlikely", "Unknown"};
  return words[static_cast<std::size_t>(certainty)];
}

std::string_view cap_word(Type type) {
  constexpr std::array<std::string_view, 3> words{"Alert", "Update", "Cancel"};
  return words[static_cast<std::size_t>(type)];
}

std::string_view cap_word(Status status) {
  constexpr std::array<std::string_view, 3> words{"Actual", "Exercise", "Test"};
  return words[static_cast<std::size_t>(status)];
}

std::string cap_time(Instant at, const Zone& zone) {
  const auto offset_s = std::chrono::duration_cast<std::chrono::seconds>(zone.offset(at)).count();
  const Instant local = Instant::from_seconds(at.seconds() + offset_s);
  std::string text = to_iso(local);  // whole seconds: "2026-01-12T08:00:00Z"
  text.pop_back();
  const auto minutes = (offset_s < 0 ? -offset_s : offset_s) / 60;
  return fmt::format("{}{}{:02}:{:02}", text, offset_s > 0 ? '+' : '-', minutes / 60, minutes % 60);
}

namespace {

std::string references_of(const Message& message) {
  std::string out;
  for (const Reference& one : message.references)
    out += fmt::format("{}{},{},{}", out.empty() ? "" : " ", one.sender, one.identifier, one.sent);
  return out;
}

/// For who reads the file: why it was taken back, or that nothing of it is real.
std::string note_of(const Message& message) {
  if (message.content.status != Status::actual) return "ЖАТТЫҒУ / УЧЕНИЕ / EXERCISE";
  if (message.type != Type::cancel) return "";
  std::string out;
  for (const Text& text : message.content.texts) {
    if (!text.headline.empty()) out += (out.empty() ? "" : " / ") + text.headline;
  }
  return out;
}

const std::string& in_language(const registry::LocalText& text, std::size_t language) {
  const std::string& own = language == 0 ? text.kk : language == 1 ? text.ru : text.en;
  return own.empty() ? text.kk : own;
}

void write_area(Xml& xml, const Area& area, std::size_t language) {
  xml.open("area").element("areaDesc", in_language(area.name, language));
  for (const std::string& polygon : area.polygons) xml.element("polygon", polygon);
  xml.close("area");
}

void write_info(Xml& xml, const Message& message, const Issuer& issuer, const Zone& zone, std::size_t language) {
  const Content& content = message.content;
  const Text& text = content.texts[language];
  constexpr std::array<std::string_view, 3> codes{"kk-KZ", "ru-KZ", "en"};
  xml.open("info").element("language", codes[language]);
  xml.element("category", cap_word(content.hazard));
  xml.element("event", in_language(event_of(content.hazard), language));
  xml.element("urgency", cap_word(content.urgency));
  xml.element("severity", cap_word(content.severity));
  xml.element("certainty", cap_word(content.certainty));
  if (content.onset) xml.element("onset", cap_time(*content.onset, zone));
  xml.element("expires", cap_time(content.expires, zone));
  xml.optional("senderName", in_language(issuer.town, language));
  xml.element("headline", text.headline).element("description", text.description);
  xml.optional("instruction", text.instruction);
  if (!issuer.address.empty()) xml.element("web", issuer.address + "/" + std::string(kLanguages[language]));
  write_area(xml, content.area, language);
  xml.close("info");
}

}  // namespace

std::string to_cap_xml(const Message& message, const Issuer& issuer, const Zone& zone) {
  Xml xml;
  xml.raw("<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\">\n");
  xml.element("identifier", message.self.identifier).element("sender", message.self.sender);
  xml.element("sent", message.self.sent);
  xml.element("status", cap_word(message.content.status)).element("msgType", cap_word(message.type));
  if (message.content.status == Status::actual) {
    xml.element("scope", "Public");
  } else {
    xml.element("scope", "Restricted").element("restriction", "Training of the duty desk: nothing of it is real");
  }
  xml.optional("note", note_of(message));
  xml.optional("references", references_of(message));
  for (std::size_t language = 0; language < kLanguages.size(); language++) {
    if (!message.content.texts[language].empty()) write_info(xml, message, issuer, zone, language);
  }
  xml.close("alert");
  return xml.take();
}

}  // namespace qala::warnings
