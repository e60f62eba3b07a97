// A footage file: any bytes give fragments that lie within them, in order, or none; what verifies is as long as it
// says.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <span>

#include "footage/walk.h"

using namespace qala;
using namespace qala::footage;

namespace {

void check(const Walked& walked, std::uint64_t from, std::uint64_t size, const ReadAt& read, bool verified) {
  std::uint64_t end = from;
  for (const auto& one : walked.fragments) {
    if (one.offset < end || one.end() > size) std::abort();
    end = one.end();
    if (verified && !read_fragment_bytes(read, one)) std::abort();
  }
  if (!walked.fragments.empty() && walked.end != end) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ReadAt read = [&](std::uint64_t offset, std::span<std::byte> out) -> Result<> {
    if (offset > size || out.size() > size - offset) return fail(ErrorKind::corrupt, "ends too early");
    if (!out.empty()) std::memcpy(out.data(), data + offset, out.size());
    return {};
  };
  std::string init;
  const auto mark = read_file_mark(read, size, &init);
  const std::uint64_t from = mark ? mark->init_bytes + kMarkBytes : 0;
  if (mark && init.size() != mark->init_bytes) std::abort();
  const auto marks = walk(read, from, size, Verify::marks);
  const auto all = walk(read, from, size, Verify::all);
  const auto tail = walk(read, from, size, Verify::tail);
  if (!marks || !all || !tail) std::abort();
  check(*marks, from, size, read, false);
  check(*all, from, size, read, true);
  check(*tail, from, size, read, false);
  return 0;
}
