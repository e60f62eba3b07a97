#include "onvif/xml.h"

#include <charconv>
#include <cmath>

#include "base/utf8.h"
#include "onvif/limits.h"

namespace qala::onvif::xml {

namespace {

bool about_who_asks(std::string_view code) {
  return code == "NotAuthorized" || code == "FailedAuthentication" || code == "InvalidSecurity" ||
         code == "InvalidSecurityToken" || code == "FailedCheck";
}

Error fault(pugi::xml_node node) {
  bool denied = false;
  std::string code;
  pugi::xml_node level = child(node, "Code");
  for (int depth = 0; level && depth < 4; depth++, level = child(level, "Subcode")) {
    const auto value = local(child(level, "Value").text().get());
    if (!value.empty()) code = text(value, Limits::kText);
    denied = denied || about_who_asks(value);
  }
  if (code.empty()) code = text(local(child(node, "faultcode").text().get()), Limits::kText);  // SOAP 1.1
  denied = denied || about_who_asks(code);
  std::string words = text(at(node, "Reason/Text").text().get(), Limits::kText);
  if (words.empty()) words = text(child(node, "faultstring").text().get(), Limits::kText);
  if (words.empty()) words = "no reason";
  return fail(denied ? ErrorKind::denied : ErrorKind::unavailable, "the device says: " + words + " (" + code + ")");
}

}  // namespace

std::string_view local(std::string_view name) {
  const auto colon = name.rfind(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

pugi::xml_node child(pugi::xml_node parent, std::string_view name) {
  for (pugi::xml_node node = parent.first_child(); node; node = node.next_sibling()) {
    if (local(node.name()) == name) return node;
  }
  return {};
}

pugi::xml_node at(pugi::xml_node from, std::string_view path) {
  while (from && !path.empty()) {
    const auto slash = path.find('/');
    from = child(from, path.substr(0, slash));
    path = slash == std::string_view::npos ? "" : path.substr(slash + 1);
  }
  return from;
}

pugi::xml_attribute attribute(pugi::xml_node node, std::string_view name) {
  for (pugi::xml_attribute one = node.first_attribute(); one; one = one.next_attribute()) {
    if (local(one.name()) == name) return one;
  }
  return {};
}

std::string text(std::string_view raw, std::size_t most) {
  std::string out;
  while (!raw.empty()) {
    const std::size_t length = utf8::first(raw).bytes;
    const auto first = static_cast<unsigned char>(raw.front());
    const bool blank = length == 0 || first <= ' ' || first == 0x7f;
    const std::size_t size = length == 0 ? 1 : length;
    if (blank ? !out.empty() && out.back() != ' ' : true) {
      if (out.size() + size > most) break;
      if (blank) out += ' ';
      else out += raw.substr(0, size);
    }
    raw.remove_prefix(size);
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

std::string exact(pugi::xml_node node, std::size_t most) {
  std::string_view raw = node.text().get();
  const auto blank = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
  while (!raw.empty() && blank(raw.front())) raw.remove_prefix(1);
  while (!raw.empty() && blank(raw.back())) raw.remove_suffix(1);
  if (raw.size() > most || text(raw, most) != raw) return {};
  return std::string(raw);
}

std::optional<bool> truth(std::string_view raw) {
  const std::string value = text(raw, 8);
  if (value == "true" || value == "True" || value == "TRUE" || value == "1") return true;
  if (value == "false" || value == "False" || value == "FALSE" || value == "0") return false;
  return std::nullopt;
}

double number(std::string_view raw) {
  while (!raw.empty() && (raw.front() == ' ' || raw.front() == '+')) raw.remove_prefix(1);
  double value = 0;
  const auto [end, code] = std::from_chars(raw.data(), raw.data() + raw.size(), value);
  return code == std::errc() && std::isfinite(value) ? value : 0;
}

Result<pugi::xml_node> Envelope::whole(pugi::xml_document& document, std::string_view bytes) {
  if (bytes.size() > Limits::kAnswer) return fail(ErrorKind::invalid, "the answer is too long");
  // SOAP forbids a document type; without one there are no entities but the five of XML.
  if (bytes.find("<!DOCTYPE") != std::string_view::npos)
    return fail(ErrorKind::invalid, "the answer has a document type, which SOAP forbids");
  const auto done =
      document.load_buffer(bytes.data(), bytes.size(), pugi::parse_minimal | pugi::parse_escapes | pugi::parse_cdata);
  if (!done) return fail(ErrorKind::invalid, std::string("the answer is no XML: ") + done.description());
  const auto envelope = child(document, "Envelope");
  if (!envelope) return fail(ErrorKind::invalid, "the answer is no SOAP");
  return envelope;
}

Result<pugi::xml_node> Envelope::body(pugi::xml_document& document, std::string_view bytes) {
  TRY(const auto envelope, whole(document, bytes));
  const auto found = child(envelope, "Body");
  if (!found) return fail(ErrorKind::invalid, "the answer has no body");
  if (const auto trouble = child(found, "Fault")) return fault(trouble);
  const auto response = found.find_child([](const pugi::xml_node& node) { return node.type() == pugi::node_element; });
  if (!response) return fail(ErrorKind::invalid, "the answer's body is empty");
  return response;
}

}  // namespace qala::onvif::xml
