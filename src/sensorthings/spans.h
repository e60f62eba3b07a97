#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "readings/store.h"
#include "sensorthings/book.h"

namespace qala::sensorthings {

/// From when to when a datastream's observations are, and their result times. The store's index tells, but for
/// datastreams with intervals or result times: those are read through once, then kept up to date by who writes.
/// Any thread.
class Spans {
 public:
  Spans(const readings::ReadingStore& store, const Book& book) : store_(store), book_(book) {}

  struct Span {
    std::int64_t from = 0, to = 0;
  };
  struct Both {
    std::optional<Span> phenomenon, result;
  };
  Both of(DatastreamId datastream) const;
  /// Observations came, went or changed.
  void changed(DatastreamId datastream);
  /// After every commit: costs nothing per reading while nobody has asked for such a datastream.
  void committed(std::span<const readings::Batch* const> batches);

 private:
  const readings::ReadingStore& store_;
  const Book& book_;
  mutable std::mutex lock_;
  void forget(std::uint32_t datastream) const;

  mutable std::atomic<bool> any_ = false;
  mutable std::vector<bool> watched_;  ///< by datastream: known, or being read
  mutable std::map<std::uint32_t, Both> known_;
  mutable std::uint64_t changes_ = 0;  ///< of watched ones
};

}  // namespace qala::sensorthings
