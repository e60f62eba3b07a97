#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "base/assert.h"

namespace qala::registry {

/// Entities by dense id, in blocks: a million datastreams cost their own bytes and one pointer per thousand, ids are
/// found without hashing, and growing moves nothing. Not thread-safe. An id is used once, so a removed one leaves a
/// hole.
template <class T>
class Slots {
 public:
  const T* find(std::uint32_t id) const {
    if (id / kBlock >= blocks_.size() || !blocks_[id / kBlock]) return nullptr;
    const T& slot = (*blocks_[id / kBlock])[id % kBlock];
    return number(slot) == id && id != 0 ? &slot : nullptr;
  }

  /// Puts `value` under its own id.
  void put(T value) {
    const std::uint32_t id = number(value);
    QALA_ASSERT(id != 0, "stored entities have an id");
    if (id / kBlock >= blocks_.size()) blocks_.resize(id / kBlock + 1);
    auto& block = blocks_[id / kBlock];
    if (!block) block = std::make_unique<std::array<T, kBlock>>();
    T& slot = (*block)[id % kBlock];
    if (number(slot) == 0) count_++;
    slot = std::move(value);
  }

  void erase(std::uint32_t id) {
    if (!find(id)) return;
    (*blocks_[id / kBlock])[id % kBlock] = T{};
    count_--;
  }

  std::size_t size() const { return count_; }

  /// By ascending id.
  template <class Visit>
  void each(const Visit& visit) const {
    for (const auto& block : blocks_) {
      if (!block) continue;
      for (const T& slot : *block)
        if (number(slot) != 0) visit(slot);
    }
  }

 private:
  static constexpr std::uint32_t kBlock = 256;
  static std::uint32_t number(const T& value) {
    if constexpr (requires { value.id.value; }) return value.id.value;
    else return value.id;
  }

  std::vector<std::unique_ptr<std::array<T, kBlock>>> blocks_;
  std::size_t count_ = 0;
};

}  // namespace qala::registry
