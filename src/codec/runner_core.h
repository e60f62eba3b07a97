#pragma once

#include <deque>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/child.h"
#include "codec/runner.h"
#include "codec/shared_page.h"

namespace qala::codec {

/// The inside of the runner. Shared by it and the operations under way, so that none of them finds it gone; `closed_`
/// says that nothing may happen any more.
class RunnerCore : public std::enable_shared_from_this<RunnerCore> {
 public:
  RunnerCore(boost::asio::io_context& network, const Clock& clock, Runner::Options options, Runner::Listener* listener);
  void close();

  Result<std::uint32_t> add(std::string script);
  void forget(std::uint32_t codec);
  void run(Run run, Runner::Done done);
  std::size_t waiting() const { return waiting_.size() + sent_.size(); }
  Standing standing(std::uint32_t codec) const;
  void set_standing(std::uint32_t codec, Standing standing);
  WorkerHealth health() const { return health_; }

 private:
  using Socket = boost::asio::local::stream_protocol::socket;
  struct Known {
    std::string script;
    Standing standing;
    int good = 0;
    bool answers = false;  ///< it has answered since it was stopped last
    std::list<std::uint32_t>::iterator loaded;  ///< place in loaded_, or its end
  };
  struct Request {
    std::uint32_t number = 0;
    Run run;
    Runner::Done done;
    std::size_t size = 0;  ///< of its frame
    bool again = false;    ///< it was stopped once already
  };

  void answer(Request request, Outcome outcome, std::string text);
  void answer_later(Runner::Done done, Answer answer);
  void pump();
  bool send(Request& request);
  void load(std::uint32_t codec, Known& known);
  void launch();
  void launch_later(const std::string& words);
  void nobody_answers(const std::string& words);
  void read(std::uint64_t connection);
  void write(std::uint64_t connection);
  void take(std::string_view bytes);
  void take(const Frame& frame);
  void take_answer(const Frame& frame);
  void nonsense(const std::string& words);
  void child_ended(const std::string& words);
  void blame(const std::string& words);
  bool deserves_another(const Request& blamed) const;
  std::string strike(std::uint32_t codec, const std::string& reason);

  void watch();
  void look();
  void look_idle();
  void kill(std::string why);

  boost::asio::io_context& network_;
  const Clock& clock_;
  Runner::Options options_;
  Runner::Listener* listener_;
  boost::asio::steady_timer restart_, watch_;
  bool watching_ = false, restarting_ = false, closed_ = false, ready_ = false;
  std::unique_ptr<Child> child_;
  std::optional<Socket> socket_;
  std::optional<SharedPage> page_;
  std::uint64_t connection_ = 0;
  FrameCutter frames_{kMaxFrame};
  std::string incoming_, writing_, next_;
  std::string kill_reason_;  ///< why we killed it

  std::unordered_map<std::uint32_t, Known> known_;
  std::list<std::uint32_t> loaded_;  ///< in the child; least recently used first
  std::deque<Request> waiting_, sent_;
  std::size_t sent_bytes_ = 0;
  std::uint32_t next_codec_ = 1, next_request_ = 1;
  int failed_starts_ = 0, unexplained_ = 0;
  std::chrono::milliseconds back_off_;
  std::int64_t launched_ns_ = 0;

  struct Mark {
    std::uint32_t request = 0, step = 0;
    std::int64_t cpu_ns = 0, wall_ns = 0;
  } mark_;
  WorkerHealth health_;
};

}  // namespace qala::codec
