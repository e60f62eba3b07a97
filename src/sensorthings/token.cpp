#include "sensorthings/token.h"

#include <charconv>
#include <cstdlib>

#include <fmt/format.h>

#include "base/base64.h"
#include "base/json_writer.h"
#include "sensorthings/rows.h"

namespace qala::sensorthings {

using Type = Value::Type;

std::string write_mark(const Mark& mark) {
  std::string out;
  JsonWriter json(out);
  json.array().integer(static_cast<std::int64_t>(mark.id));
  for (const Value& key : mark.keys) {
    json.array().integer(static_cast<std::int64_t>(key.type));
    switch (key.type) {
      case Type::boolean: json.boolean(key.truth); break;
      case Type::number: json.string(fmt::format("{:.21Lg}", key.number)).boolean(key.computed); break;
      case Type::string: json.string(key.text); break;
      case Type::json: json.string(json_text(*key.tree)); break;
      default: json.string(std::to_string(key.from)).string(std::to_string(key.to));
    }
    json.end();
  }
  json.end();
  return to_base64url(out);
}

std::optional<Mark> read_mark(std::string_view text) {
  const auto plain = from_base64url(text);
  if (!plain) return std::nullopt;
  registry::JsonProblem problem;
  const Json json = registry::parse_json(*plain, problem);
  if (!problem.what.empty() || json.kind != Json::Kind::array || json.items.empty()) return std::nullopt;
  Mark mark;
  mark.id = std::strtoull(json.items[0].text.c_str(), nullptr, 10);
  for (std::size_t i = 1; i < json.items.size(); i++) {
    const auto& parts = json.items[i].items;
    if (parts.empty()) return std::nullopt;
    const int type = std::atoi(parts[0].text.c_str());
    // Nothing is sorted by a geometry or a list.
    if (type < 0 || type >= static_cast<int>(Type::list) || type == static_cast<int>(Type::geometry))
      return std::nullopt;
    Value& key = mark.keys.emplace_back();
    key.type = static_cast<Type>(type);
    if (key.type == Type::json) {  // never without what it holds
      registry::JsonProblem wrong;
      Json tree = parts.size() > 1 ? registry::parse_json(parts[1].text, wrong) : Json();
      if (!wrong.what.empty() || (tree.kind != Json::Kind::object && tree.kind != Json::Kind::array))
        return std::nullopt;
      key.tree = std::make_shared<const Json>(std::move(tree));
      continue;
    }
    if (parts.size() < 2) continue;
    key.truth = parts[1].text == "true";
    if (key.type == Type::number) {
      key.number = std::strtold(parts[1].text.c_str(), nullptr);
      key.computed = parts.size() > 2 && parts[2].text == "true";
    } else if (key.type == Type::string) {
      key.text = parts[1].text;
    } else if (parts.size() > 2) {
      key.from = std::strtoll(parts[1].text.c_str(), nullptr, 10);
      key.to = std::strtoll(parts[2].text.c_str(), nullptr, 10);
    }
  }
  return mark;
}

}  // namespace qala::sensorthings
