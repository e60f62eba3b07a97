// Sends a town's readings as InfluxDB line protocol over N connections, each with one request under way; prints one
// line of JSON. `load port=8080 path=/api/v2/write token=T days=60 connections=4`; `path=/write` without a token is
// VictoriaMetrics'. The readings are made before the clock starts; the lines are written while it runs.
//
//   from=30          begins with that day        pace=N   at most N readings a second
//   acked=1          prints "acked N" after each answer: what must be there after a kill
//   late=3000        instead: that many minutes of the two days that lie `late_days` before the end of `days`, one
//   reading
//                    of every datastream in each, minutes in random order, a minute a request
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <mutex>
#include <numeric>
#include <random>
#include <thread>
#include <time.h>

#include "client.h"
#include "town_year.h"

namespace {

using namespace qala::bench;

/// All requests of a run, in order: which readings are in number n, and their text.
class Requests {
 public:
  explicit Requests(const Arguments& arguments) : batch_(static_cast<std::size_t>(arguments.number("lines"))) {
    const std::int64_t days = arguments.number("days");
    if (const std::int64_t late = arguments.number("late"); late > 0) {
      plan_late(late, days, arguments.number("late_days"));
      return;
    }
    TownYear town(static_cast<std::uint64_t>(arguments.number("seed")));
    const auto slots = static_cast<std::size_t>(days * TownYear::kSlotsADay);
    tenths_.resize(slots * TownYear::kDatastreams);
    for (std::size_t s = 0; s < slots; s++)
      town.next(std::span(tenths_).subspan(s * TownYear::kDatastreams, TownYear::kDatastreams));
    first_ = static_cast<std::size_t>(arguments.number("from") * TownYear::kSlotsADay) * TownYear::kDatastreams;
  }

  std::size_t count() const {
    return minutes_.empty() ? (tenths_.size() - std::min(first_, tenths_.size()) + batch_ - 1) / batch_
                            : minutes_.size();
  }
  /// Readings in request n; its text goes to `text`.
  std::size_t write(std::size_t n, std::string& text) const {
    text.resize(std::max(batch_, TownYear::kDatastreams) * Lines::kLongest);
    char* at = text.data();
    std::size_t readings = 0;
    if (!minutes_.empty()) {
      for (std::size_t i = 0; i < TownYear::kDatastreams; i++, readings++) {
        at = lines_.write(at, i, 200 + static_cast<int>((i * 7 + n * 13) % 60),
                          minutes_[n] + static_cast<std::int64_t>(i % 60));
      }
    } else {
      const std::size_t from = first_ + n * batch_, to = std::min(tenths_.size(), from + batch_);
      for (std::size_t r = from; r < to; r++, readings++) {
        const std::size_t i = r % TownYear::kDatastreams;
        at = lines_.write(at, i, tenths_[r], TownYear::time(static_cast<std::int64_t>(r / TownYear::kDatastreams), i));
      }
    }
    text.resize(static_cast<std::size_t>(at - text.data()));
    return readings;
  }

 private:
  void plan_late(std::int64_t late, std::int64_t days, std::int64_t late_days) {
    constexpr std::int64_t kMinutes =
        3000;  // two days and two hours, offset by half a minute from the town's own times
    minutes_.resize(kMinutes);
    for (std::int64_t m = 0; m < kMinutes; m++)
      minutes_[static_cast<std::size_t>(m)] = TownYear::kStart + (days - late_days) * 86400 + m * 60 + 7;
    std::ranges::shuffle(minutes_, std::mt19937_64(5));
    minutes_.resize(static_cast<std::size_t>(std::min(late, kMinutes)));
  }
  std::size_t batch_, first_ = 0;
  std::vector<std::int16_t> tenths_;
  std::vector<std::int64_t> minutes_;
  Lines lines_;
};

class Load {
 public:
  Load(const Arguments& arguments, const Requests& requests)
      : requests_(requests),
        port_(static_cast<int>(arguments.number("port"))),
        pace_(static_cast<double>(arguments.number("pace"))),
        tell_(arguments.number("acked") != 0),
        head_("POST " + arguments.text("path") + " HTTP/1.1\r\nHost: bench\r\n") {
    if (!arguments.text("token").empty()) head_ += "Authorization: Token " + arguments.text("token") + "\r\n";
  }

  void run(int connections) {
    start_ = monotonic_ns();
    std::vector<std::thread> threads;
    for (int i = 0; i < connections; i++) threads.emplace_back([this] { connection(); });
    for (auto& thread : threads) thread.join();
    const double wall = static_cast<double>(monotonic_ns() - start_) * 1e-9;
    std::printf(
        "{\"connections\":%d,\"readings\":%zu,\"requests\":%zu,\"bytes\":%zu,\"wall_s\":%.4f,\"per_s\":%.0f,"
        "\"answers\":%s}\n",
        connections, acked_.load(), answers_.size(), bytes_.load(), wall, static_cast<double>(acked_) / wall,
        answers_.json().c_str());
  }

 private:
  void connection() {
    HttpConnection http(port_);
    std::string text;
    Times times;
    for (std::size_t n = 0; (n = next_.fetch_add(1)) < requests_.count();) {
      const std::size_t readings = requests_.write(n, text);
      const std::int64_t before = monotonic_ns();
      const int status = http.exchange(head_, text, true);
      times.add(monotonic_ns() - before);
      if (status / 100 != 2) give_up("HTTP " + std::to_string(status) + ": " + http.body().substr(0, 300));
      bytes_ += text.size();
      const std::size_t acked = acked_ += readings;
      if (tell_) {
        std::printf("acked %zu\n", acked);
        std::fflush(stdout);
      }
      if (pace_ > 0) wait_until(start_ + static_cast<std::int64_t>(static_cast<double>(acked) / pace_ * 1e9));
    }
    const std::lock_guard lock(mutex_);
    answers_.add(times);
  }
  static void wait_until(std::int64_t ns) {
    const timespec at{ns / 1'000'000'000, ns % 1'000'000'000};
    ::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, nullptr);
  }

  const Requests& requests_;
  const int port_;
  const double pace_;
  const bool tell_;
  std::string head_;
  std::int64_t start_ = 0;
  std::atomic<std::size_t> next_{0}, acked_{0}, bytes_{0};
  std::mutex mutex_;
  Times answers_;
};

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments(argc, argv,
                            {{"port", "8080"},
                             {"path", "/api/v2/write"},
                             {"token", ""},
                             {"days", "60"},
                             {"from", "0"},
                             {"connections", "1"},
                             {"lines", "5000"},
                             {"seed", "2025"},
                             {"pace", "0"},
                             {"acked", "0"},
                             {"late", "0"},
                             {"late_days", "21"}});
  const Requests requests(arguments);
  Load load(arguments, requests);
  load.run(static_cast<int>(arguments.number("connections")));
  return 0;
}
