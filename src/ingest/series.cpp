#include "ingest/series.h"

#include <cstring>
#include <mutex>

namespace qala::ingest {

namespace {

std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  const unsigned __int128 product = static_cast<unsigned __int128>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

std::uint64_t load(const char* at, std::size_t n) {
  std::uint64_t word = 0;
  std::memcpy(&word, at, n);
  return word;
}

constexpr std::uint64_t kA = 0xa0761d6478bd642fULL;
constexpr std::uint64_t kB = 0xe7037ed1a0b428dbULL;

}  // namespace

std::uint64_t hash_bytes(std::string_view bytes, std::uint64_t seed) {
  const char* at = bytes.data();
  std::size_t left = bytes.size();
  // Multiplied, not only combined bit by bit: else a bit in the seed (a gateway's id) and the same bit in the text (a
  // digit of a device's name) cancel out, and one gateway's lamp is taken for another's.
  std::uint64_t h = mix(seed ^ kB, (left + 1) * kA);
  for (; left >= 16; at += 16, left -= 16) h = mix(load(at, 8) ^ kA ^ h, load(at + 8, 8) ^ kB);
  const std::uint64_t low = load(at, left < 8 ? left : 8);
  const std::uint64_t high = left > 8 ? load(at + 8, left - 8) : 0;
  return mix(low ^ kA ^ h, high ^ kB ^ (h >> 32));
}

SeriesHash combine(std::uint64_t prefix, std::string_view key) {
  const std::uint64_t slot = hash_bytes(key, prefix);
  const std::uint64_t check = mix(slot ^ prefix, hash_bytes(key, prefix ^ kB) | 1);
  return {slot, static_cast<std::uint32_t>(check >> 32)};
}

SeriesHash device_series(ThingId thing, std::string_view key, std::uint64_t seed) {
  return combine(mix(thing.value + kA, seed ^ kB), key);
}

SeriesIndex::SeriesIndex(std::uint64_t seed) : seed_(seed), slots_(1024) {}

DatastreamId SeriesIndex::find(SeriesHash hash) const {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = hash.slot & mask;; i = (i + 1) & mask) {
    const Slot& slot = slots_[i];
    if (slot.datastream == 0) return {};
    if (slot.hash == hash.slot && slot.check == hash.check) return DatastreamId(slot.datastream);
  }
}

void SeriesIndex::insert(SeriesHash hash, DatastreamId datastream) {
  const std::lock_guard lock(mutex_);
  if ((used_ + 1) * 2 > slots_.size()) grow();
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = hash.slot & mask;; i = (i + 1) & mask) {
    Slot& slot = slots_[i];
    if (slot.datastream != 0 && !(slot.hash == hash.slot && slot.check == hash.check)) continue;
    used_ += slot.datastream == 0;
    slot = {hash.slot, hash.check, datastream.value};
    return;
  }
}

void SeriesIndex::grow() {
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  const std::size_t mask = slots_.size() - 1;
  for (const Slot& slot : old) {
    if (slot.datastream == 0) continue;
    std::size_t i = slot.hash & mask;
    while (slots_[i].datastream != 0) i = (i + 1) & mask;
    slots_[i] = slot;
  }
}

void SeriesIndex::clear() {
  const std::lock_guard lock(mutex_);
  slots_.assign(1024, {});
  used_ = 0;
}

std::size_t SeriesIndex::size() const {
  const std::shared_lock lock(mutex_);
  return used_;
}

}  // namespace qala::ingest
