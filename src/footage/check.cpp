#include <algorithm>
#include <filesystem>

#include "base/file.h"
#include "footage/finder.h"
#include "footage/library.h"
#include "footage/walk.h"

namespace qala::footage {

namespace {

/// Every fragment of one file against its checksum; lines for what is wrong.
Result<> check_file(Finder& finder, const FileRow& row, std::uint64_t& fragments, std::vector<std::string>& lines) {
  const std::string path = finder.folder() + "/" + row.path();
  auto file = File::open(path, File::Mode::read);
  if (!file) {
    TRY(const auto now, finder.again(row.id));
    if (now && !now->open) lines.push_back(row.path() + ": " + file.error().message);
    return {};
  }
  TRY(const auto size, file->size());
  const ReadAt read = reader_of(*file);
  if (const auto mark = read_file_mark(read, size); !mark) {
    if (!row.open) lines.push_back(row.path() + ": " + mark.error().message);
    return {};
  }
  TRY(const auto list, finder.fragments(row));
  for (const auto& one : list) {
    fragments++;
    if (const auto bytes = read_fragment_bytes(read, one); !bytes)
      lines.push_back(row.path() + ": " + to_iso(Instant::from_ms(one.at_ms)) + ": " + bytes.error().message);
  }
  return {};
}

}  // namespace

Result<std::vector<std::string>> check(const std::string& folder, std::uint64_t& fragments) {
  Finder finder(folder);
  std::vector<std::string> lines;
  TRY(const auto days, finder.days());
  StreamId last{UINT32_MAX, kSub};
  for (const auto& day : days) {
    if (day.stream == last) continue;
    last = day.stream;
    TRY(auto row, finder.next_file(day.stream, INT64_MIN, 0, INT64_MAX));
    while (row) {
      TRY_VOID(check_file(finder, *row, fragments, lines));
      TRY(row, finder.next_file(day.stream, row->from_ms, row->run, INT64_MAX));
    }
  }
  return lines;
}

}  // namespace qala::footage
