#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "alarms/engine.h"
#include "api/context.h"
#include "base/recent_times.h"
#include "http/message.h"
#include "ingest/admission.h"
#include "registry/registry.h"

namespace qala::api {

/// The live stream: what commits and rooms tell, coalesced and sent to every browser tab that asked for it.
/// committed() and changed() come on the writer thread; the rest runs on the network thread.
/// Values: every 25 ms the newest of each datastream that changed. Alarms: at once. Health: every 2 s. A tab whose
/// session or token has ended is closed with 4401 within a second.
class StreamHub final : public ingest::CommitListener, public alarms::AlarmListener {
 public:
  explicit StreamHub(Context& context);
  ~StreamHub() override;

  /// Who asked for public warnings is told when this number has changed. Before run(); called on the network thread.
  void watch_warnings(std::function<std::uint64_t()> generation) { warnings_ = std::move(generation); }
  /// Runs until stop(); spawned once.
  boost::asio::awaitable<void> run();
  void stop();
  /// Handles an upgrade of GET /api/v1/stream: 401 without a session or token, as any other request.
  boost::asio::awaitable<http::UpgradeDecision> accept(http::Request& request);
  /// Frames that wait for the slowest tab; the socket is closed at kMostQueued (http::WebSocket::send).
  static constexpr std::size_t kMostQueued = 64;
  std::size_t queued() const;
  std::size_t tabs() const { return tabs_.size(); }
  /// Of the rounds since then (monotonic): from the first commit of a round to handing it to the sockets, the time
  /// below which `share` of them lie. 0: nobody listens.
  double lag_ms(double share, std::int64_t since_ns) const { return lags_.percentile(share, since_ns); }

  void committed(std::uint64_t sequence, std::span<const readings::Batch* const> batches,
                 std::span<const readings::Outcome> outcomes, Instant now) override;
  void changed(std::span<const alarms::Alarm> alarms) override;

 private:
  class Tab;
  enum Topic : unsigned {
    kValues = 1,
    kAlarms = 2,
    kHealth = 4,
    kUnclaimed = 8,
    kRegistry = 16,
    kWarnings = 32,
    kRules = 64
  };
  void send_values();
  void send_health();
  void send_changes();
  void send_generation(unsigned topic, std::string_view type, std::uint64_t now, std::uint64_t& sent);
  void end_unwelcome();
  void broadcast(unsigned topic, std::string text);

  Context& context_;
  boost::asio::steady_timer timer_;
  bool stopping_ = false;
  std::set<Tab*> tabs_;  ///< network thread
  RecentTimes lags_{1024};  ///< network thread
  std::function<std::uint64_t()> warnings_ = [] { return 0; };
  std::uint64_t registry_sent_ = 0, unclaimed_sent_ = 0, warnings_sent_ = 0;
  std::shared_ptr<const alarms::Exercise> exercise_sent_;
  alarms::Rules rules_sent_;

  mutable std::mutex mutex_;  ///< guards what the writer hands over
  std::vector<DatastreamId> dirty_;
  std::vector<bool> is_dirty_;  ///< by datastream id
  std::uint64_t sequence_ = 0;
  std::int64_t dirty_since_ns_ = 0;  ///< monotonic
  bool wanted_ = false;  ///< somebody listens to values
};

}  // namespace qala::api
