#include <signal.h>
#include <sys/stat.h>

#include <cstdio>
#include <string_view>

#include "base/log.h"
#include "video/worker_room.h"

/// qala-video SOCKET: the cameras' worker. Started by `qala serve`, of no use by itself.
/// Exit codes: 0 serve asked for it or is gone, 1 it could not begin, 2 wrong use.
int main(int count, char** arguments) {
  using namespace qala;
  if (count == 2 && std::string_view(arguments[1]) == "--version") {
    std::puts("qala-video " QALA_VERSION);
    return 0;
  }
  if (count != 2) {
    std::fputs("usage: qala-video SOCKET (it is started by `qala serve`)\n", stderr);
    return 2;
  }
  ::umask(077);
  ::signal(SIGPIPE, SIG_IGN);
  boost::asio::io_context io(1);
  const SystemClock clock;
  SystemRandom random;
  video::WorkerRoom room(io, clock, random);
  if (const auto started = room.start(arguments[1]); !started) {
    log::error("video worker does not begin", {{"what", started.error().message}});
    return 1;
  }
  io.run();
  if (!room.ended_because().empty()) log::info("video worker ends", {{"why", room.ended_because()}});
  return 0;
}
