#include "sync_probe.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

namespace qala::bench {

constexpr std::size_t kFileBytes = 32 << 20;

SyncProbe::SyncProbe(const std::string& path, std::size_t row, double rate)
    : path_(path),
      row_(std::max<std::size_t>(row, 1)),
      apart_ns_(static_cast<std::int64_t>(1e9 / std::max(rate, 1.0))) {
  file_ = ::open(path_.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  if (file_ < 0) give_up("cannot make " + path_);
  const std::vector<char> zeros(1 << 20);
  for (std::size_t n = 0; n < kFileBytes; n += zeros.size()) {
    if (::write(file_, zeros.data(), zeros.size()) != static_cast<ssize_t>(zeros.size()))
      give_up("cannot fill " + path_);
  }
  ::fsync(file_);
}

SyncProbe::~SyncProbe() {
  ::close(file_);
  ::unlink(path_.c_str());
}

void SyncProbe::run_until(std::int64_t end, Pace pace) {
  const std::vector<char> row(row_, 'x');
  std::int64_t due = monotonic_ns();
  for (std::int64_t before; (before = monotonic_ns()) < end;) {
    if (pace == Pace::at_rate && due > before) {
      const timespec wait{0, std::min<std::int64_t>(due - before, 999'999'999)};
      ::nanosleep(&wait, nullptr);
      before = monotonic_ns();
    }
    if (at_ + row_ > kFileBytes) at_ = 0;
    if (::pwrite(file_, row.data(), row_, static_cast<off_t>(at_)) != static_cast<ssize_t>(row_) ||
        ::fdatasync(file_) != 0) {
      give_up("cannot write " + path_);
    }
    at_ += row_;
    const std::int64_t after = monotonic_ns();
    times_.add(after - before);
    for (; due <= before; due += apart_ns_) arrivals_.add(after - due);
  }
}

}  // namespace qala::bench
