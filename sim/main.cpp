#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <thread>

#include <CLI/CLI.hpp>

#include "base/log.h"
#include "base/time.h"
#include "sim/plan.h"
#include "sim/run.h"

namespace {

using namespace qala;
using namespace qala::sim;

volatile std::sig_atomic_t told_to_stop = 0;

class RealSession final : public Session {
 public:
  Seconds now() const override { return static_cast<Seconds>(exact_now()); }
  double exact_now() const override {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  }
  bool stopping() const override { return told_to_stop != 0; }
  void pause(std::chrono::milliseconds wait) const override {
    const auto end = std::chrono::steady_clock::now() + wait;
    while (!stopping() && std::chrono::steady_clock::now() < end) {
      std::this_thread::sleep_for(std::min(wait, std::chrono::milliseconds(50)));
    }
  }
};

struct Asked {
  Options options;
  std::string http = "127.0.0.1:8080", mqtt = "127.0.0.1:1883", until, faults = "on", scenario = "living";
};

void describe_run(CLI::App& run, Asked& asked) {
  run.add_option("--http", asked.http, "HOST:PORT of the server's HTTP")->capture_default_str();
  run.add_option("--mqtt", asked.mqtt, "HOST:PORT of the server's MQTT")->capture_default_str();
  run.add_option("--token", asked.options.admin_token, "a token of scope admin")->required()->envname("QALA_SIM_TOKEN");
  run.add_option("--days", asked.options.days, "days of history to send first")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 3700.0));
  run.add_option("--history-interval", asked.options.history_interval,
                 "seconds between a device's readings older than a day; 0: its own interval")
      ->capture_default_str()
      ->check(CLI::Range(0, 86400));
  run.add_option("--connections", asked.options.connections, "HTTP connections that carry history")
      ->capture_default_str()
      ->check(CLI::Range(1, 64));
  run.add_option("--speed", asked.options.speed,
                 "other than 1: the days are not sent at once but lived through so many times faster than the clock")
      ->capture_default_str()
      ->check(CLI::Range(0.01, 100000.0));
  run.add_option("--seed", asked.options.seed, "what happens in the town")->capture_default_str();
  run.add_option("--things", asked.options.things, "about how many devices")
      ->capture_default_str()
      ->check(CLI::Range(50, 40000));
  run.add_option("--faults", asked.faults, "on or off")->capture_default_str()->check(CLI::IsMember({"on", "off"}));
  run.add_option("--scenario", asked.scenario, "living, or evening: now is the evening of the pictures")
      ->capture_default_str()
      ->check(CLI::IsMember({"living", "evening"}));
  run.add_option("--until", asked.until,
                 "stop there: \"now\" after the history, or an instant like 2026-01-17T14:40:00Z");
  run.add_option("--state", asked.options.state_file, "file that keeps the devices' tokens from run to run");
}

Result<Options> options_of(Asked asked) {
  TRY(asked.options.http, Endpoint::parse(asked.http));
  TRY(asked.options.mqtt, Endpoint::parse(asked.mqtt));
  asked.options.faults = asked.faults == "on";
  asked.options.evening = asked.scenario == "evening";
  if (asked.until == "now") {
    asked.options.until = RealSession().now();
  } else if (!asked.until.empty()) {
    const auto at = parse_iso(asked.until);
    if (!at)
      return fail(ErrorKind::invalid,
                  "--until: \"" + asked.until + "\" is neither now nor an instant like 2026-01-17T14:40:00Z");
    asked.options.until = at->seconds();
  }
  return asked.options;
}

int live_in_town(const Asked& asked) {
  std::signal(SIGINT, [](int) { told_to_stop = 1; });
  std::signal(SIGTERM, [](int) { told_to_stop = 1; });
  std::signal(SIGPIPE, SIG_IGN);
  auto options = options_of(asked);
  if (!options) {
    std::fprintf(stderr, "qala-sim: %s\n", options.error().message.c_str());
    return 2;
  }
  if (const auto done = sim::run(*options, RealSession()); !done && done.error().kind != ErrorKind::cancelled) {
    std::fprintf(stderr, "qala-sim: %s\n", done.error().message.c_str());
    return 1;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"The simulated town of Үшөзек: a plan, a registry and a life, spoken in public protocols"};
  app.require_subcommand(1);
  Asked asked;
  auto* plan = app.add_subcommand("plan", "print the town's plan as GeoJSON");
  auto* things = app.add_subcommand("things", "print the registry file as GeoJSON");
  things->add_option("--seed", asked.options.seed, "small differences between the devices")->capture_default_str();
  things->add_option("--things", asked.options.things, "about how many devices")->capture_default_str();
  auto* run = app.add_subcommand("run", "set the town up on a server, send its history, live");
  describe_run(*run, asked);
  CLI11_PARSE(app, argc, argv);
  if (plan->parsed()) std::fputs(plan_geojson(build_layout()).c_str(), stdout);
  if (things->parsed())
    std::fputs(things_geojson(build_town(asked.options.seed, asked.options.things)).c_str(), stdout);
  return run->parsed() ? live_in_town(asked) : 0;
}
