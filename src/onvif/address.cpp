#include "onvif/address.h"

#include <algorithm>
#include <charconv>

#include "onvif/limits.h"

namespace qala::onvif {

namespace {

std::uint16_t usual_port(std::string_view scheme) {
  if (scheme == "https") return 443;
  return scheme == "rtsp" ? 554 : 80;
}

std::string small(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  return out;
}

bool name_fits(std::string_view host, bool bracketed) {
  if (host.empty() || host.size() > 253) return false;
  return std::ranges::all_of(host, [bracketed](char c) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
    return plain || (bracketed && (c == ':' || c == '%'));
  });
}

/// host[:port] with the brackets of IPv6 taken off.
Result<Host> split(std::string_view text) {
  const Error bad = fail(ErrorKind::invalid, "\"" + std::string(text.substr(0, 100)) + "\" is no host, like 10.0.3.17");
  const bool bracketed = text.starts_with('[');
  const auto close = bracketed ? text.find(']') : 0;
  if (close == std::string_view::npos) return bad;
  Host out{.name = small(bracketed ? text.substr(1, close - 1) : text.substr(0, text.find(':')))};
  auto rest = bracketed ? text.substr(close + 1) : text.substr(out.name.size());
  if (!name_fits(out.name, bracketed)) return bad;
  if (rest.empty()) return out;
  rest.remove_prefix(1);
  const auto [end, code] = std::from_chars(rest.data(), rest.data() + rest.size(), out.port);
  if (code != std::errc() || end != rest.data() + rest.size() || out.port == 0) return bad;
  return out;
}

}  // namespace

Result<Host> Host::parse(std::string_view text) { return split(text); }

Result<Address> Address::parse(std::string_view text) {
  const auto bad = [&](std::string_view why) {
    return fail(ErrorKind::invalid, "\"" + std::string(text.substr(0, 100)) + "\": " + std::string(why));
  };
  const bool printable = std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f && c != '"' && c != '<'; });
  if (text.size() > Limits::kUrl || !printable) return bad("an address has at most 500 printable characters");
  const auto colon = text.find("://");
  if (colon == std::string_view::npos) return bad("is no address, like http://10.0.3.17/onvif/device_service");
  Address out{.scheme = small(text.substr(0, colon))};
  if (out.scheme != "http" && out.scheme != "https" && out.scheme != "rtsp")
    return bad("begins with http://, https:// or rtsp://");
  auto rest = text.substr(colon + 3);
  const auto authority = rest.substr(0, rest.find_first_of("/?#"));
  rest.remove_prefix(authority.size());
  if (authority.find('@') != std::string_view::npos) return bad("has a name and password in it");
  TRY(auto host, split(authority));
  out.host = std::move(host.name);
  out.port = host.port == 0 ? usual_port(out.scheme) : host.port;
  out.path = rest.substr(0, rest.find('#'));
  if (!out.path.starts_with('/')) out.path.insert(out.path.begin(), '/');
  return out;
}

std::string Address::authority() const {
  std::string out = host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (port != usual_port(scheme)) out += ":" + std::to_string(port);
  return out;
}

std::string Address::text() const { return scheme + "://" + authority() + path; }

Result<Address> at_the_camera(const Address& device, std::string_view answered) {
  TRY(Address out, Address::parse(answered));
  const bool stream = out.scheme == "rtsp";
  const bool same_host = out.host == device.host;
  out.host = device.host;
  if (stream || same_host) return out;
  out.scheme = device.scheme;
  out.port = device.port;
  return out;
}

}  // namespace qala::onvif
