#include "http/cookie.h"

#include "http/ascii.h"

namespace qala::http {

std::string_view find_cookie(std::string_view header, std::string_view name) {
  while (!header.empty()) {
    const auto pair = next_part(header, ';');
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos || trim(pair.substr(0, equals)) != name) continue;
    auto value = trim(pair.substr(equals + 1));
    if (value.size() >= 2 && value.starts_with('"') && value.ends_with('"')) value = value.substr(1, value.size() - 2);
    return value;
  }
  return {};
}

}  // namespace qala::http
