#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <string_view>
#include <vector>

#include "base/frames.h"
#include "sandbox/engine.h"
#include "sandbox/jail.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
// Mozjs keeps what it has until the process ends, and a codec that asks for too much is to be told no.
extern "C" const char* __asan_default_options() {
  return "detect_leaks=0:allocator_may_return_null=1:max_allocation_size_mb=64:handle_segv=0:use_sigaltstack=0:detect_"
         "stack_use_after_return=0";
}
#endif
#endif

namespace {

using namespace qala;

constexpr int kPage = 0, kSocket = 1;  ///< standard input and output, as src/codec/sandbox.cpp gives them
constexpr std::size_t kFlush = 32u << 10;

bool write_all(std::string& bytes) {
  std::string_view rest = bytes;
  while (!rest.empty()) {
    const ssize_t written = ::write(kSocket, rest.data(), rest.size());
    if (written <= 0) return false;
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  bytes.clear();
  return true;
}

/// Serves until the socket is closed. Answers are written when nothing more is asked, or when they are many.
class Desk {
 public:
  Desk(sandbox::Engine& engine, codec::Progress& progress) : engine_(engine), progress_(progress), in_(64u << 10) {}

  Result<> serve() {
    codec::append_hello(out_);
    for (;;) {
      if (!write_all(out_)) return {};
      const ssize_t size = ::read(kSocket, in_.data(), in_.size());
      if (size <= 0) return {};
      frames_.feed({in_.data(), static_cast<std::size_t>(size)});
      for (;;) {
        TRY(const auto frame, frames_.next());
        if (!frame) break;
        TRY_VOID(take(*frame));
        if (out_.size() >= kFlush && !write_all(out_)) return {};
      }
    }
  }

 private:
  Result<> take(const Frame& frame) {
    switch (static_cast<codec::Kind>(frame.kind)) {
      case codec::Kind::load: engine_.load(frame.number, frame.payload); return {};
      case codec::Kind::forget: engine_.forget(frame.number); return {};
      case codec::Kind::run: {
        TRY(const codec::Run run, codec::parse_run(frame.payload));
        progress_.step++;
        progress_.request = frame.number;
        const codec::Answer answer = engine_.run(run);
        progress_.request = 0;
        codec::append_answer(out_, frame.number, answer.outcome, answer.text);
        return {};
      }
      default: return fail(ErrorKind::corrupt, "a frame of a kind that is not for qala-codec");
    }
  }

  sandbox::Engine& engine_;
  codec::Progress& progress_;
  std::vector<char> in_;
  FrameCutter frames_{codec::kMaxFrame};
  std::string out_;
};

Result<> serve() {
  TRY_VOID(sandbox::die_with_parent());
  void* page = ::mmap(nullptr, sizeof(codec::Progress), PROT_READ | PROT_WRITE, MAP_SHARED, kPage, 0);
  if (page == MAP_FAILED) return from_errno(errno, "sharing a page with the parent");
  auto& progress = *static_cast<codec::Progress*>(page);
  TRY(const auto engine, sandbox::Engine::start(progress));
  TRY_VOID(sandbox::enter_jail());
  return Desk(*engine, progress).serve();
}

}  // namespace

/// qala-codec: runs payload codecs, shut in. Started by `qala`, of no use by itself.
/// qala-codec --try: tries what must not be possible; 0: nothing was.
int main(int count, char** arguments) {
  if (count == 2 && std::string_view(arguments[1]) == "--version") {
    std::puts("qala-codec " QALA_VERSION);
    return 0;
  }
  if (count == 2 && std::string_view(arguments[1]) == "--try") return sandbox::try_jail() ? 0 : 1;
  if (count != 1 || ::isatty(kSocket)) {
    std::fputs("usage: qala-codec --try (without it, it is started by `qala`)\n", stderr);
    return 2;
  }
  const auto served = serve();
  if (!served) std::fprintf(stderr, "qala-codec: %s\n", served.error().message.c_str());
  // Without taking anything down, which takes time and is of no use.
  ::_exit(served ? 0 : 1);
}
