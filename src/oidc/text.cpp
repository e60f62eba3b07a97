#include "oidc/text.h"

#include <algorithm>

#include <fmt/format.h>
#include <sodium.h>

namespace qala::oidc {

std::string form_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '.' || c == '_' || c == '~';
    if (plain) out += c;
    else out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

std::string sha256(std::string_view bytes) {
  std::string out(crypto_hash_sha256_BYTES, '\0');
  crypto_hash_sha256(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(bytes.data()),
                     bytes.size());
  return out;
}

bool is_usable_url(std::string_view url) {
  const bool plain = std::ranges::all_of(url, [](char c) { return c > 0x20 && c < 0x7f && c != '\\'; });
  if (!plain || url.size() > 2000) return false;
  const bool secure = url.starts_with("https://");
  if (!secure && !url.starts_with("http://")) return false;
  url.remove_prefix(secure ? 8 : 7);
  std::string_view host = url.substr(0, url.find_first_of("/?#"));
  if (host.find('@') != std::string_view::npos) return false;
  if (host.starts_with('[')) {
    const auto end = host.find(']');
    if (end == std::string_view::npos) return false;
    return secure || host.substr(0, end + 1) == "[::1]";
  }
  host = host.substr(0, host.find(':'));
  if (host.empty()) return false;
  if (secure || host == "localhost") return true;
  // 127.0.0.0/8 in digits only: "127.0.0.1.example" is somebody else
  return host.starts_with("127.") && std::ranges::count(host, '.') == 3 &&
         std::ranges::all_of(host, [](char c) { return c == '.' || (c >= '0' && c <= '9'); });
}

std::string safe_return(std::string_view path) {
  const bool plain = std::ranges::all_of(path, [](char c) { return c > 0x20 && c < 0x7f && c != '\\'; });
  const bool ours = path == "/control" || path.starts_with("/control/") || path.starts_with("/control?");
  if (!plain || !ours || path.size() > 500 || path.find("//") != std::string_view::npos) return "/control/";
  return std::string(path);
}

}  // namespace qala::oidc
