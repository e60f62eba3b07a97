// The header of a request, from strangers: what passes the gate has one meaning only.
#include <cstdint>
#include <cstdlib>

#include "base/utf8.h"
#include "http/gate.h"
#include "http/target.h"

using namespace qala;
using namespace qala::http;

static void check(bool holds) {
  if (!holds) std::abort();
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto end = find_head_end(bytes, 0);
  if (!end || *end == 0) return 0;
  const auto head = check_head(bytes.substr(0, *end));
  if (!head) return 0;
  check(!(head->chunked && head->content_length));
  check(!(head->chunked && head->minor == 0));
  check(head->minor == 0 || !head->header("host").empty());
  check(head->target.starts_with('/') && head->target.size() <= kMaxTarget);
  const auto target = parse_target(head->target);
  if (!target) return 0;
  check(target->path.starts_with('/') && !target->path.contains("//") && !target->path.contains('\0'));
  check(!(target->path + "/").contains("/../") && !(target->path + "/").contains("/./"));
  check(utf8::is_valid(target->path));
  return 0;
}
