// What devices answer about events: pull points and what comes out of them.
#include <algorithm>
#include <sstream>

#include "onvif/answers.h"
#include "onvif/limits.h"
#include "onvif/xml.h"

namespace qala::onvif {

using pugi::xml_document;
using pugi::xml_node;
using xml::Envelope;

namespace {

/// What a topic means, and the item of its data that says on or off. No item: it says only that it happened.
struct Meaning {
  std::string_view topic, item;
  Event::Kind kind;
};
constexpr Meaning kMeanings[] = {
    {"VideoSource/MotionAlarm", "State", Event::Kind::motion},
    {"RuleEngine/CellMotionDetector/Motion", "IsMotion", Event::Kind::motion},
    {"RuleEngine/MotionRegionDetector/Motion", "State", Event::Kind::motion},
    {"RuleEngine/FieldDetector/ObjectsInside", "IsInside", Event::Kind::motion},
    {"RuleEngine/LineDetector/Crossed", "", Event::Kind::motion},
    {"Device/Trigger/DigitalInput", "LogicalState", Event::Kind::input},
};

/// "tns1:RuleEngine/tnsx:CellMotionDetector/Motion" → "RuleEngine/CellMotionDetector/Motion".
std::string topic_of(std::string_view raw) {
  const std::string clean = xml::text(raw, Limits::kText);
  std::string out;
  std::istringstream parts(clean);
  for (std::string part; std::getline(parts, part, '/');) {
    if (!out.empty()) out += '/';
    out += xml::local(part);
  }
  return out;
}

std::string source_of(xml_node message) {
  std::string out;
  xml::each(xml::child(message, "Source"), "SimpleItem", [&](xml_node item) {
    out += std::string(xml::attribute(item, "Name").value()) + '=' + xml::attribute(item, "Value").value() + ';';
  });
  return xml::text(out, Limits::kToken);
}

std::optional<std::string> item_of(xml_node message, std::string_view name) {
  std::optional<std::string> out;
  xml::each(xml::child(message, "Data"), "SimpleItem", [&](xml_node item) {
    if (name == xml::attribute(item, "Name").value()) out = xml::attribute(item, "Value").value();
  });
  return out;
}

std::optional<Event> read_message(xml_node notification) {
  const auto message = xml::at(notification, "Message/Message");
  if (!message) return std::nullopt;
  Event event{.topic = topic_of(xml::child(notification, "Topic").text().get()), .source = source_of(message)};
  event.gone = std::string_view(xml::attribute(message, "PropertyOperation").value()) == "Deleted";
  const auto* meaning = std::ranges::find(kMeanings, event.topic, &Meaning::topic);
  if (meaning == std::end(kMeanings)) return event;
  event.kind = meaning->kind;
  if (event.gone) return event;
  event.pulse = meaning->item.empty();
  if (event.pulse) {
    event.on = true;
    return event;
  }
  const auto value = item_of(message, meaning->item);
  const auto on = value ? xml::truth(*value) : std::nullopt;
  if (!on) return std::nullopt;  // neither on nor off: nothing that could be believed
  event.on = *on;
  return event;
}

/// The element with the prefixes that its ancestors declare: by itself it would not be XML any more.
std::string alone(xml_node node) {
  pugi::xml_document copy;
  auto root = copy.append_copy(node);
  for (auto up = node.parent(); up && up.type() == pugi::node_element; up = up.parent()) {
    for (auto one = up.first_attribute(); one; one = one.next_attribute()) {
      const std::string_view name = one.name();
      if ((name == "xmlns" || name.starts_with("xmlns:")) && !root.attribute(one.name())) root.append_copy(one);
    }
  }
  std::ostringstream out;
  root.print(out, "", pugi::format_raw);
  return out.str();
}

/// Deeper than any reference is: a document of nothing but beginnings must not cost our stack.
bool shallow(xml_node node, int most) {
  if (most == 0) return false;
  for (auto inner = node.first_child(); inner; inner = inner.next_sibling()) {
    if (!shallow(inner, most - 1)) return false;
  }
  return true;
}

std::string reference_headers(xml_node reference) {
  std::string out;
  for (auto node = xml::child(reference, "ReferenceParameters").first_child(); node; node = node.next_sibling()) {
    if (node.type() != pugi::node_element || !shallow(node, 8)) continue;
    out += alone(node);
    if (out.size() > Limits::kReference) return {};
  }
  return out;
}

}  // namespace

Result<Subscription> parse_subscription(std::string_view answer) {
  xml_document document;
  TRY(const auto response, Envelope::body(document, answer));
  const auto reference = xml::child(response, "SubscriptionReference");
  Subscription out{.address = xml::exact(xml::child(reference, "Address"), Limits::kUrl),
                   .headers = reference_headers(reference)};
  if (out.address.empty()) return fail(ErrorKind::invalid, "the answer holds no address of a subscription");
  const auto now = parse_iso(xml::exact(xml::child(response, "CurrentTime"), 40));
  const auto end = parse_iso(xml::exact(xml::child(response, "TerminationTime"), 40));
  if (now && end && *end > *now) out.lasts = *end - *now;
  return out;
}

Result<std::vector<Event>> parse_messages(std::string_view answer) {
  xml_document document;
  TRY(const auto response, Envelope::body(document, answer));
  std::vector<Event> out;
  xml::each(response, "NotificationMessage", [&](xml_node node) {
    if (out.size() >= Limits::kMessages) return;
    if (auto event = read_message(node)) out.push_back(std::move(*event));
  });
  return out;
}

}  // namespace qala::onvif
