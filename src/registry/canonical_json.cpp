#include "registry/canonical_json.h"

#include <boost/json.hpp>

#include "base/json_writer.h"
#include "registry/json_values.h"

namespace qala::registry {

namespace json = boost::json;

void write_canonical(JsonWriter& out, const json::value& value) {
  switch (value.kind()) {
    case json::kind::null: out.null(); return;
    case json::kind::bool_: out.boolean(value.get_bool()); return;
    case json::kind::int64: out.integer(value.get_int64()); return;
    case json::kind::uint64: out.raw(std::to_string(value.get_uint64())); return;
    case json::kind::double_: out.number(value.get_double() == 0 ? 0.0 : value.get_double()); return;
    case json::kind::string: out.string(std::string_view(value.get_string())); return;
    case json::kind::array:
      out.array();
      for (const auto& item : value.get_array()) write_canonical(out, item);
      out.end();
      return;
    case json::kind::object:
      out.object();
      for (const auto& member : value.get_object()) {
        out.key(std::string_view(member.key()));
        write_canonical(out, member.value());
      }
      out.end();
      return;
  }
}

Result<std::string> canonical_object(std::string_view text) {
  constexpr std::size_t kLimit = 64 * 1024;
  if (text.empty()) return std::string("{}");
  if (text.size() > kLimit) return fail(ErrorKind::invalid, "is longer than 64 KB");
  boost::system::error_code ec;
  const json::value value = json::parse(json::string_view(text.data(), text.size()), ec);
  if (ec) return fail(ErrorKind::invalid, "is not JSON: " + ec.message());
  if (!value.is_object()) return fail(ErrorKind::invalid, "is not a JSON object");
  std::string out;
  JsonWriter writer(out);
  write_canonical(writer, value);
  return out;
}

}  // namespace qala::registry
