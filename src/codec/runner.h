#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "base/clock.h"
#include "codec/wire.h"

namespace qala::codec {

/// How the child itself does; for the health page.
struct WorkerHealth {
  bool running = false;        ///< it has said hello
  std::uint64_t restarts = 0;  ///< ends that were not asked for: a codec was stopped, or it died
  std::string words = {};      ///< why it does not run, or how it ended last; empty: never did
  std::uint64_t runs = 0, stopped = 0;  ///< answered; ended by the deadline, by memory or with the child
  std::int64_t pid = 0;
};

/// What is held against a codec.
struct Standing {
  int strikes = 0;
  bool disabled = false;
  std::string reason = {};  ///< of the last strike
};

/// Runs payload codecs in the child `qala-codec`, which is started when the first is to be run and started again when
/// it dies. The child may do nothing but compute (src/sandbox); how long it computes and how much memory it takes is
/// watched from here: a codec that takes longer than `deadline` of processor time (or `patience` of anybody's time), or
/// more than `memory`, is killed with the child. That is a strike, as is an end of the child by itself; after three the
/// codec is not run any more until enable(). A codec that has answered since it was stopped last gets the same request
/// once more before it counts. Requests that were under way for other codecs are run again, unharmed.
///
/// Everything on the io_context's one thread; `done` is called from its loop, never from within run().
class Runner {
 public:
  struct Options {
    std::string program = {};  ///< empty: `qala-codec` beside the running executable
    std::chrono::milliseconds deadline{100}, patience{3'000};
    std::chrono::milliseconds tick{10};  ///< how often is looked
    std::uint64_t memory = 192u << 20;  ///< resident bytes of the child; less than that it has by its own limits
    std::uint64_t keep = 64u << 20;  ///< an idle child that is larger is replaced
    int strikes = 3;
    int forgive = 1'000;  ///< good answers that make strikes forgotten
    std::size_t waiting = 4'096;  ///< requests; more are refused
    std::size_t codecs = 12;  ///< held by the child at a time
    std::chrono::milliseconds restart_first{100}, restart_most{30'000};
    std::chrono::milliseconds start{20'000};  ///< it must have said hello by then
  };
  struct Listener {
    virtual ~Listener() = default;
    virtual void on_disabled(std::uint32_t codec, const std::string& reason) = 0;
  };
  using Done = std::function<void(Answer answer)>;

  /// `listener` outlives it; may be null.
  static std::unique_ptr<Runner> make(boost::asio::io_context& network, const Clock& clock, Options options,
                                      Listener* listener);
  /// Kills the child; what is waiting is never answered.
  virtual ~Runner() = default;

  /// Takes a script; nothing is run yet. At most kMaxScript bytes.
  virtual Result<std::uint32_t> add(std::string script) = 0;
  /// What is under way for it is answered as failed.
  virtual void forget(std::uint32_t codec) = 0;
  virtual void run(Run run, Done done) = 0;
  virtual boost::asio::awaitable<Answer> run(Run run) = 0;
  virtual std::size_t waiting() const = 0;  ///< not yet answered

  virtual Standing standing(std::uint32_t codec) const = 0;
  /// As when it was last known: a codec that was disabled stays so over a restart of the program.
  virtual void set_standing(std::uint32_t codec, Standing standing) = 0;
  virtual WorkerHealth health() const = 0;
};

}  // namespace qala::codec
