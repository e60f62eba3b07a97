#include "footage/recording.h"

#include <algorithm>

#include "footage/marks.h"
#include "media/fragments.h"

namespace qala::footage {

namespace {
constexpr std::int64_t kLongestFragmentMs = 60'000;
}

std::uint32_t duration_ms(std::span<const media::Sample> samples, std::uint32_t clock) {
  const auto& last = samples.back();
  const std::int64_t units = last.dts - samples.front().dts + last.duration;
  const std::int64_t ms = units * 1'000 / std::max<std::int64_t>(1, clock);
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(ms, 1, kLongestFragmentMs));
}

OpenFile::OpenFile(std::string folder, FileRow row, File file, Disk& disk)
    : folder_(std::move(folder)), row_(row), file_(std::move(file)), disk_(disk) {}

Result<std::unique_ptr<OpenFile>> OpenFile::create(const std::string& folder, const FileRow& row, const Format& format,
                                                   Disk& disk) {
  const std::string path = folder + "/" + row.path();
  TRY_VOID(disk.make_folder(folder_of(path)));
  TRY(auto file, disk.create(path));
  std::string head = media::init_segment(format.video, format.audio ? &*format.audio : nullptr);
  if (head.size() > kLargestInit) return fail(ErrorKind::invalid, "the stream's parameter sets are too large");
  head += encode(FileMark{.id = row.stream,
                          .run = row.run,
                          .at_ms = row.from_ms,
                          .init_bytes = static_cast<std::uint32_t>(head.size()),
                          .init_crc = crc_of(head)});
  auto written = disk.write(file, 0, std::as_bytes(std::span(head)));
  if (!written) {
    const auto removed = disk.remove(path);
    return removed ? std::move(written.error()) : removed.error().context(written.error().message);
  }
  std::unique_ptr<OpenFile> open(new OpenFile(folder_of(path), row, std::move(file), disk));
  open->begin_ = open->size_ = head.size();
  return open;
}

Result<> OpenFile::append(const Take& take, const Format& format) {
  std::string bytes(kMarkBytes, '\0');
  bytes += media::fragment(++boxes_, 1, take.video);
  if (format.audio && !take.audio.empty()) bytes += media::fragment(++boxes_, 2, take.audio);
  const std::string_view body = std::string_view(bytes).substr(kMarkBytes);
  if (body.size() > kLargestFragment) return fail(ErrorKind::invalid, "a fragment of more than 64 MB");
  const Fragment fragment{.offset = size_,
                          .bytes = static_cast<std::uint32_t>(body.size()),
                          .at_ms = take.at_ms,
                          .duration_ms = duration_ms(take.video, format.video.clock),
                          .key = take.key(),
                          .motion = take.motion};
  bytes.replace(0, kMarkBytes,
                encode(FragmentMark{.sequence = static_cast<std::uint32_t>(fragments_.size() + 1),
                                    .at_ms = fragment.at_ms,
                                    .duration_ms = fragment.duration_ms,
                                    .key = fragment.key,
                                    .motion = fragment.motion,
                                    .bytes = fragment.bytes,
                                    .crc = crc_of(body)}));
  auto written = disk_.write(file_, size_, std::as_bytes(std::span(bytes)));
  if (!written) {
    if (!disk_.truncate(file_, size_)) usable_ = false;
    return written;
  }
  size_ += bytes.size();
  fragments_.push_back(fragment);
  return {};
}

void OpenFile::start_sync() {
  if (unsynced()) disk_.start_sync(file_);
}

Result<> OpenFile::sync() {
  if (size_ != synced_) {
    auto synced = disk_.sync(file_);
    if (!synced) {
      usable_ = false;  // what the system has thrown away it does not write at a second try
      return synced;
    }
    synced_ = size_;
  }
  if (new_name_) TRY_VOID(disk_.sync_folder(folder_));
  new_name_ = false;
  return {};
}

Index::Ended OpenFile::ended() const {
  FileRow row = row_;
  row.to_ms = std::max(row.from_ms, end_ms());
  row.bytes = size_;
  row.marks = marks_of(fragments_);
  row.open = false;
  return {.row = row, .list = encode_list(fragments_, row.from_ms, begin_)};
}

}  // namespace qala::footage
