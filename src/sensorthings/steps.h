#pragma once

#include <cstdint>

#include <boost/asio/awaitable.hpp>

#include "sensorthings/ask.h"

namespace qala {
class Worker;
}

namespace qala::sensorthings {

/// A request that is long, done in steps: the writer has room for others in between.
class Steps {
 public:
  enum class Next : std::uint8_t {
    read,   ///< a step for any thread; takes milliseconds to seconds
    write,  ///< a step for the writer thread; short
    done,
  };
  virtual ~Steps() = default;
  virtual Next next() const = 0;
  /// One after another, never two at a time.
  virtual void step() = 0;
  /// Once, when all is done. Any thread.
  virtual Answer answer() = 0;
};

/// Takes all steps here and now. Writer thread.
Answer run_at_once(Steps& steps);
/// Takes each step on the thread it is for. `steps` must live until then.
boost::asio::awaitable<Answer> take_steps(Steps& steps, Worker& pool, Worker& writer);

}  // namespace qala::sensorthings
