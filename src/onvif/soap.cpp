#include "onvif/soap.h"

#include <array>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "base/base64.h"
#include "base/markup.h"

namespace qala::onvif {

namespace {

constexpr std::string_view kSecurity = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-";

}  // namespace

std::string password_digest(std::string_view nonce, std::string_view created, std::string_view password) {
  const std::string all = std::string(nonce) + std::string(created) + std::string(password);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(all.data(), all.size(), digest.data(), &size, EVP_sha1(), nullptr) != 1) return {};
  return to_base64({reinterpret_cast<const char*>(digest.data()), size});
}

std::string username_token(std::string_view user, std::string_view password, std::string_view nonce, Instant created) {
  const std::string at = to_iso(Instant::from_ms(created.ms()));
  return fmt::format(
      "<wsse:Security xmlns:wsse=\"{0}wssecurity-secext-1.0.xsd\" xmlns:wsu=\"{0}wssecurity-utility-1.0.xsd\""
      " s:mustUnderstand=\"1\"><wsse:UsernameToken><wsse:Username>{1}</wsse:Username>"
      "<wsse:Password Type=\"{0}username-token-profile-1.0#PasswordDigest\">{2}</wsse:Password>"
      "<wsse:Nonce EncodingType=\"{0}soap-message-security-1.0#Base64Binary\">{3}</wsse:Nonce>"
      "<wsu:Created>{4}</wsu:Created></wsse:UsernameToken></wsse:Security>",
      kSecurity, escape_markup(user), password_digest(nonce, at, password), to_base64(nonce), at);
}

std::string envelope(std::string_view headers, std::string_view body) {
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?><s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\">"
      "<s:Header>{}</s:Header><s:Body>{}</s:Body></s:Envelope>",
      headers, body);
}

std::string probe(std::string_view id, std::string_view type) {
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?><s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\""
      " xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\""
      " xmlns:d=\"http://schemas.xmlsoap.org/ws/2005/04/discovery\""
      " xmlns:dn=\"http://www.onvif.org/ver10/network/wsdl\" xmlns:tds=\"http://www.onvif.org/ver10/device/wsdl\">"
      "<s:Header><a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action>"
      "<a:MessageID>{}</a:MessageID><a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To></s:Header>"
      "<s:Body><d:Probe><d:Types>{}</d:Types></d:Probe></s:Body></s:Envelope>",
      escape_markup(id), escape_markup(type));
}

std::string addressing(std::string_view action, std::string_view to, std::string_view id) {
  return fmt::format(
      "<a:Action xmlns:a=\"http://www.w3.org/2005/08/addressing\">{}</a:Action>"
      "<a:MessageID xmlns:a=\"http://www.w3.org/2005/08/addressing\">{}</a:MessageID>"
      "<a:To xmlns:a=\"http://www.w3.org/2005/08/addressing\">{}</a:To>",
      escape_markup(action), escape_markup(id), escape_markup(to));
}

}  // namespace qala::onvif
