#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include <CLI/CLI.hpp>

#include "base/clock.h"
#include "base/log.h"
#include "base/time.h"
#include "sim/cameras/cameras_command.h"
#include "sim/evening.h"
#include "sim/plan.h"
#include "sim/run.h"
#include "sim/show.h"

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
  std::string http = "127.0.0.1:8080", mqtt = "127.0.0.1:1883", until, faults = "on", scenario = "living", evening, at,
              from, thing;
  Seconds every = 600;
  CamerasOptions cameras;
  std::string rtsp = "127.0.0.1:0", size = "1280x720", auth = "digest";
  int timeout_s = 60;
};

bool asked_to_stop() { return told_to_stop != 0; }

std::string own_cache() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  if (cache != nullptr && *cache != 0) return std::string(cache) + "/qala-sim";
  return home != nullptr && *home != 0 ? std::string(home) + "/.cache/qala-sim" : "";
}

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
                 "with --evening: it plays so many times faster, and every device speaks so many times more often; "
                 "without: the days are not sent at once but lived through so many times faster than the clock")
      ->capture_default_str()
      ->check(CLI::Range(0.01, 100000.0));
  run.add_option("--seed", asked.options.seed, "what happens in the town")->capture_default_str();
  run.add_option("--things", asked.options.things, "about how many devices")
      ->capture_default_str()
      ->check(CLI::Range(50, 40000));
  run.add_option("--faults", asked.faults, "on or off")->capture_default_str()->check(CLI::IsMember({"on", "off"}));
  run.add_option("--evening", asked.evening,
                 "play an evening: one that `qala-sim evenings` lists, or the path of a .toml file");
  run.add_option("--at", asked.at, "where the evening begins, like 17:00; otherwise where its file says");
  run.add_option("--scenario", asked.scenario, "living, or evening: the same as --evening pictures")
      ->capture_default_str()
      ->check(CLI::IsMember({"living", "evening"}));
  run.add_option("--cameras", asked.options.cameras, "simulated cameras that are served by RTSP and registered")
      ->capture_default_str()
      ->check(CLI::Range(0, 150));
  asked.options.camera_cache = own_cache();
  run.add_option("--camera-cache", asked.options.camera_cache, "folder that keeps their encoded pictures")
      ->capture_default_str();
  run.add_option("--until", asked.until,
                 "stop there: \"now\" after the history, or an instant like 2026-01-17T14:40:00Z");
  run.add_option("--state", asked.options.state_file, "file that keeps the devices' tokens from run to run");
}

void describe_cameras(CLI::App& cameras, Asked& asked) {
  CamerasOptions& o = asked.cameras;
  o.cache = own_cache();
  cameras.add_option("--rtsp", asked.rtsp, "HOST:PORT to serve at; port 0: any free one")->capture_default_str();
  cameras.add_option("--count", o.count, "how many cameras")->capture_default_str()->check(CLI::Range(1, 1000));
  cameras.add_option("--scenes", o.scenes, "of street, junction, dusk, snow; all of them unless told")->delimiter(',');
  cameras.add_option("--clips", o.clips, "folder of *.mp4 with H.264 that some cameras show");
  cameras.add_option("--size", asked.size, "of main streams; sub-streams are 640x360")
      ->capture_default_str()
      ->check(CLI::IsMember({"640x360", "1280x720", "1920x1080"}));
  cameras.add_option("--kbit", o.kbit, "kbit/s of main streams")->capture_default_str()->check(CLI::Range(50, 20000));
  cameras.add_option("--sub-kbit", o.sub_kbit, "kbit/s of sub-streams")
      ->capture_default_str()
      ->check(CLI::Range(50, 20000));
  cameras.add_option("--fps", o.fps, "pictures a second")->capture_default_str()->check(CLI::Range(1.0, 60.0));
  cameras.add_option("--key-interval", o.key_interval, "seconds at most between two key frames")
      ->capture_default_str()
      ->check(CLI::Range(0.2, 60.0));
  cameras.add_option("--loop", o.seconds, "seconds of a scene until it begins again")
      ->capture_default_str()
      ->check(CLI::Range(1.0, 600.0));
  cameras.add_option("--cache", o.cache, "folder that keeps what was encoded; empty: none")->capture_default_str();
  cameras.add_option("--faults", o.faults, "what goes wrong from the start, like \"loss 3 2%\"; sim/README.md")
      ->delimiter(';');
  cameras.add_option("--user", o.server.credentials.user, "who may look; without: everybody");
  cameras.add_option("--password", o.server.credentials.password, "the user's");
  cameras.add_option("--auth", asked.auth, "how cameras ask for the password")
      ->capture_default_str()
      ->check(CLI::IsMember({"digest", "basic"}));
  cameras.add_option("--timeout", asked.timeout_s, "seconds without a sign of life that end a session")
      ->capture_default_str()
      ->check(CLI::Range(1, 3600));
}

Result<> serve_cameras(Asked asked) {
  CamerasOptions& o = asked.cameras;
  TRY(o.server.listen, Endpoint::parse(asked.rtsp));
  o.width = std::stoi(asked.size);
  o.height = o.width * 9 / 16;
  o.server.basic = asked.auth == "basic";
  o.server.timeout = std::chrono::seconds(asked.timeout_s);
  return run_cameras(o, SystemClock(), asked_to_stop);
}

void listen_for_signals() {
  std::signal(SIGINT, [](int) { told_to_stop = 1; });
  std::signal(SIGTERM, [](int) { told_to_stop = 1; });
  std::signal(SIGPIPE, SIG_IGN);
}

int show_cameras(const Asked& asked) {
  listen_for_signals();
  const auto done = serve_cameras(asked);
  if (done || done.error().kind == ErrorKind::cancelled) return 0;
  std::fprintf(stderr, "qala-sim: %s\n", done.error().message.c_str());
  return done.error().kind == ErrorKind::invalid ? 2 : 1;
}

Result<Options> options_of(Asked asked) {
  TRY(asked.options.http, Endpoint::parse(asked.http));
  TRY(asked.options.mqtt, Endpoint::parse(asked.mqtt));
  asked.options.faults = asked.faults == "on";
  if (asked.evening.empty() && asked.scenario == "evening") asked.evening = "pictures";
  if (!asked.evening.empty()) {
    TRY(asked.options.evening, find_evening(asked.evening));
  }
  if (!asked.at.empty()) {
    asked.options.at = clock_time(asked.at);
    if (!asked.options.at || !asked.options.evening)
      return fail(ErrorKind::invalid, asked.options.at ? "--at belongs to --evening"
                                                       : "--at: \"" + asked.at + "\" is not a time like 17:00");
  }
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
  listen_for_signals();
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

/// What `show` and `faults` share with `run`.
void describe_look(CLI::App& command, Asked& asked) {
  command.add_option("--seed", asked.options.seed, "what happens in the town")->capture_default_str();
  command.add_option("--things", asked.options.things, "about how many devices")->capture_default_str();
  command.add_option("--evening", asked.evening, "an evening's name or file; without one, --from and --until");
  command.add_option("--faults", asked.faults, "on or off")->capture_default_str()->check(CLI::IsMember({"on", "off"}));
  command.add_option("--from", asked.from, "an instant like 2026-01-17T12:00:00Z");
  command.add_option("--until", asked.until, "an instant");
  command.add_option("--every", asked.every, "seconds between two lines")
      ->capture_default_str()
      ->check(CLI::Range(1, 86400));
}

Result<std::string> look(Asked asked, bool at_device) {
  const std::string until = std::exchange(asked.until, {});
  TRY(const Options options, options_of(asked));
  Look look{.from = options.evening ? options.evening->begin : RealSession().now() - kDay,
            .until = options.evening ? options.evening->end : RealSession().now(),
            .every = asked.every};
  if (const auto at = parse_iso(asked.from)) look.from = at->seconds();
  if (const auto at = parse_iso(until)) look.until = at->seconds();
  return at_device ? show_device(options, asked.thing, look) : show_faults(options, look);
}

int print_look(const Asked& asked, bool at_device) {
  const auto text = look(asked, at_device);
  std::fputs(text ? text->c_str() : ("qala-sim: " + text.error().message + "\n").c_str(), text ? stdout : stderr);
  return text ? 0 : 2;
}

void list_evenings() {
  for (const EveningFile& file : own_evenings()) {
    const auto evening = parse_evening(file.key, file.text);
    if (!evening) continue;  // a test reads every one of them
    std::printf("%-12s %s · %s · %s\n", std::string(file.key).c_str(), evening->name.kk.c_str(),
                evening->name.ru.c_str(), evening->name.en.c_str());
  }
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
  auto* evenings = app.add_subcommand("evenings", "list the evenings that can be played");
  auto* show = app.add_subcommand("show", "print what one device says, as CSV");
  show->add_option("thing", asked.thing, "its key")->required();
  describe_look(*show, asked);
  auto* faults = app.add_subcommand("faults", "print what goes wrong, a line of JSON each");
  describe_look(*faults, asked);
  auto* run = app.add_subcommand("run", "set the town up on a server, send its history, live");
  describe_run(*run, asked);
  auto* cameras = app.add_subcommand("cameras", "serve simulated cameras by RTSP");
  describe_cameras(*cameras, asked);
  CLI11_PARSE(app, argc, argv);
  if (plan->parsed()) std::fputs(plan_geojson(build_layout()).c_str(), stdout);
  if (things->parsed())
    std::fputs(things_geojson(build_town(asked.options.seed, asked.options.things)).c_str(), stdout);
  if (evenings->parsed()) list_evenings();
  if (cameras->parsed()) return show_cameras(asked);
  if (show->parsed() || faults->parsed()) return print_look(asked, show->parsed());
  return run->parsed() ? live_in_town(asked) : 0;
}
