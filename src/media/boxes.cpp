#include "media/boxes.h"

#include <cstring>

namespace qala::media {

Result<Box> read_box(std::string_view bytes) {
  if (bytes.size() < 8) return fail(ErrorKind::unavailable, "too few bytes for a box");
  Box box;
  box.size = get32(bytes, 0);
  std::memcpy(box.type, bytes.data() + 4, 4);
  if (box.size == 1) {
    if (bytes.size() < 16) return fail(ErrorKind::unavailable, "too few bytes for a box");
    box.size = get64(bytes, 8);
    box.header = 16;
  }
  for (const char c : box.type) {
    if (static_cast<unsigned char>(c) < 0x20) return fail(ErrorKind::corrupt, "not a box: its type is no text");
  }
  if (box.size < box.header && box.size != 0) return fail(ErrorKind::corrupt, "box smaller than its own header");
  return box;
}

bool BoxWalk::next() {
  if (failed_ || next_ >= all_.size()) return false;
  const auto box = read_box(all_.substr(next_));
  const auto left = all_.size() - next_;
  if (!box || box->size > left) {
    failed_ = true;
    return false;
  }
  const auto size = box->size == 0 ? left : static_cast<std::size_t>(box->size);  // 0: to the end
  at = next_;
  type = all_.substr(at + 4, 4);
  content = all_.substr(at + box->header, size - box->header);
  next_ += size;
  return true;
}

std::optional<std::string_view> find_box(std::string_view bytes, std::string_view type) {
  for (BoxWalk walk(bytes); walk.next();) {
    if (walk.type == type) return walk.content;
  }
  return std::nullopt;
}

std::optional<std::string_view> find_box(std::string_view bytes, std::initializer_list<std::string_view> path) {
  std::optional<std::string_view> at = bytes;
  for (const auto type : path) {
    if (at) at = find_box(*at, type);
  }
  return at;
}

}  // namespace qala::media
