#include "sim/cameras/onvif_text.h"

#include <array>
#include <charconv>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "sim/cameras/rtsp_text.h"

namespace qala::sim::soap {

std::string_view local(std::string_view name) {
  const auto colon = name.rfind(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

pugi::xml_node child(pugi::xml_node parent, std::string_view name) {
  for (auto node = parent.first_child(); node; node = node.next_sibling()) {
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

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') out += "&amp;";
    else if (c == '<') out += "&lt;";
    else if (c == '>') out += "&gt;";
    else if (c == '"') out += "&quot;";
    else out += c;
  }
  return out;
}

std::string reply(std::string_view body) {
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<env:Envelope xmlns:env=\"http://www.w3.org/2003/05/soap-envelope\""
      " xmlns:tds=\"http://www.onvif.org/ver10/device/wsdl\" xmlns:trt=\"http://www.onvif.org/ver10/media/wsdl\""
      " xmlns:tr2=\"http://www.onvif.org/ver20/media/wsdl\" xmlns:tptz=\"http://www.onvif.org/ver20/ptz/wsdl\""
      " xmlns:tev=\"http://www.onvif.org/ver10/events/wsdl\" xmlns:tt=\"http://www.onvif.org/ver10/schema\""
      " xmlns:tns1=\"http://www.onvif.org/ver10/topics\" xmlns:wsnt=\"http://docs.oasis-open.org/wsn/b-2\""
      " xmlns:wsa5=\"http://www.w3.org/2005/08/addressing\" xmlns:ter=\"http://www.onvif.org/ver10/error\">"
      "<env:Body>{}</env:Body></env:Envelope>",
      body);
}

std::string fault(std::string_view code, std::string_view subcode, std::string_view reason) {
  return reply(fmt::format(
      "<env:Fault><env:Code><env:Value>env:{}</env:Value><env:Subcode><env:Value>ter:{}</env:Value></env:Subcode>"
      "</env:Code><env:Reason><env:Text xml:lang=\"en\">{}</env:Text></env:Reason></env:Fault>",
      code, subcode, reason));
}

double seconds_of(std::string_view duration, double otherwise) {
  if (!duration.starts_with("PT")) return otherwise;
  duration.remove_prefix(2);
  double sum = 0;
  while (!duration.empty()) {
    double value = 0;
    const auto [end, code] = std::from_chars(duration.data(), duration.data() + duration.size(), value);
    if (code != std::errc() || end == duration.data() + duration.size()) return otherwise;
    sum += value * (*end == 'H' ? 3600 : *end == 'M' ? 60 : 1);
    duration.remove_prefix(static_cast<std::size_t>(end - duration.data()) + 1);
  }
  return sum;
}

std::string sha1_base64(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha1(), nullptr) != 1) return {};
  return base64({reinterpret_cast<const char*>(digest.data()), size});
}

std::string from_base64(std::string_view text) {
  std::string out(text.size() * 3 / 4 + 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (size < 0) return {};
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') padding++;
  out.resize(static_cast<std::size_t>(size) - padding);
  return out;
}

std::string seconds_iso(Instant at) { return to_iso(Instant::from_seconds(at.seconds())); }

}  // namespace qala::sim::soap
