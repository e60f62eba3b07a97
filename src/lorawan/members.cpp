#include "lorawan/members.h"

#include <charconv>
#include <cmath>

#include <fmt/core.h>

#include "base/base64.h"

namespace qala::lorawan {

Result<Json> parse_object(std::string_view text) {
  registry::JsonProblem problem;
  Json root = registry::parse_json(text, problem);
  if (!problem.what.empty())
    return fail(ErrorKind::invalid, fmt::format("line {}, column {}: {}", problem.line, problem.column, problem.what));
  if (root.kind != Json::Kind::object) return fail(ErrorKind::invalid, "a JSON object is expected");
  return root;
}

const Json* member(const Json& object, std::string_view name) {
  if (object.kind != Json::Kind::object) return nullptr;
  const Json* found = object.find(name);
  return found && found->kind != Json::Kind::null ? found : nullptr;
}

std::string text(const Json* value) { return value && value->kind == Json::Kind::string ? value->text : std::string(); }

std::optional<double> number(const Json* value) {
  if (!value || (value->kind != Json::Kind::number && value->kind != Json::Kind::string)) return std::nullopt;
  double out = 0;
  const char* end = value->text.data() + value->text.size();
  const auto [at, ec] = std::from_chars(value->text.data(), end, out);
  if (ec != std::errc() || at != end || !std::isfinite(out)) return std::nullopt;
  return out;
}

bool truth(const Json* value) { return value && value->kind == Json::Kind::boolean && value->text == "true"; }

std::optional<Instant> time(const Json* value) {
  if (!value || value->kind != Json::Kind::string) return std::nullopt;
  return parse_iso(value->text);
}

std::string written(const Json& value) {
  std::string out;
  JsonWriter json(out);
  registry::write_json(json, value);
  return out;
}

std::string eui(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '-' || c == ':') continue;
    const char lower = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
    if (!((lower >= '0' && lower <= '9') || (lower >= 'a' && lower <= 'f'))) return {};
    out += lower;
  }
  return out.size() == 16 ? out : std::string();
}

Result<std::uint32_t> counter(const Json* value, std::string_view name, std::uint32_t most) {
  if (!value) return std::uint32_t{0};
  const auto given = number(value);
  if (!given || *given < 0 || *given > most || *given != std::floor(*given))
    return fail(ErrorKind::invalid, fmt::format("{} is not a number from 0 to {}", name, most));
  return static_cast<std::uint32_t>(*given);
}

Result<std::string> bytes(const Json* value, std::string_view name) {
  if (!value) return std::string();
  if (value->kind != Json::Kind::string) return fail(ErrorKind::invalid, fmt::format("{} is not a text", name));
  std::string_view plain = value->text;
  while (plain.ends_with('=')) plain.remove_suffix(1);
  std::string url(plain);
  for (char& c : url) c = c == '+' ? '-' : c == '/' ? '_' : c;
  auto out = from_base64url(url);
  if (!out) return fail(ErrorKind::invalid, fmt::format("{} is not base64", name));
  return std::move(*out);
}

}  // namespace qala::lorawan
