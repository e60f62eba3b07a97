#include "readings/log_ahead.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include "base/random.h"
#include "readings/log_recovery.h"
#include "readings/varint.h"

namespace qala::readings {

namespace {

constexpr std::uint64_t kStep = 512u << 10;

bool exists(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

}  // namespace

Result<> LogAhead::begin() {
  if (exists(spare()) && !exists(temporary())) TRY_VOID(disk_.rename(spare(), temporary()));
  TRY(File file, File::open(temporary(), File::Mode::create));
  TRY(const std::uint64_t have, file.size());
  size_ = std::max(segment_bytes_, have);
  zeroed_ = overwrite_ ? 0 : have;
  file_ = std::move(file);
  return {};
}

Result<> LogAhead::advance(std::uint64_t number) {
  if (!file_) return begin();
  if (zeroed_ == size_) return finish(number);
  const std::vector<std::byte> zeros(std::min(kStep, size_ - zeroed_));
  TRY_VOID(disk_.write(*file_, zeroed_, zeros));
  TRY_VOID(disk_.sync(*file_));
  zeroed_ += zeros.size();
  return {};
}

Result<> LogAhead::finish(std::uint64_t number) {
  static SystemRandom random;
  Ready ready{.file = std::move(*file_),
              .path = folder_ + "/" + log_file_name(number),
              .head = {.number = number, .salt = random.next(), .first_sequence = 0},
              .size = size_};
  file_.reset();
  std::string head;
  put_log_head(ready.head, head);
  TRY_VOID(disk_.write(ready.file, 0, bytes_of(head)));
  TRY_VOID(disk_.sync(ready.file));
  TRY_VOID(disk_.rename(temporary(), ready.path));
  TRY_VOID(disk_.sync_folder(folder_));
  TRY(ready.file, File::open(ready.path, File::Mode::write));  // so that its errors name it as it is called now
  ready_ = std::move(ready);
  overwrite_ = false;
  return {};
}

Result<> LogAhead::step(std::uint64_t number) {
  if (ready_) return {};
  auto done = advance(number);
  if (done) return done;
  file_.reset();
  // Half a file on a full disk takes space from everybody: it goes, and is tried again.
  if (done.error().kind == ErrorKind::full && exists(temporary())) TRY_VOID(disk_.remove(temporary()));
  return done;
}

Result<> LogAhead::overwrite() {
  overwrite_ = true;
  file_.reset();
  if (exists(spare())) TRY_VOID(disk_.remove(spare()));
  if (!ready_) return {};
  TRY_VOID(disk_.rename(ready_->path, temporary()));
  ready_.reset();
  return {};
}

Result<LogAhead::Ready> LogAhead::take(std::uint64_t number, std::uint64_t row_bytes) {
  while (!ready_) TRY_VOID(step(number));
  if (ready_->size < kLogHead + row_bytes) {
    const std::vector<std::byte> zeros(kLogHead + row_bytes - ready_->size);
    TRY_VOID(disk_.write(ready_->file, ready_->size, zeros));
    TRY_VOID(disk_.sync(ready_->file));
    ready_->size = kLogHead + row_bytes;
  }
  Ready ready = std::move(*ready_);
  ready_.reset();
  return ready;
}

Result<> LogAhead::recycle(const std::string& path) {
  if (ready_ || file_ || exists(spare())) return disk_.remove(path);
  return disk_.rename(path, spare());
}

Result<> LogAhead::discard() {
  if (ready_) TRY_VOID(disk_.remove(ready_->path));
  ready_.reset();
  file_.reset();
  for (const std::string& path : {temporary(), spare()}) {
    if (exists(path)) TRY_VOID(disk_.remove(path));
  }
  return {};
}

std::uint64_t LogAhead::bytes() const {
  std::error_code ignored;
  const auto kept = std::filesystem::file_size(spare(), ignored);
  return (ready_ ? ready_->size : 0) + (file_ ? zeroed_ : 0) + (ignored ? 0 : kept);
}

}  // namespace qala::readings
