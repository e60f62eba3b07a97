#include "http/target.h"

#include <algorithm>
#include <cstddef>

#include "base/utf8.h"
#include "http/ascii.h"

namespace qala::http {
namespace {

std::unexpected<Refusal> bad(std::string_view message) {
  return std::unexpected(Refusal{400, "http.bad_target", message});
}

std::expected<std::string, Refusal> decode(std::string_view text, bool plus_is_blank) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += plus_is_blank && text[i] == '+' ? ' ' : text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
    if (high < 0 || low < 0) return bad("a percent sign without two hexadecimal digits");
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  if (out.contains('\0')) return bad("the target holds a NUL");
  if (!utf8::is_valid(out)) return bad("the target is not UTF-8");
  return out;
}

std::expected<void, Refusal> append_segment(std::string_view raw, std::string& path) {
  auto segment = decode(raw, false);
  if (!segment) return std::unexpected(segment.error());
  if (segment->contains('/')) return bad("an encoded slash in the path");
  if (*segment == "." || *segment == "..") return bad("the path holds a dot segment");
  const bool control =
      std::ranges::any_of(*segment, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  if (control) return bad("the path holds a control character");
  path += '/';
  path += *segment;
  return {};
}

std::expected<std::string, Refusal> parse_path(std::string_view raw) {
  if (!raw.starts_with('/')) return bad("the target must start with a slash");
  raw.remove_prefix(1);
  std::string path;
  path.reserve(raw.size() + 1);
  while (true) {
    const auto slash = raw.find('/');
    const auto segment = raw.substr(0, slash);
    if (segment.empty() && slash != std::string_view::npos) return bad("the path holds an empty segment");
    if (auto appended = append_segment(segment, path); !appended) return std::unexpected(appended.error());
    if (slash == std::string_view::npos) return path;
    raw.remove_prefix(slash + 1);
  }
}

}  // namespace

std::expected<Target, Refusal> parse_target(std::string_view target) {
  const auto mark = target.find('?');
  auto path = parse_path(target.substr(0, mark));
  if (!path) return std::unexpected(path.error());
  Target out{std::move(*path), {}};
  auto rest = mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1);
  while (!rest.empty()) {
    const auto pair = next_part(rest, '&');
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    auto name = decode(pair.substr(0, equals), true);
    if (!name) return std::unexpected(name.error());
    auto value = decode(equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1), true);
    if (!value) return std::unexpected(value.error());
    out.query.emplace_back(std::move(*name), std::move(*value));
  }
  return out;
}

}  // namespace qala::http
