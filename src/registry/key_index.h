#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

namespace qala::registry {

/// Finds ids by key: an open hash table of ids only (4 bytes a place, at most 70 % full), the keys stay with the
/// entities. `Keys` answers `hash_of(id)` and is asked by the caller's `same` whether an id is the one meant.
/// Not thread-safe. A key must be erased before the entity changes it.
class KeyIndex {
 public:
  template <class Same>
  std::uint32_t find(std::size_t hash, const Same& same) const {
    if (places_.empty()) return 0;
    for (std::size_t at = hash & mask();; at = (at + 1) & mask()) {
      const std::uint32_t id = places_[at];
      if (id == 0) return 0;
      if (same(id)) return id;
    }
  }

  template <class HashOf>
  void insert(std::uint32_t id, const HashOf& hash_of) {
    if ((count_ + 1) * 10 > places_.size() * 7) grow(hash_of);
    place(id, hash_of(id));
    count_++;
  }

  /// Closes the gap by moving later ids back, so that no marks of removed ids gather.
  template <class HashOf>
  void erase(std::uint32_t id, const HashOf& hash_of) {
    if (places_.empty()) return;
    std::size_t gap = hash_of(id) & mask();
    while (places_[gap] != id) {
      if (places_[gap] == 0) return;
      gap = (gap + 1) & mask();
    }
    for (std::size_t at = (gap + 1) & mask(); places_[at] != 0; at = (at + 1) & mask()) {
      const std::size_t home = hash_of(places_[at]) & mask();
      if (((at - home) & mask()) < ((at - gap) & mask())) continue;  // it sits between its home and the gap
      places_[gap] = places_[at];
      gap = at;
    }
    places_[gap] = 0;
    count_--;
  }

 private:
  std::size_t mask() const { return places_.size() - 1; }

  void place(std::uint32_t id, std::size_t hash) {
    std::size_t at = hash & mask();
    while (places_[at] != 0) at = (at + 1) & mask();
    places_[at] = id;
  }

  template <class HashOf>
  void grow(const HashOf& hash_of) {
    std::vector<std::uint32_t> old(places_.empty() ? 64 : places_.size() * 2, 0);
    old.swap(places_);
    for (const std::uint32_t id : old)
      if (id != 0) place(id, hash_of(id));
  }

  std::vector<std::uint32_t> places_;
  std::size_t count_ = 0;
};

/// Hash of a text together with the number of what it belongs to.
inline std::size_t key_hash(std::uint32_t owner, std::string_view key) {
  std::size_t h = std::hash<std::string_view>{}(key) ^ (owner * 0x9e3779b97f4a7c15ULL);
  return h ^ (h >> 29);
}

}  // namespace qala::registry
