#pragma once

#include <cstddef>
#include <memory>
#include <utility>

namespace qala::mqtt {

/// A queue with access by index, for values that can be default-constructed and moved. No memory until the first
/// push; grows by doubling, and gives all memory back when a grown one runs empty. The owner bounds its length.
template <class T>
class Ring {
 public:
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T& operator[](std::size_t index) { return slots_[(head_ + index) & (capacity_ - 1)]; }
  const T& operator[](std::size_t index) const { return slots_[(head_ + index) & (capacity_ - 1)]; }
  T& front() { return slots_[head_]; }
  T& back() { return (*this)[size_ - 1]; }

  T& push_back(T value) {
    if (size_ == capacity_) grow();
    size_++;
    return back() = std::move(value);
  }
  void pop_front() {
    slots_[head_] = T();
    head_ = (head_ + 1) & (capacity_ - 1);
    size_--;
    if (size_ == 0 && capacity_ > kKeep) clear();
  }
  void pop_back() {
    back() = T();
    size_--;
  }
  void clear() {
    slots_.reset();
    head_ = size_ = capacity_ = 0;
  }

 private:
  static constexpr std::size_t kKeep = 32;

  void grow() {
    const auto capacity = capacity_ ? capacity_ * 2 : 4;
    auto slots = std::make_unique<T[]>(capacity);
    for (std::size_t i = 0; i < size_; i++) slots[i] = std::move((*this)[i]);
    slots_ = std::move(slots);
    head_ = 0;
    capacity_ = capacity;
  }
  std::unique_ptr<T[]> slots_;
  std::size_t head_ = 0, size_ = 0, capacity_ = 0;
};

}  // namespace qala::mqtt
