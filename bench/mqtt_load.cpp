// Publishes QoS 1 over many connections and times publish -> PUBACK; prints one line of JSON.
//
//   mqtt_load port=1883 users=FILE          devices of Qala: a token a line, one connection each, telemetry topic
//   mqtt_load port=1883 connections=3000    any broker: plain topics, one subscriber, which must keep up
//   rate=0        as fast as the acknowledgements come, with `window` messages under way in all
//   rate=1000     so many a second, evenly over the connections; times count from when a message was due
//   patience=N    seconds to wait for the last acknowledgements
//   probe=FOLDER  with a rate: a bare write + fdatasync of `row` bytes there, up to 1,000 times a second, beside the
//   load,
//                 which says what the disk took in the same seconds; and after each turn of `turn` seconds as long
//                 alone
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "client.h"
#include "mqtt_client.h"
#include "sync_probe.h"

namespace {

using namespace qala::bench;
constexpr std::int64_t kSecond = 1'000'000'000;

std::int64_t wall_ms() {
  timespec t{};
  ::clock_gettime(CLOCK_REALTIME, &t);
  return t.tv_sec * 1000 + t.tv_nsec / 1'000'000;
}

struct Probes {
  SyncProbe beside, alone;
  Probes(const std::string& folder, std::size_t row, double rate)
      : beside(folder + "/sync_probe_beside.tmp", row, std::min(rate, 1000.0)),
        alone(folder + "/sync_probe_alone.tmp", row, rate) {}
};

class Load {
 public:
  explicit Load(const Arguments& arguments)
      : devices_(!arguments.text("users").empty()),
        values_(static_cast<int>(arguments.number("values"))),
        poll_(::epoll_create1(EPOLL_CLOEXEC)),
        patience_(arguments.number("patience")) {
    const int port = static_cast<int>(arguments.number("port"));
    std::vector<std::string> users(static_cast<std::size_t>(arguments.number("connections")));
    if (devices_) {
      users.clear();
      std::ifstream file(arguments.text("users"));
      for (std::string user; std::getline(file, user);) users.push_back(user);
    } else {
      subscriber_ = std::make_unique<MqttConnection>(port, "subscriber", "");
      subscriber_->subscribe("town/#");
      watch(*subscriber_, kSubscriber);
    }
    for (std::size_t i = 0; i < users.size(); i++) {
      connections_.push_back(std::make_unique<MqttConnection>(port, "bench-" + std::to_string(i), users[i]));
      watch(*connections_.back(), i);
      topics_.push_back(devices_ ? "v1/devices/me/telemetry" : "town/district/kind/device-" + std::to_string(i));
    }
    if (connections_.empty()) give_up("no connections");
    window_ = std::max<std::size_t>(1, static_cast<std::size_t>(arguments.number("window")) / connections_.size());
  }

  /// As many messages as the window lets through until then, and the rest of the acknowledgements.
  void flat_out(std::int64_t seconds) {
    const std::int64_t start = monotonic_ns();
    end_ = start + seconds * kSecond;
    flat_out_ = true;
    for (std::size_t w = 0; w < window_; w++) {
      for (std::size_t i = 0; i < connections_.size(); i++) send(i, monotonic_ns());
    }
    while (monotonic_ns() < end_) serve(100'000'000);
    flat_out_ = false;
    busy_ns_ = monotonic_ns() - start;
    acked_in_time_ = acked_;
    drain();
  }

  /// Turns of `turn` seconds: load with one probe beside it, then the other probe with the disk for itself.
  void paced(double rate, std::int64_t seconds, std::int64_t turn, Probes* probes) {
    for (std::int64_t done = 0; done < seconds; done += turn) {
      std::jthread beside;
      if (probes) {
        beside = std::jthread([probes, end = monotonic_ns() + turn * kSecond] {
          probes->beside.run_until(end, SyncProbe::Pace::at_rate);
        });
      }
      load_turn(rate, turn);
      if (!probes) continue;
      drain();
      beside.join();
      probes->alone.run_until(monotonic_ns() + turn * kSecond, SyncProbe::Pace::flat_out);
    }
    drain();
    acked_in_time_ = acked_;
  }

  void load_turn(double rate, std::int64_t seconds) {
    for (std::int64_t second = 0; second < seconds; second++) {
      const std::int64_t start = monotonic_ns();
      const auto messages = static_cast<std::int64_t>(rate);
      for (std::int64_t n = 0; n < messages;) {
        const std::int64_t now = monotonic_ns(),
                           due = start + static_cast<std::int64_t>(static_cast<double>(n) * 1e9 / rate);
        if (due > now) {
          serve(due - now);
          continue;
        }
        send(next_++ % connections_.size(), due);
        n++;
        if (n % 16 == 0) serve(0);
      }
      while (monotonic_ns() < start + kSecond) serve(start + kSecond - monotonic_ns());
      busy_ns_ += monotonic_ns() - start;
    }
  }

  void print(double rate, const Probes* probes) const {
    std::printf(
        "{\"connections\":%zu,\"rate\":%.0f,\"values_each\":%d,\"payload_bytes\":%zu,\"sent\":%zu,\"acked\":%zu,"
        "\"received\":%zu,"
        "\"wall_s\":%.3f,\"per_s\":%.0f,\"client_cpu_s\":%.2f,\"publish_to_ack\":%s",
        connections_.size(), rate, values_, payload_bytes_, sent_, acked_, received_,
        static_cast<double>(busy_ns_) * 1e-9,
        static_cast<double>(acked_in_time_) / (static_cast<double>(busy_ns_) * 1e-9), own_cpu_seconds(),
        times_.json().c_str());
    for (const auto& [name, probe] : probes
                                         ? std::vector{std::pair("beside", &probes->beside), {"alone", &probes->alone}}
                                         : std::vector<std::pair<const char*, const SyncProbe*>>()) {
      std::printf(",\"probe_%s\":{\"row\":%zu,\"times\":%s,\"arrivals\":%s}", name, probe->row(),
                  probe->times().json().c_str(), probe->arrivals().json().c_str());
    }
    std::printf("}\n");
  }

 private:
  static constexpr std::uint64_t kSubscriber = ~0ull;
  static constexpr std::size_t kBehind = 4000;  ///< messages the subscriber may be behind

  void watch(const MqttConnection& connection, std::uint64_t tag) const {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = tag;
    ::epoll_ctl(poll_, EPOLL_CTL_ADD, connection.socket(), &event);
  }

  void send(std::size_t i, std::int64_t due) {
    char text[256];
    const auto a = static_cast<int>(sent_ % 397), b = static_cast<int>(sent_ % 211);
    int n = 0;
    if (values_ == 1) {
      n = std::snprintf(text, sizeof text, R"({"ts":%lld,"values":{"temperature":%d.%d}})",
                        static_cast<long long>(wall_ms()), a / 10 - 20, a % 10);
    } else {
      n = std::snprintf(
          text, sizeof text,
          R"({"ts":%lld,"values":{"temperature":%d.%d,"humidity":%d.%d,"pm2_5":%d.%d,"battery":%d.%02d,"signal":-%d}})",
          static_cast<long long>(wall_ms()), a / 10 - 20, a % 10, 40 + b / 10, b % 10, 10 + a / 5, b % 10, 3, b % 100,
          60 + a % 40);
    }
    payload_bytes_ = static_cast<std::size_t>(n);
    connections_[i]->publish(topics_[i], std::string_view(text, payload_bytes_), due);
    sent_++;
  }

  /// Waits at most so long, takes what has come.
  void serve(std::int64_t wait_ns) {
    epoll_event events[256];
    const timespec wait{wait_ns / kSecond, wait_ns % kSecond};
    const int n = ::epoll_pwait2(poll_, events, 256, &wait, nullptr);
    for (int e = 0; e < n; e++) {
      const std::uint64_t tag = events[e].data.u64;
      if (tag == kSubscriber) {
        subscriber_->read([](std::int64_t) {}, [this] { received_++; });
        if (flat_out_) wake();
        continue;
      }
      connections_[tag]->read([&](std::int64_t due) { acknowledged(tag, due); }, [] {});
    }
  }
  void acknowledged(std::size_t i, std::int64_t due) {
    const std::int64_t now = monotonic_ns();
    acked_++;
    times_.add(now - due);
    if (!flat_out_ || now >= end_) return;
    if (subscriber_ && sent_ > received_ + kBehind) {
      resting_.push_back(i);
      return;
    }
    send(i, now);
  }
  /// The subscriber has caught up: those that waited for it go on.
  void wake() {
    while (!resting_.empty() && sent_ <= received_ + kBehind) {
      send(resting_.back(), monotonic_ns());
      resting_.pop_back();
    }
  }
  void drain() {
    const std::int64_t most = monotonic_ns() + patience_ * kSecond;
    while (acked_ < sent_ && monotonic_ns() < most) serve(10'000'000);
    if (acked_ < sent_)
      give_up("MQTT: " + std::to_string(sent_ - acked_) + " of " + std::to_string(sent_) + " were never acknowledged");
  }

  const bool devices_;
  const int values_, poll_;
  const std::int64_t patience_;
  std::unique_ptr<MqttConnection> subscriber_;
  std::vector<std::unique_ptr<MqttConnection>> connections_;
  std::vector<std::string> topics_;
  std::vector<std::size_t> resting_;
  std::size_t window_ = 1, next_ = 0, sent_ = 0, acked_ = 0, acked_in_time_ = 0, received_ = 0, payload_bytes_ = 0;
  std::int64_t end_ = 0, busy_ns_ = 0;
  bool flat_out_ = false;
  Times times_;
};

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments(argc, argv,
                            {{"port", "1883"},
                             {"users", ""},
                             {"connections", "3000"},
                             {"rate", "0"},
                             {"seconds", "10"},
                             {"turn", "1"},
                             {"window", "6000"},
                             {"values", "5"},
                             {"probe", ""},
                             {"row", "256"},
                             {"patience", "30"}});
  ::prctl(PR_SET_TIMERSLACK, 1000);
  Load load(arguments);
  const auto rate = static_cast<double>(arguments.number("rate"));
  std::optional<Probes> probes;
  if (!arguments.text("probe").empty())
    probes.emplace(arguments.text("probe"), static_cast<std::size_t>(arguments.number("row")), rate);
  if (rate > 0) {
    load.paced(rate, arguments.number("seconds"), arguments.number("turn"), probes ? &*probes : nullptr);
  } else {
    load.flat_out(arguments.number("seconds"));
  }
  load.print(rate, probes ? &*probes : nullptr);
  return 0;
}
