// RFC 6902 over our JSON tree.
#include <algorithm>
#include <charconv>

#include "sensorthings/rows.h"
#include "sensorthings/writer.h"

namespace qala::sensorthings {

namespace {

Error bad(std::string_view what, std::string_view path) {
  return fail(ErrorKind::invalid, "JSON patch: " + std::string(what) + " \"" + std::string(path) + "\"");
}

/// "/a~1b/0" to "a/b", "0".
Result<std::vector<std::string>> pointer(std::string_view text) {
  std::vector<std::string> out;
  if (text.empty()) return out;
  if (text[0] != '/') return bad("this is no path:", text);
  for (std::size_t i = 0; i < text.size(); i++) {
    if (text[i] == '/') out.emplace_back();
    else if (text[i] == '~' && i + 1 < text.size()) out.back() += text[++i] == '1' ? '/' : '~';
    else out.back() += text[i];
  }
  return out;
}

/// Index of an element; the size for "-".
std::optional<std::size_t> index_of(const Json& array, std::string_view step) {
  if (step == "-") return array.items.size();
  std::size_t index = 0;
  const auto [end, ec] = std::from_chars(step.data(), step.data() + step.size(), index);
  if (ec != std::errc() || end != step.data() + step.size() || index > array.items.size()) return std::nullopt;
  return index;
}

Json* step_into(Json& at, const std::string& step) {
  if (at.kind == Json::Kind::object) {
    const auto found = std::ranges::find(at.members, step, &registry::JsonMember::name);
    return found == at.members.end() ? nullptr : &found->value;
  }
  const auto index = at.kind == Json::Kind::array ? index_of(at, step) : std::nullopt;
  return index && *index < at.items.size() ? &at.items[*index] : nullptr;
}

Result<Json*> find(Json& document, const std::vector<std::string>& steps, std::size_t count, std::string_view path) {
  Json* at = &document;
  for (std::size_t i = 0; i < count; i++) {
    at = step_into(*at, steps[i]);
    if (!at) return bad("there is nothing at", path);
  }
  return at;
}

Result<> put(Json& document, std::string_view path, Json value, bool must_exist) {
  TRY(const auto steps, pointer(path));
  if (steps.empty()) return document = std::move(value), Result<>();
  TRY(Json * parent, find(document, steps, steps.size() - 1, path));
  Json* existing = step_into(*parent, steps.back());
  if (must_exist && !existing) return bad("there is nothing at", path);
  if (parent->kind == Json::Kind::object) {
    if (existing) *existing = std::move(value);
    else parent->members.push_back({steps.back(), std::move(value)});
    return {};
  }
  const auto index = parent->kind == Json::Kind::array ? index_of(*parent, steps.back()) : std::nullopt;
  if (!index) return bad("nothing can be put at", path);
  if (must_exist) *existing = std::move(value);
  else parent->items.insert(parent->items.begin() + static_cast<std::ptrdiff_t>(*index), std::move(value));
  return {};
}

Result<Json> take(Json& document, std::string_view path, bool away) {
  TRY(const auto steps, pointer(path));
  if (steps.empty()) return bad("the whole cannot be taken:", path);
  TRY(Json * parent, find(document, steps, steps.size() - 1, path));
  Json* existing = step_into(*parent, steps.back());
  if (!existing) return bad("there is nothing at", path);
  Json out = *existing;
  if (!away) return out;
  if (parent->kind == Json::Kind::object)
    std::erase_if(parent->members, [&](const auto& member) { return member.name == steps.back(); });
  else parent->items.erase(parent->items.begin() + (existing - parent->items.data()));
  return out;
}

}  // namespace

Result<> apply_json_patch(const Json& patch, Json& document) {
  if (patch.kind != Json::Kind::array)
    return fail(ErrorKind::invalid, "JSON patch: an array of operations is expected");
  for (const Json& step : patch.items) {
    const auto text = [&](std::string_view name) -> std::string {
      const Json* value = step.find(name);
      return value && value->kind == Json::Kind::string ? value->text : "";
    };
    const std::string op = text("op"), path = text("path");
    if (!step.find("path")) return fail(ErrorKind::invalid, "JSON patch: an operation has no path");
    if (op == "remove") {
      TRY([[maybe_unused]] const Json gone, take(document, path, true));
      continue;
    }
    if (op == "move" || op == "copy") {
      TRY(Json value, take(document, text("from"), op == "move"));
      TRY_VOID(put(document, path, std::move(value), false));
      continue;
    }
    const Json* value = step.find("value");
    if (!value) return bad("a value is missing for", path);
    if (op == "add" || op == "replace") {
      TRY_VOID(put(document, path, *value, op == "replace"));
    } else if (op == "test") {
      TRY(const Json there, take(document, path, false));
      if (compare(value_of(there), Compare::eq, value_of(*value)) != true &&
          !(there.kind == Json::Kind::null && value->kind == Json::Kind::null))
        return bad("the test failed for", path);
    } else {
      return bad("there is no operation", op);
    }
  }
  return {};
}

}  // namespace qala::sensorthings
