#include "sim/cameras/cameras_command.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <map>
#include <mutex>
#include <thread>

#include <poll.h>
#include <unistd.h>

#include "base/log.h"
#include "sim/cameras/clip.h"
#include "sim/cameras/loops.h"
#include "sim/cameras/scene.h"

namespace qala::sim {

namespace {

constexpr std::chrono::milliseconds kTurn{50};

std::vector<std::string> scenes_of(const CamerasOptions& options) {
  if (!options.scenes.empty()) return options.scenes;
  std::vector<std::string> out;
  for (const std::string_view name : scene_names()) out.emplace_back(name);
  return out;
}

LoopOrder order_of(const CamerasOptions& options, const std::string& scene, bool sub) {
  return {.scene = scene,
          .width = sub ? 640 : options.width,
          .height = sub ? 360 : options.height,
          .fps = options.fps,
          .kbit = sub ? options.sub_kbit : options.kbit,
          .key_interval = options.key_interval,
          .seconds = options.seconds,
          .seed = kSceneSeed};
}

/// Makes loops on two threads; the first error counts.
Result<std::vector<LoopPtr>> make_loops(const std::vector<LoopOrder>& orders, const std::string& cache,
                                        const std::function<bool()>& stop) {
  LoopStore store(cache);
  std::vector<LoopPtr> loops(orders.size());
  std::mutex mutex;
  Result<> failed;
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < orders.size(); i = next++) {
      auto loop = store.get(orders[i], stop);
      const std::lock_guard lock(mutex);
      if (loop) loops[i] = *loop;
      else if (failed) failed = loop.error();
    }
  };
  {
    const std::jthread other(work);
    work();
  }
  TRY_VOID(std::move(failed));
  return loops;
}

/// One line from the standard input, if there is one; `open` becomes false at its end.
bool read_line(std::string& input, std::string& line, bool& open) {
  pollfd ready{STDIN_FILENO, POLLIN, 0};
  if (open && ::poll(&ready, 1, 0) > 0) {
    char buffer[4096];
    const auto n = ::read(STDIN_FILENO, buffer, sizeof(buffer));
    if (n <= 0) open = false;
    else input.append(buffer, static_cast<std::size_t>(n));
  }
  const auto end = input.find('\n');
  if (end == std::string::npos) return false;
  line = input.substr(0, end);
  input.erase(0, end + 1);
  return true;
}

}  // namespace

Result<std::unique_ptr<CameraServer>> open_cameras(const CamerasOptions& options, const Clock& clock,
                                                   const std::function<bool()>& stop) {
  const std::vector<std::string> scenes = scenes_of(options);
  std::vector<LoopOrder> orders;
  const std::size_t shown = std::min(scenes.size(), static_cast<std::size_t>(std::max(1, options.count)));
  for (std::size_t i = 0; i < shown; i++) {
    orders.push_back(order_of(options, scenes[i], false));
    orders.push_back(order_of(options, scenes[i], true));
  }
  TRY(const std::vector<LoopPtr> loops, make_loops(orders, options.cache, stop));
  std::vector<Shows> mains, subs;
  for (std::size_t i = 0; i < shown; i++) {
    const std::size_t other = (i + 1) % shown;
    mains.push_back({loops[2 * i], loops[2 * i + 1], shown > 1 ? loops[2 * other] : nullptr});
    subs.push_back({loops[2 * i + 1], nullptr, shown > 1 ? loops[2 * other + 1] : nullptr});
  }
  if (!options.clips.empty()) {
    TRY(const std::vector<LoopPtr> clips, read_clips(options.clips));
    for (const LoopPtr& clip : clips) {
      mains.push_back({clip, nullptr, nullptr});
      subs.push_back({clip, nullptr, nullptr});
    }
  }
  std::vector<CameraSpec> cameras;
  for (int n = 0; n < options.count; n++) {
    const std::size_t which = static_cast<std::size_t>(n) % mains.size();
    cameras.push_back({static_cast<std::uint32_t>(n + 1), mains[which], subs[which]});
  }
  TRY(auto server, CameraServer::open(options.server, std::move(cameras), clock));
  for (const std::string& line : options.faults) {
    TRY_VOID(server->fault(line));
  }
  return server;
}

Result<> run_cameras(const CamerasOptions& options, const Clock& clock, const std::function<bool()>& stop) {
  TRY(const auto server, open_cameras(options, clock, stop));
  const Endpoint at = server->endpoint();
  std::printf("ready rtsp=%s:%s\n", at.host.c_str(), at.port.c_str());
  for (const std::string& line : server->list()) std::printf("%s\n", line.c_str());
  std::fflush(stdout);
  std::string input, line;
  bool open = true;
  while (!stop()) {
    server->step(kTurn);
    while (read_line(input, line, open)) {
      if (const auto done = server->fault(line); !done) log::warn("control line", {{"reason", done.error().message}});
    }
  }
  return {};
}

}  // namespace qala::sim
