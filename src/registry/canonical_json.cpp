#include "registry/canonical_json.h"

#include "registry/json_tree.h"

namespace qala::registry {

Result<std::string> canonical_object(std::string_view text) {
  constexpr std::size_t kLimit = 64 * 1024;
  if (text.empty()) return std::string("{}");
  if (text.size() > kLimit) return fail(ErrorKind::invalid, "is longer than 64 KB");
  JsonProblem problem;
  const JsonValue value = parse_json(text, problem);
  if (!problem.what.empty()) return fail(ErrorKind::invalid, "is not JSON: " + problem.what);
  if (value.kind != JsonValue::Kind::object) return fail(ErrorKind::invalid, "is not a JSON object");
  std::string out;
  JsonWriter writer(out);
  write_json(writer, value);
  return out;
}

}  // namespace qala::registry
