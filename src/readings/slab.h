#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

namespace qala::readings {

/// Pages for memory tables, kept for the next table so that steady ingest neither asks the system for memory nor takes
/// page faults. Thread-safe.
class SlabPool {
 public:
  static constexpr std::size_t kSlab = 256 << 10;

  /// Keeps at most `keep` free slabs.
  explicit SlabPool(std::size_t keep) : keep_(keep) {}
  std::unique_ptr<std::byte[]> take();
  void give(std::vector<std::unique_ptr<std::byte[]>>&& slabs);

 private:
  const std::size_t keep_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<std::byte[]>> free_;
};

/// Hands out pieces of slabs; everything goes back at once when it dies.
class Arena {
 public:
  explicit Arena(std::shared_ptr<SlabPool> pool) : pool_(std::move(pool)) {}
  ~Arena() { pool_->give(std::move(slabs_)); }
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  /// 8-byte aligned, `size` <= kSlab.
  std::byte* take(std::size_t size) {
    if (size > left_) refill();
    std::byte* out = at_;
    at_ += size;
    left_ -= size;
    return out;
  }
  std::size_t bytes() const { return slabs_.size() * SlabPool::kSlab; }

 private:
  void refill();

  std::shared_ptr<SlabPool> pool_;
  std::vector<std::unique_ptr<std::byte[]>> slabs_;
  std::byte* at_ = nullptr;
  std::size_t left_ = 0;
};

}  // namespace qala::readings
