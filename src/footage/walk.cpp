#include "footage/walk.h"

#include <algorithm>

#include "media/fragments.h"

namespace qala::footage {

namespace {

constexpr std::size_t kTailFragments = 16;
constexpr std::int64_t kTailMs = 30'000;
constexpr std::size_t kSearchBlock = 1 << 20;

Result<std::string> read_bytes(const ReadAt& read, std::uint64_t offset, std::size_t count) {
  std::string bytes(count, '\0');
  TRY_VOID(read(offset, std::as_writable_bytes(std::span(bytes))));
  return bytes;
}

/// The box at `at` must have this name; gives where it ends.
Result<std::uint64_t> pass_box(const ReadAt& read, std::uint64_t at, std::uint64_t size, std::string_view name) {
  if (at + 8 > size) return fail(ErrorKind::corrupt, "ends before its " + std::string(name));
  TRY(const auto head, read_bytes(read, at, static_cast<std::size_t>(std::min<std::uint64_t>(16, size - at))));
  TRY(const auto box, media::read_box(head));
  if (!box.is(name)) return fail(ErrorKind::corrupt, "has no " + std::string(name) + " where it must be");
  if (box.size < 8 || box.size > kLargestInit) return fail(ErrorKind::corrupt, "has a wrong " + std::string(name));
  return at + box.size;
}

Result<bool> is_whole(const ReadAt& read, const Fragment& fragment) {
  auto bytes = read_fragment_bytes(read, fragment);
  if (bytes) return true;
  if (bytes.error().kind == ErrorKind::corrupt) return false;
  return std::move(bytes.error());
}

/// Where the next mark is at or behind `at`; `size` if there is none.
Result<std::uint64_t> next_mark(const ReadAt& read, std::uint64_t at, std::uint64_t size) {
  while (at + kMarkBytes <= size) {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(kSearchBlock, size - at));
    const auto block = read_bytes(read, at, count);
    if (!block && block.error().kind != ErrorKind::corrupt) return block.error();
    if (!block) {  // the disk cannot read it
      if (at + count == size) return size;
      at += count;
      continue;
    }
    std::size_t found = 0;
    while (true) {
      const auto step = find_fragment_mark(std::string_view(*block).substr(found));
      if (step == std::string_view::npos) break;
      found += step;
      if (found + kMarkBytes > block->size()) break;
      if (decode_fragment_mark(std::string_view(*block).substr(found, kMarkBytes))) return at + found;
      found++;
    }
    if (at + count == size) return size;
    at += count - kMarkBytes;  // a mark may lie across two blocks
  }
  return size;
}

class Walk {
 public:
  Walk(const ReadAt& read, std::uint64_t size, Verify verify) : read_(read), size_(size), verify_(verify) {}

  Result<Walked> run(std::uint64_t from, std::uint32_t after) {
    walked_.end = from;
    walked_.sequence = after;
    std::uint64_t at = from;
    while (at + kMarkBytes <= size_) {
      TRY(const bool found, step(at));
      if (found) {
        at = walked_.end;
        continue;
      }
      TRY(at, next_mark(read_, at + 1, size_));
    }
    if (verify_ == Verify::tail) TRY_VOID(verify_tail());
    return std::move(walked_);
  }

 private:
  /// Takes the fragment at `at` if a whole one is there.
  Result<bool> step(std::uint64_t at) {
    const auto bytes = read_bytes(read_, at, kMarkBytes);
    if (!bytes && bytes.error().kind != ErrorKind::corrupt) return bytes.error();
    const auto mark = bytes ? decode_fragment_mark(*bytes) : std::nullopt;
    if (!mark || mark->sequence <= walked_.sequence || mark->bytes > size_ - at - kMarkBytes) return false;
    const Fragment fragment{.offset = at,
                            .bytes = mark->bytes,
                            .at_ms = mark->at_ms,
                            .duration_ms = mark->duration_ms,
                            .key = mark->key,
                            .motion = mark->motion};
    if (verify_ == Verify::all) {
      TRY(const bool whole, is_whole(read_, fragment));
      if (!whole) return false;
    }
    if (at != walked_.end) walked_.damaged++;
    walked_.fragments.push_back(fragment);
    sequences_.push_back(mark->sequence);
    walked_.end = fragment.end();
    walked_.sequence = mark->sequence;
    return true;
  }

  Result<> verify_tail() {
    auto& list = walked_.fragments;
    if (list.empty()) return {};
    const std::int64_t since = list.back().at_ms - kTailMs;
    std::size_t first = list.size();
    while (first > 0 && (list.size() - first < kTailFragments || list[first - 1].at_ms >= since)) first--;
    std::size_t kept = first;
    std::size_t last = first;  // behind the last whole one
    for (std::size_t at = first; at < list.size(); at++) {
      TRY(const bool whole, is_whole(read_, list[at]));
      if (!whole) continue;
      walked_.damaged += at - last;  // torn ones before a whole one stay in the file
      last = at + 1;
      sequences_[kept] = sequences_[at];
      list[kept++] = list[at];
    }
    const std::uint64_t begin = list.front().offset;
    list.resize(kept);
    walked_.end = list.empty() ? begin : list.back().end();
    walked_.sequence = list.empty() ? 0 : sequences_[kept - 1];
    return {};
  }

  const ReadAt& read_;
  std::uint64_t size_;
  Verify verify_;
  Walked walked_;
  std::vector<std::uint32_t> sequences_;
};

}  // namespace

ReadAt reader_of(const File& file) {
  return [&file](std::uint64_t offset, std::span<std::byte> out) { return file.read_at(offset, out); };
}

Result<FileMark> read_file_mark(const ReadAt& read, std::uint64_t size, std::string* init) {
  TRY(const auto moov, pass_box(read, 0, size, "ftyp"));
  TRY(const auto end, pass_box(read, moov, size, "moov"));
  if (end + kMarkBytes > size) return fail(ErrorKind::corrupt, "ends before its mark");
  TRY(const auto bytes, read_bytes(read, end, kMarkBytes));
  const auto mark = decode_file_mark(bytes);
  if (!mark || mark->init_bytes != end) return fail(ErrorKind::corrupt, "has no mark of ours, or a torn one");
  TRY(auto segment, read_bytes(read, 0, static_cast<std::size_t>(end)));
  if (crc_of(segment) != mark->init_crc) return fail(ErrorKind::corrupt, "its init segment is not what was written");
  if (init) *init = std::move(segment);
  return *mark;
}

Result<Walked> walk(const ReadAt& read, std::uint64_t from, std::uint64_t size, Verify verify, std::uint32_t after) {
  return Walk(read, size, verify).run(from, after);
}

Result<std::string> read_fragment_bytes(const ReadAt& read, const Fragment& fragment) {
  if (fragment.bytes > kLargestFragment) return fail(ErrorKind::corrupt, "a fragment is too large");
  TRY(auto bytes, read_bytes(read, fragment.offset, kMarkBytes + fragment.bytes));
  const auto mark = decode_fragment_mark(std::string_view(bytes).substr(0, kMarkBytes));
  bytes.erase(0, kMarkBytes);
  if (!mark || mark->bytes != fragment.bytes || mark->at_ms != fragment.at_ms || crc_of(bytes) != mark->crc)
    return fail(ErrorKind::corrupt, "a fragment is not what was written");
  return bytes;
}

}  // namespace qala::footage
