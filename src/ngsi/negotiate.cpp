#include "ngsi/negotiate.h"

#include <algorithm>
#include <charconv>
#include <string>

namespace qala::ngsi {

namespace {

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

/// Takes what stands before the separator off `rest`.
std::string_view next(std::string_view& rest, char separator) {
  const auto end = std::min(rest.find(separator), rest.size());
  const auto out = trimmed(rest.substr(0, end));
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return out;
}

struct Welcome {
  int exact = -1;  ///< how exactly the best range names it: 2 the type, 1 application/*, 0 */*
  double weight = 0;
  void hear(int how, double q) {
    if (how > exact) exact = how, weight = q;
  }
};

}  // namespace

std::optional<bool> wants_ld(std::string_view accept) {
  if (trimmed(accept).empty()) return false;
  Welcome json, ld;
  while (!accept.empty()) {
    auto range = next(accept, ',');
    const std::string type = lower(next(range, ';'));
    double q = 1;
    while (!range.empty()) {
      const auto parameter = next(range, ';');
      if (!lower(parameter).starts_with("q=")) continue;
      const auto text = parameter.substr(2);
      if (std::from_chars(text.data(), text.data() + text.size(), q).ec != std::errc()) q = 1;
    }
    if (type == "application/json") json.hear(2, q);
    if (type == "application/ld+json") ld.hear(2, q);
    if (type == "application/*") json.hear(1, q), ld.hear(1, q);
    if (type == "*/*") json.hear(0, q), ld.hear(0, q);
  }
  if (!(json.weight > 0) && !(ld.weight > 0)) return std::nullopt;
  return ld.weight > json.weight;
}

bool is_known_context(std::string_view link, std::string_view own) {
  // <https://…>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json", <…>; …
  while (!link.empty()) {
    const auto open = link.find('<'), close = link.find('>', open);
    if (open == std::string_view::npos || close == std::string_view::npos) return true;  // names no address
    const auto address = link.substr(open + 1, close - open - 1);
    link.remove_prefix(close + 1);
    const auto about = link.substr(0, std::min(link.find('<'), link.size()));
    if (!about.contains("json-ld#context")) continue;
    const bool known = address == own || address.starts_with("https://uri.etsi.org/ngsi-ld/") ||
                       address.starts_with("https://smartdatamodels.org/") ||
                       address.starts_with("https://smart-data-models.github.io/") ||
                       address.starts_with("https://raw.githubusercontent.com/smart-data-models/");
    if (!known) return false;
  }
  return true;
}

}  // namespace qala::ngsi
