#include "sim/history.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

#include <fmt/format.h>

#include "base/log.h"
#include "sim/http_client.h"

namespace qala::sim {

namespace {

constexpr std::size_t kLinesPerRequest = 5000;
constexpr Seconds kLead = 12 * kHour;        // how far one connection may run ahead of the slowest
constexpr Seconds kFullDetail = 26 * kHour;  // the last day is sent as densely as it is lived
constexpr std::chrono::seconds kProgressEvery{5};

/// Where each connection is; the one lock of history.
class Progress {
 public:
  Progress(int lanes, Seconds from, Seconds until)
      : at_(static_cast<std::size_t>(lanes), from),
        from_(from),
        until_(until),
        started_(std::chrono::steady_clock::now()),
        told_(started_) {}

  void reached(std::size_t lane, Seconds at, const Sent& sent) {
    const std::lock_guard lock(mutex_);
    at_[lane] = at;
    sent_.readings += sent.readings;
    sent_.lines += sent.lines;
    sent_.requests += sent.requests;
    sent_.retries += sent.retries;
    sent_.refused_requests += sent.refused_requests;
    moved_.notify_all();
    tell();
  }
  void wait_for_others(std::size_t lane, const Session& session) {
    std::unique_lock lock(mutex_);
    while (!failed_ && !session.stopping() && at_[lane] > *std::min_element(at_.begin(), at_.end()) + kLead) {
      moved_.wait_for(lock, std::chrono::milliseconds(200));
    }
  }
  void failed(Error error) {
    const std::lock_guard lock(mutex_);
    if (!failed_) failed_ = std::move(error);
    moved_.notify_all();
  }
  bool has_failed() {
    const std::lock_guard lock(mutex_);
    return failed_.has_value();
  }
  Result<Sent> result() {
    if (failed_) return *failed_;
    return sent_;
  }

 private:
  void tell() {
    const auto now = std::chrono::steady_clock::now();
    if (now - told_ < kProgressEvery || until_ == from_) return;
    told_ = now;
    const double seconds = std::chrono::duration<double>(now - started_).count();
    const Seconds slowest = *std::min_element(at_.begin(), at_.end());
    log::info("history", {{"percent", 100 * (slowest - from_) / (until_ - from_)},
                          {"readings", sent_.readings},
                          {"per_second", static_cast<std::int64_t>(static_cast<double>(sent_.readings) / seconds)}});
  }

  std::mutex mutex_;
  std::condition_variable moved_;
  std::vector<Seconds> at_;
  Seconds from_, until_;
  std::chrono::steady_clock::time_point started_, told_;
  Sent sent_;
  std::optional<Error> failed_;
};

/// One connection with its share of the devices. Runs on its own thread.
class Lane {
 public:
  Lane(std::size_t number, const Options& options, const Session& session, const Town& town, const Frame& frame,
       const std::string& token, Progress& progress)
      : number_(number),
        options_(options),
        session_(session),
        town_(town),
        progress_(progress),
        authorization_("Token " + token),
        http_(options.http),
        life_(town, options.seed, options.faults, frame),
        reporter_(town, life_, frame.timeline) {
    // Things of one gateway or feeder are spread over all lanes; what matters is that a device keeps its lane.
    for (std::uint32_t d = 0; d < town.devices.size(); d++) {
      if (d % static_cast<std::uint32_t>(options.connections) == number) devices_.push_back(d);
    }
  }

  void send(Seconds from, Seconds until) {
    const Seconds dense_from = std::max(from, until - kFullDetail);
    for (Seconds at = from; at < until && going();) {
      const bool dense = at >= dense_from || options_.history_interval == 0;
      const Seconds next = std::min({until, dense ? until : dense_from, at + (dense ? 10 * kMinute : kHour)});
      collect(turns(town_, devices_, at, next, dense ? 0 : options_.history_interval));
      at = next;
      if (lines_ >= kLinesPerRequest || at == until) {
        deliver();
        progress_.reached(number_, at, std::exchange(sent_, {}));
        progress_.wait_for_others(number_, session_);
      }
    }
    if (going()) progress_.reached(number_, until + kLead, {});
  }

 private:
  bool going() const { return !session_.stopping() && !progress_.has_failed(); }

  void collect(const std::vector<Turn>& due) {
    reports_.clear();
    reporter_.report(due, false, reports_);
    for (const Report& report : reports_) {
      append_line(body_, town_, report);
      sent_.readings += channels_of(town_.devices[report.device].model).size();
      if (++lines_ % kLinesPerRequest == 0) deliver();
    }
  }

  /// Until the server has answered: the same bytes again, so that what it had stored already is recognised.
  void deliver() {
    if (body_.empty()) return;
    for (std::chrono::milliseconds wait{100}; going(); wait = std::min(2 * wait, std::chrono::milliseconds(5000))) {
      const auto answer =
          http_.request("POST", "/api/v2/write?precision=ms", authorization_, "text/plain; charset=utf-8", body_);
      if (answer && (answer->ok() || answer->status == 400)) {
        if (!answer->ok() && sent_.refused_requests++ == 0)
          log::warn("lines refused", {{"answer", answer->body.substr(0, 300)}});
        break;
      }
      if (answer && answer->status < 500 && answer->status != 429 && answer->status != 408) {
        progress_.failed(fail(ErrorKind::denied, fmt::format("sending history: the server answered {} {}",
                                                             answer->status, answer->body.substr(0, 300))));
        return;
      }
      if (sent_.retries++ == 0) {
        log::warn("history waits for the server",
                  {{"reason", answer ? answer->body.substr(0, 200) : answer.error().message}});
      }
      session_.pause(wait);
    }
    sent_.lines += lines_;
    sent_.requests++;
    lines_ = 0;
    body_.clear();
  }

  std::size_t number_;
  const Options& options_;
  const Session& session_;
  const Town& town_;
  Progress& progress_;
  std::string authorization_;
  HttpClient http_;
  Life life_;
  Reporter reporter_;
  std::vector<std::uint32_t> devices_;
  std::vector<Report> reports_;
  std::string body_;
  std::size_t lines_ = 0;
  Sent sent_;
};

}  // namespace

Result<Sent> send_history(const Options& options, const Session& session, const Town& town, const Frame& frame,
                          const std::string& ingest_token, Seconds from, Seconds until) {
  Progress progress(options.connections, from, until);
  std::vector<std::unique_ptr<Lane>> lanes;
  for (int i = 0; i < options.connections; i++) {
    lanes.push_back(
        std::make_unique<Lane>(static_cast<std::size_t>(i), options, session, town, frame, ingest_token, progress));
  }
  {
    std::vector<std::jthread> threads;
    for (auto& lane : lanes) threads.emplace_back([&lane, from, until] { lane->send(from, until); });
  }
  return progress.result();
}

}  // namespace qala::sim
