#include "sensorthings/resource.h"

#include <charconv>

namespace qala::sensorthings {

namespace {

/// "Things(1)": the name and what stands in the brackets.
struct Segment {
  std::string_view name;
  std::optional<std::string_view> key;
};

Segment split(std::string_view text) {
  const auto open = text.find('(');
  if (open == std::string_view::npos || !text.ends_with(')')) return {text, std::nullopt};
  return {text.substr(0, open), text.substr(open + 1, text.size() - open - 2)};
}

Error nowhere(std::string_view segment) {
  return fail(ErrorKind::not_found, "there is no \"" + std::string(segment) + "\" here");
}

/// `Things('1')` is what clients write that take every id for text: it is 1. Any other text names nothing.
Result<std::uint64_t> id_of(std::string_view key) {
  std::uint64_t id = 0;
  const bool quoted = key.size() >= 2 && key.starts_with('\'') && key.ends_with('\'');
  if (quoted) key = key.substr(1, key.size() - 2);
  const auto [end, ec] = std::from_chars(key.data(), key.data() + key.size(), id);
  if (quoted && (ec != std::errc() || end != key.data() + key.size())) return std::uint64_t{0};
  if (ec == std::errc::result_out_of_range) return std::uint64_t{0};
  if (ec != std::errc() || end != key.data() + key.size())
    return fail(ErrorKind::invalid, "\"(" + std::string(key) + ")\" is no id: a number is expected");
  return id;
}

class Walker {
 public:
  explicit Walker(const TownFacts& facts) : facts_(facts) {}

  Result<Resource> walk(std::string_view path) {
    while (!path.empty()) {
      path.remove_prefix(path.starts_with('/') ? 1 : 0);
      const auto end = std::min(path.find('/'), path.size());
      const auto text = path.substr(0, end);
      path.remove_prefix(end);
      if (text.empty() && path.empty()) break;
      if (out_.value || out_.reference) return nowhere(text);
      TRY_VOID(step(text));
    }
    return std::move(out_);
  }

 private:
  Result<> step(std::string_view text) {
    using What = Resource::What;
    if (text == "$ref" && (out_.what == What::collection || out_.what == What::entity))
      return out_.reference = true, Result<>();
    if (text == "$value" && out_.what == What::property) return out_.value = true, Result<>();
    switch (out_.what) {
      case What::root: return from_root(text);
      case What::collection: return nowhere(text);
      case What::entity: return from_entity(text);
      case What::property: return into(text);
    }
    return nowhere(text);
  }

  Result<> from_root(std::string_view text) {
    const Segment segment = split(text);
    const auto kind = kind_of_set(segment.name);
    if (!kind) return nowhere(text);
    out_.what = Resource::What::collection;
    out_.collection = {*kind, {}, 0};
    return segment.key ? choose(*segment.key, text) : Result<>();
  }

  Result<> choose(std::string_view key, std::string_view text) {
    TRY(const auto id, id_of(key));
    TRY(out_.entity, facts_.find(out_.collection.kind, id));
    if (out_.entity && out_.collection.of) {
      TRY(const bool member, is_member());
      if (!member) return nowhere(text);
    }
    if (!out_.entity) return nowhere(text);
    out_.what = Resource::What::entity;
    return {};
  }

  Result<bool> is_member() {
    const Collection& from = out_.collection;
    if (out_.entity.kind == Kind::observation) {
      if (from.of.kind == Kind::datastream) return out_.entity.row->datastream.value == from.of.id;
      return facts_.feature_of(*out_.entity.row) == from.of.id;
    }
    for (const std::uint32_t id : facts_.related(from.of, from.relation))
      if (id == out_.entity.id) return true;
    return false;
  }

  Result<> from_entity(std::string_view text) {
    const Segment segment = split(text);
    const KindInfo& of = info(out_.entity.kind);
    if (const int relation = of.relation(segment.name); relation >= 0) {
      const Relation& to = of.relations[static_cast<std::size_t>(relation)];
      out_.collection = {to.to, out_.entity, relation};
      out_.through_relation = true;
      if (to.many) {
        out_.what = Resource::What::collection;
        out_.entity = {};
        return segment.key ? choose(*segment.key, text) : Result<>();
      }
      if (segment.key) return nowhere(text);
      Ref target;
      TRY_VOID(facts_.follow(out_.entity, relation, [&](const Ref& found) {
        target = found;
        return false;
      }));
      if (!target) return nowhere(text);
      out_.entity = std::move(target);
      return {};
    }
    std::string_view name = text;
    const auto bracket = name.find('[');
    out_.property = of.property(name.substr(0, bracket));
    out_.name = text;
    if (text == "@iot.id" || text == "id") out_.property = -1;
    else if (text == "@iot.selfLink" || text == "selfLink") out_.property = -2;
    else if (out_.property < 0) return nowhere(text);
    out_.what = Resource::What::property;
    return bracket == std::string_view::npos ? Result<>() : indexes(text, text.substr(bracket));
  }

  Result<> into(std::string_view text) {
    const auto bracket = text.find('[');
    out_.inside.push_back({.member = std::string(text.substr(0, bracket))});
    out_.name = text;
    return bracket == std::string_view::npos ? Result<>() : indexes(text, text.substr(bracket));
  }

  Result<> indexes(std::string_view text, std::string_view rest) {
    while (!rest.empty()) {
      const auto close = rest.find(']');
      int index = -1;
      if (rest[0] != '[' || close == std::string_view::npos) return nowhere(text);
      const auto [end, ec] = std::from_chars(rest.data() + 1, rest.data() + close, index);
      if (ec != std::errc() || end != rest.data() + close || index < 0) return nowhere(text);
      out_.inside.push_back({.index = index});
      rest.remove_prefix(close + 1);
    }
    return {};
  }

  const TownFacts& facts_;
  Resource out_;
};

}  // namespace

Result<Resource> find_resource(std::string_view path, const TownFacts& facts) { return Walker(facts).walk(path); }

std::string path_of(Kind kind, std::uint64_t id) {
  return "/" + std::string(info(kind).set) + "(" + std::to_string(id) + ")";
}

}  // namespace qala::sensorthings
