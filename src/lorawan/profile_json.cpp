#include <algorithm>

#include <fmt/core.h>

#include "lorawan/book.h"
#include "registry/canonical_json.h"

namespace qala::lorawan {

namespace {

Error invalid(std::string_view field, std::string_view what) {
  return fail(ErrorKind::invalid, fmt::format("{}: {}", field, what));
}

Result<> read_text(const Json& body, std::string_view name, std::string& into) {
  const Json* value = body.find(name);
  if (!value) return {};
  if (value->kind == Json::Kind::null) into.clear();
  else if (value->kind != Json::Kind::string) return invalid(name, "is a text");
  else into = value->text;
  return {};
}

Result<> read_number(const Json& body, std::string_view name, const std::string& where, std::optional<double>& into) {
  const Json* value = body.find(name);
  if (!value) return {};
  into.reset();
  if (value->kind == Json::Kind::null) return {};
  if (value->kind != Json::Kind::number) return invalid(where + "." + std::string(name), "is a number or null");
  into = number(value);
  return {};
}

Result<Field> read_field(const Json& value, const std::string& where) {
  if (value.kind != Json::Kind::object) return invalid(where, "is {path, datastream, …}");
  Field out;
  for (const auto& [name, into] : {std::pair("path", &out.path), std::pair("datastream", &out.datastream),
                                   std::pair("unit", &out.unit), std::pair("property", &out.property)}) {
    if (auto done = read_text(value, name, *into); !done) return std::move(done).context(where).error();
  }
  std::optional<double> scale, offset;
  TRY_VOID(read_number(value, "scale", where, scale));
  TRY_VOID(read_number(value, "offset", where, offset));
  TRY_VOID(read_number(value, "min", where, out.min));
  TRY_VOID(read_number(value, "max", where, out.max));
  out.scale = scale.value_or(1);
  out.offset = offset.value_or(0);
  return out;
}

Result<> read_decoder(const Json& value, Profile& into) {
  const auto kind = decoder_from(text(member(value, "kind")));
  if (!kind) return invalid("decoder.kind", "is codec, cayenne-lpp or server");
  into.decoder = *kind;
  if (const Json* codec = value.find("codec"); codec && codec->kind != Json::Kind::object) {
    const auto id = codec->kind == Json::Kind::null ? std::optional(0.0) : number(codec);
    if (!id || *id < 0 || *id > kMaxEntityId) return invalid("decoder.codec", "is the number of a codec");
    into.codec = CodecId(static_cast<std::uint32_t>(*id));
  }
  if (into.decoder != DecoderKind::codec) into.codec = {};
  return {};
}

void write_optional(JsonWriter& json, std::string_view name, const std::optional<double>& value) {
  json.key(name);
  if (value) json.number(*value);
  else json.null();
}

}  // namespace

Result<> read_profile(const Json& body, Profile& into) {
  for (const auto& [name, text] :
       {std::pair("name", &into.name), std::pair("maker", &into.maker), std::pair("model", &into.model)}) {
    TRY_VOID(read_text(body, name, *text));
  }
  if (const Json* decoder = member(body, "decoder")) TRY_VOID(read_decoder(*decoder, into));
  if (const Json* expected = body.find("expected_s")) {
    const auto seconds = expected->kind == Json::Kind::null ? std::optional(0.0) : number(expected);
    if (!seconds || *seconds < 0 || *seconds > 366.0 * 86'400)
      return invalid("expected_s", "is 0 to a year of seconds");
    into.expected_s = static_cast<std::int64_t>(*seconds);
  }
  if (const Json* variables = member(body, "variables")) {
    if (variables->kind != Json::Kind::object) return invalid("variables", "is an object");
    into.variables = written(*variables);
  }
  if (const Json* fields = member(body, "fields")) {
    if (fields->kind != Json::Kind::array) return invalid("fields", "is a list");
    into.fields.clear();
    for (const Json& field : fields->items) {
      TRY(auto one, read_field(field, fmt::format("fields[{}]", into.fields.size())));
      into.fields.push_back(std::move(one));
    }
  }
  return {};
}

void write_profile(JsonWriter& json, const Profile& profile) {
  json.field("name", profile.name).field("maker", profile.maker).field("model", profile.model);
  json.key("decoder").object().field("kind", name_of(profile.decoder)).key("codec");
  if (profile.codec) json.integer(profile.codec.value);
  else json.null();
  json.end().field("expected_s", profile.expected_s).key("variables").raw(profile.variables);
  json.key("fields").array();
  for (const Field& field : profile.fields) {
    json.object().field("path", field.path).field("datastream", field.datastream).field("unit", field.unit);
    json.field("property", field.property).field("scale", field.scale).field("offset", field.offset);
    write_optional(json, "min", field.min);
    write_optional(json, "max", field.max);
    json.end();
  }
  json.end();
}

Result<> check(const Codec& codec) {
  if (codec.name.empty() || codec.name.size() > Limits::kName) return invalid("name", "1 to 200 bytes");
  if (!codec.script || codec.script->empty()) return invalid("script", "is the codec's text");
  if (codec.script->size() > (1u << 20)) return invalid("script", "at most 1 MB");
  return {};
}

Result<> check(const Profile& profile) {
  if (profile.name.empty() || profile.name.size() > Limits::kName) return invalid("name", "1 to 200 bytes");
  if (profile.maker.size() > Limits::kName || profile.model.size() > Limits::kName)
    return invalid("maker", "maker and model have at most 200 bytes");
  if (profile.decoder == DecoderKind::codec && !profile.codec) return invalid("decoder.codec", "which one?");
  if (profile.fields.size() > Limits::kFields) return invalid("fields", "at most 100");
  TRY_VOID(registry::canonical_object(profile.variables).context("variables"));
  for (std::size_t i = 0; i < profile.fields.size(); i++) {
    const Field& field = profile.fields[i];
    const std::string where = fmt::format("fields[{}]", i);
    if (field.path.empty() || field.path.size() > 500) return invalid(where + ".path", "1 to 500 bytes");
    if (field.datastream.empty() || field.datastream.size() > Limits::kName)
      return invalid(where + ".datastream", "is the key of a datastream, 1 to 200 bytes");
    if (field.scale == 0) return invalid(where + ".scale", "is not 0");
    if (field.min && field.max && *field.min >= *field.max) return invalid(where + ".min", "is less than max");
    const auto same = std::ranges::count(profile.fields, field.datastream, &Field::datastream);
    if (same > 1) return invalid(where + ".datastream", "two fields have \"" + field.datastream + "\"");
  }
  return {};
}

}  // namespace qala::lorawan
