#include "codec/shared_page.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <new>
#include <utility>

#include <fmt/core.h>

namespace qala::codec {

namespace {

constexpr off_t kSize = 4096;

}  // namespace

Result<SharedPage> SharedPage::make() {
  const int file = ::memfd_create("qala-codec", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (file < 0) return from_errno(errno, "making a page to share with qala-codec");
  // Sealed: cut short by the child it would end us when we look.
  void* page = MAP_FAILED;
  if (::ftruncate(file, kSize) == 0 && ::fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0) {
    page = ::mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  }
  if (page == MAP_FAILED) {
    const int code = errno;
    ::close(file);
    return from_errno(code, "making a page to share with qala-codec");
  }
  return SharedPage(file, new (page) Progress);
}

SharedPage::SharedPage(SharedPage&& other) noexcept
    : file_(std::exchange(other.file_, -1)), progress_(std::exchange(other.progress_, nullptr)) {}

SharedPage& SharedPage::operator=(SharedPage&& other) noexcept {
  std::swap(file_, other.file_);
  std::swap(progress_, other.progress_);
  return *this;
}

SharedPage::~SharedPage() {
  if (progress_) ::munmap(progress_, kSize);
  if (file_ >= 0) ::close(file_);
}

std::optional<Spent> spent_by(int pid) {
  clockid_t clock{};
  timespec used{};
  if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &used) != 0) return std::nullopt;
  Spent spent{.cpu_ns = std::int64_t{used.tv_sec} * 1'000'000'000 + used.tv_nsec};
  std::FILE* file = std::fopen(fmt::format("/proc/{}/statm", pid).c_str(), "re");
  if (!file) return std::nullopt;
  unsigned long long size = 0, resident = 0;
  const bool read = std::fscanf(file, "%llu %llu", &size, &resident) == 2;
  std::fclose(file);
  if (!read) return std::nullopt;
  spent.resident = resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return spent;
}

}  // namespace qala::codec
