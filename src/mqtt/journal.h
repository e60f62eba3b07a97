#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "mqtt/session_store.h"

namespace qala {
class Worker;
}

namespace qala::mqtt {

/// Gathers changes on the network thread and has them written in group commits on a worker. One batch is on its way at
/// a time; what comes meanwhile goes into the next. A batch that fails is tried again, whole, until it succeeds: who
/// waits for it waits. Without a store every change is as good as committed.
///
/// `post` runs a function on the network thread (thread-safe), `retry` runs one there after a second.
class Journal {
 public:
  using Run = std::function<void(std::function<void()>)>;
  struct Hooks {
    Run post;
    Run retry;
    std::function<void()> committed;  ///< on the network thread, after committed() has grown
    std::function<void()> failed;
  };
  struct Position {
    std::uint64_t batch = 0;
    std::uint32_t index = 0;
  };

  Journal() = default;
  /// `store` and `worker` must outlive the journal and the last job on the worker.
  Journal(SessionStore& store, Worker& worker, Hooks hooks);

  bool enabled() const { return store_ != nullptr; }
  /// The batch that all changes appended so far are in, or before it; wait until committed() has reached it.
  std::uint64_t gathering() const { return pending_.empty() ? gathering_ - 1 : gathering_; }
  std::uint64_t committed() const { return committed_; }
  Position append(Change change);
  /// Takes a change back if it has not left yet.
  bool cancel(Position position);
  /// Sends what was gathered, unless a batch is on its way.
  void flush();
  std::size_t backlog() const { return pending_.size(); }
  bool idle() const { return !in_flight_ && pending_.empty(); }

 private:
  void write();
  void finished(bool good);

  SessionStore* store_ = nullptr;
  Worker* worker_ = nullptr;
  Hooks hooks_;
  std::vector<Change> pending_;
  std::shared_ptr<std::vector<Change>> batch_;
  std::size_t live_ = 0;  ///< changes in pending_ that were not taken back
  bool in_flight_ = false;
  std::uint64_t gathering_ = 1, committed_ = 0;
};

}  // namespace qala::mqtt
