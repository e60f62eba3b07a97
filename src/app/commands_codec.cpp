#include <poll.h>
#include <unistd.h>

#include <cstdio>
#include <deque>
#include <unordered_map>

#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include "app/commands.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/json_writer.h"
#include "base/log.h"
#include "codec/cayenne.h"
#include "codec/lines.h"
#include "codec/runner.h"

namespace qala::app {

namespace {

namespace asio = boost::asio;

constexpr std::size_t kMostOpen = 1'024;      ///< requests read and not yet answered
constexpr std::size_t kMostScripts = 2'048;   ///< kept; then all are forgotten that nobody waits for
constexpr std::size_t kFlush = 64u << 10;

/// Lines in, answers out in the order of the lines, many under way at a time.
class LineDesk {
 public:
  LineDesk() : runner_(codec::Runner::make(io_, clock_, {.waiting = 1u << 20}, nullptr)) {}

  Result<int> run() {
    std::string block(256u << 10, '\0');
    bool more = true;
    while (more || !open_.empty()) {
      deliver();
      if (more && open_.size() < kMostOpen && (open_.empty() || readable())) {
        // Nobody waits longer for an answer than for the next line.
        if (open_.empty() || out_.size() >= kFlush) TRY_VOID(flush());
        const ssize_t size = ::read(STDIN_FILENO, block.data(), block.size());
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) return from_errno(errno, "reading standard input");
        more = size > 0;
        take(std::string_view(block).substr(0, static_cast<std::size_t>(size)));
        if (!more && !line_.empty()) end_line();
        continue;
      }
      if (open_.empty()) break;
      TRY_VOID(flush());
      io_.restart();
      io_.run_one();
      io_.poll();
    }
    deliver();
    TRY_VOID(flush());
    return 0;
  }

 private:
  struct Slot {
    std::optional<std::string> text;
  };

  static bool readable() {
    pollfd file{STDIN_FILENO, POLLIN, 0};
    return ::poll(&file, 1, 0) > 0;
  }

  void take(std::string_view bytes) {
    while (!bytes.empty()) {
      const std::size_t end = bytes.find('\n');
      const std::string_view part = bytes.substr(0, end);
      // Of a line that is too long only its length is of interest.
      if (line_.size() <= codec::kMaxLine) line_ += part.substr(0, codec::kMaxLine + 1);
      if (end == std::string_view::npos) return;
      end_line();
      bytes.remove_prefix(end + 1);
    }
  }

  void end_line() {
    lines_++;
    open_.emplace_back();
    Slot& slot = open_.back();
    auto request = parser_.parse(line_);
    line_.clear();
    if (!request) {
      slot.text = codec::line_of(std::move(request).context(fmt::format("line {}", lines_)).error());
      return;
    }
    if (!request->run.received) request->run.now_ms = clock_.now().ms();
    if (request->cayenne) {
      slot.text = codec::line_of(codec::run_cayenne(request->run));
      return;
    }
    if (!request->same_script) {
      auto codec = codec_of(std::move(request->script));
      if (!codec) {
        slot.text = codec::line_of(codec.error());
        return;
      }
      last_codec_ = *codec;
    }
    request->run.codec = last_codec_;
    // The deque does not move its other elements.
    runner_->run(std::move(request->run), [&slot](codec::Answer answer) { slot.text = codec::line_of(answer); });
  }

  Result<std::uint32_t> codec_of(std::string script) {
    const auto found = codecs_.find(script);
    if (found != codecs_.end()) return found->second;
    if (codecs_.size() >= kMostScripts) {
      while (runner_->waiting() > 0) {
        io_.restart();
        io_.run_one();
      }
      std::erase_if(codecs_, [&](const auto& one) {
        if (runner_->standing(one.second).strikes > 0) return false;
        runner_->forget(one.second);
        return true;
      });
    }
    TRY(const std::uint32_t codec, runner_->add(script));
    codecs_.emplace(std::move(script), codec);
    return codec;
  }

  void deliver() {
    while (!open_.empty() && open_.front().text) {
      out_ += *open_.front().text;
      out_ += '\n';
      open_.pop_front();
    }
  }

  Result<> flush() {
    for (std::string_view rest = out_; !rest.empty();) {
      const ssize_t size = ::write(STDOUT_FILENO, rest.data(), rest.size());
      if (size < 0 && errno == EINTR) continue;
      if (size < 0) return from_errno(errno, "writing standard output");
      rest.remove_prefix(static_cast<std::size_t>(size));
    }
    out_.clear();
    return {};
  }

  asio::io_context io_{1};
  SystemClock clock_;
  std::unique_ptr<codec::Runner> runner_;
  codec::LineParser parser_;
  std::unordered_map<std::string, std::uint32_t> codecs_;
  std::uint32_t last_codec_ = 0;
  std::deque<Slot> open_;
  std::string line_, out_;
  std::uint64_t lines_ = 0;
};

/// The same request as a line of JSON would make it.
Result<codec::LineRequest> request_of(const CodecRunOptions& options) {
  std::string script, line;
  if (!options.script.empty()) {
    TRY(const auto bytes, read_file(options.script));
    script.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  } else if (!options.cayenne) {
    return fail(ErrorKind::invalid, "--script FILE, --cayenne-lpp or --jsonl is needed");
  }
  JsonWriter json(line);
  json.object().field("routine", options.routine);
  if (options.cayenne) json.field("builtin", "cayenne-lpp");
  else json.field("script", "");
  if (options.port >= 0) json.field("fPort", options.port);
  if (!options.hex.empty() || options.routine.starts_with("decode")) json.field("bytes", options.hex);
  if (!options.received.empty()) json.field("recvTime", options.received);
  if (!options.input.empty()) json.key("input").raw(options.input);
  json.end();
  TRY(auto request, codec::LineParser().parse(line));
  request.script = std::move(script);
  if (!request.run.received) request.run.now_ms = SystemClock().now().ms();
  return request;
}

Result<codec::Answer> answer_one(const CodecRunOptions& options) {
  TRY(auto request, request_of(options));
  if (request.cayenne) return codec::run_cayenne(request.run);
  asio::io_context io(1);
  const SystemClock clock;
  const auto runner = codec::Runner::make(io, clock, {}, nullptr);
  TRY(request.run.codec, runner->add(std::move(request.script)));
  std::optional<codec::Answer> answer;
  runner->run(std::move(request.run), [&](codec::Answer given) { answer = std::move(given); });
  while (!answer) {
    io.restart();
    io.run_one();
  }
  return std::move(*answer);
}

}  // namespace

Result<int> codec_run(const CodecRunOptions& options) {
  log::set_level("error");  // what is wrong with a codec is in its answer
  if (options.lines) return LineDesk().run();
  TRY(const auto answer, answer_one(options));
  fmt::print("{}\n", codec::line_of(answer));
  return answer.outcome == codec::Outcome::answered ? 0 : 1;
}

}  // namespace qala::app
