#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace qala::transfers {

/// One errand. Stays where it is while it is under way: libcurl points to it. All but the constructor on the Loop's
/// thread; after one call of finish() or cut_off() it is destroyed there.
class Transfer {
 public:
  virtual ~Transfer() = default;
  /// The easy handle of libcurl, ready to go and this object's own. Null: it cannot be sent at all; finish() follows
  /// with CURLE_FAILED_INIT.
  virtual void* handle() = 0;
  /// `code` is libcurl's CURLcode.
  virtual void finish(int code) = 0;
  /// The program ends.
  virtual void cut_off() = 0;
};

struct LoopOptions {
  std::string name = "transfers";  ///< of the thread, at most 15 characters
  std::size_t at_once = 32;
  std::size_t most_waiting = 1000;
};

/// A thread on which libcurl works on many transfers. Any thread may send.
class Loop {
 public:
  enum class Taken { yes, full, ending };

  explicit Loop(LoopOptions options);
  /// As stop() without grace.
  ~Loop();
  /// Takes the transfer and leaves null; unless it answers `full` or `ending`: then it is still the caller's.
  Taken send(std::unique_ptr<Transfer>& transfer);
  /// Nothing waiting is begun any more. What is under way may take so long to end; then it is cut off.
  void stop(std::chrono::milliseconds grace);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace qala::transfers
