#include "base/process.h"

#include <sys/resource.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <string>

namespace qala {

namespace {

namespace fs = std::filesystem;

/// "VmRSS:   51234 kB" of /proc/self/status, in bytes.
std::uint64_t status_bytes(const std::string& text, std::string_view key) {
  const auto at = text.find(std::string(key) + ":");
  if (at == std::string::npos) return 0;
  return std::strtoull(text.c_str() + at + key.size() + 1, nullptr, 10) * 1024;
}

std::string read_all(const fs::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// The least that this control group or one above it allows.
std::optional<std::uint64_t> group_limit() {
  const std::string groups = read_all("/proc/self/cgroup");
  const auto at = groups.find("0::/");
  if (at == std::string::npos) return std::nullopt;
  const fs::path root = "/sys/fs/cgroup";
  fs::path group = root / groups.substr(at + 4, groups.find('\n', at) - at - 4);
  std::optional<std::uint64_t> least;
  for (;; group = group.parent_path()) {
    const std::string text = read_all(group / "memory.max");
    std::uint64_t bytes = 0;
    const bool number = std::from_chars(text.data(), text.data() + text.size(), bytes).ec == std::errc();
    if (number && (!least || bytes < *least)) least = bytes;
    if (group == root || !group.has_relative_path() || group == group.parent_path()) return least;
  }
}

std::uint64_t open_descriptors() {
  std::error_code ec;
  std::uint64_t n = 0;
  for (fs::directory_iterator it("/proc/self/fd", ec), end; !ec && it != end; it.increment(ec)) n++;
  return n;
}

}  // namespace

ProcessFacts process_facts() {
  const std::string status = read_all("/proc/self/status");
  struct rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  return {.resident = status_bytes(status, "VmRSS"),
          .peak = status_bytes(status, "VmHWM"),
          .memory_limit = group_limit(),
          .descriptors = open_descriptors(),
          .descriptor_limit = files.rlim_cur};
}

std::int64_t thread_cpu_ns() {
  struct timespec used{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return std::int64_t{used.tv_sec} * 1'000'000'000 + used.tv_nsec;
}

}  // namespace qala
