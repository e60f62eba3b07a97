#include "readings/slab.h"

namespace qala::readings {

std::unique_ptr<std::byte[]> SlabPool::take() {
  {
    const std::lock_guard lock(mutex_);
    if (!free_.empty()) {
      auto slab = std::move(free_.back());
      free_.pop_back();
      return slab;
    }
  }
  return std::make_unique_for_overwrite<std::byte[]>(kSlab);
}

void SlabPool::give(std::vector<std::unique_ptr<std::byte[]>>&& slabs) {
  const std::lock_guard lock(mutex_);
  for (auto& slab : slabs) {
    if (free_.size() < keep_) free_.push_back(std::move(slab));
  }
  slabs.clear();
}

void Arena::refill() {
  slabs_.push_back(pool_->take());
  at_ = slabs_.back().get();
  left_ = SlabPool::kSlab;
}

}  // namespace qala::readings
