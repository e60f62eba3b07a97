#include "codec/runner_core.h"

#include <algorithm>

#include <boost/asio/post.hpp>
#include <fmt/core.h>

#include "base/log.h"

namespace qala::codec {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kMostSent = 256;         ///< requests in the child at a time
constexpr std::size_t kMostBytes = 256u << 10;  ///< of theirs
constexpr int kUnexplained = 3;

}  // namespace

RunnerCore::RunnerCore(asio::io_context& network, const Clock& clock, Runner::Options options,
                       Runner::Listener* listener)
    : network_(network),
      clock_(clock),
      options_(std::move(options)),
      listener_(listener),
      restart_(network),
      watch_(network),
      back_off_(options_.restart_first) {
  incoming_.resize(64 * 1024);
}

void RunnerCore::close() {
  closed_ = true;
  connection_++;
  restart_.cancel();
  watch_.cancel();
  socket_.reset();
  child_.reset();
  waiting_.clear();
  sent_.clear();
}

// ---- codecs

Result<std::uint32_t> RunnerCore::add(std::string script) {
  if (script.size() > kMaxScript) {
    return fail(ErrorKind::invalid,
                fmt::format("the script has {} bytes; at most {} are taken", script.size(), kMaxScript));
  }
  const std::uint32_t codec = next_codec_++;
  known_.emplace(codec, Known{.script = std::move(script), .standing = {}, .loaded = loaded_.end()});
  return codec;
}

void RunnerCore::forget(std::uint32_t codec) {
  const auto found = known_.find(codec);
  if (found == known_.end()) return;
  if (found->second.loaded != loaded_.end()) {
    loaded_.erase(found->second.loaded);
    append_forget(next_, codec);
  }
  known_.erase(found);
}

Standing RunnerCore::standing(std::uint32_t codec) const {
  const auto found = known_.find(codec);
  return found == known_.end() ? Standing{} : found->second.standing;
}

void RunnerCore::set_standing(std::uint32_t codec, Standing standing) {
  const auto found = known_.find(codec);
  if (found != known_.end()) found->second.standing = std::move(standing);
}

std::string RunnerCore::strike(std::uint32_t codec, const std::string& reason) {
  health_.stopped++;
  const auto found = known_.find(codec);
  if (found == known_.end()) return reason;
  Standing& standing = found->second.standing;
  standing.strikes++;
  standing.reason = reason;
  found->second.good = 0;
  found->second.answers = false;
  log::warn("codec stopped", {{"codec", codec}, {"why", reason}, {"strike", standing.strikes}});
  if (standing.strikes < options_.strikes) {
    return fmt::format("{} (strike {} of {})", reason, standing.strikes, options_.strikes);
  }
  standing.disabled = true;
  log::error("codec disabled", {{"codec", codec}, {"why", reason}});
  if (listener_) listener_->on_disabled(codec, reason);
  return fmt::format("{} (strike {}: the codec is disabled)", reason, standing.strikes);
}

// ---- requests

void RunnerCore::answer_later(Runner::Done done, Answer answer) {
  asio::post(network_, [self = shared_from_this(), done = std::move(done), answer = std::move(answer)]() mutable {
    if (!self->closed_) done(std::move(answer));
  });
}

void RunnerCore::answer(Request request, Outcome outcome, std::string text) {
  answer_later(std::move(request.done), {outcome, std::move(text)});
}

void RunnerCore::run(Run run, Runner::Done done) {
  if (run.bytes && run.bytes->size() > kMaxBytes) {
    return answer_later(std::move(done),
                        {Outcome::failed, fmt::format("the payload has more than {} bytes", kMaxBytes)});
  }
  if (run.input.size() > kMaxInput) {
    return answer_later(std::move(done),
                        {Outcome::failed, fmt::format("the input has more than {} KB", kMaxInput >> 10)});
  }
  if (waiting() >= options_.waiting) {
    return answer_later(std::move(done), {Outcome::unavailable, "too many requests are waiting for qala-codec"});
  }
  waiting_.push_back({.run = std::move(run), .done = std::move(done)});
  pump();
}

void RunnerCore::pump() {
  if (closed_) return;
  if (!child_ && !restarting_) launch();
  if (failed_starts_ >= kUnexplained && !ready_) return nobody_answers(health_.words);
  while (ready_ && !waiting_.empty() && sent_.size() < kMostSent && sent_bytes_ < kMostBytes) {
    Request request = std::move(waiting_.front());
    waiting_.pop_front();
    if (send(request)) sent_.push_back(std::move(request));
  }
  if (ready_ && writing_.empty() && !next_.empty()) write(connection_);
  if (child_ && !watching_) watch();
}

bool RunnerCore::send(Request& request) {
  const auto found = known_.find(request.run.codec);
  if (found == known_.end()) return answer(std::move(request), Outcome::failed, "the codec is gone"), false;
  Known& known = found->second;
  if (known.standing.disabled) {
    answer(std::move(request), Outcome::disabled, "the codec is disabled: " + known.standing.reason);
    return false;
  }
  load(found->first, known);
  request.number = next_request_++;
  if (next_request_ == 0) next_request_ = 1;  // 0 stands for an idle child
  const std::size_t before = next_.size();
  append_run(next_, request.number, request.run);
  request.size = next_.size() - before;
  sent_bytes_ += request.size;
  return true;
}

void RunnerCore::load(std::uint32_t codec, Known& known) {
  if (known.loaded != loaded_.end()) return loaded_.splice(loaded_.end(), loaded_, known.loaded);
  if (loaded_.size() >= options_.codecs) {
    const std::uint32_t oldest = loaded_.front();
    loaded_.pop_front();
    known_.at(oldest).loaded = loaded_.end();
    append_forget(next_, oldest);
  }
  append_load(next_, codec, known.script);
  known.loaded = loaded_.insert(loaded_.end(), codec);
}

void RunnerCore::take_answer(const Frame& frame) {
  auto parsed = parse_answer(frame.payload);
  if (!parsed) return nonsense(parsed.error().message);
  if (sent_.empty() || sent_.front().number != frame.number) return nonsense("an answer to what was not asked");
  Request request = std::move(sent_.front());
  sent_.pop_front();
  sent_bytes_ -= request.size;
  health_.runs++;
  unexplained_ = 0;
  if (parsed->outcome == Outcome::memory) {
    parsed->text = strike(request.run.codec, parsed->text);
  } else if (const auto found = known_.find(request.run.codec); found != known_.end()) {
    Known& known = found->second;
    known.answers = true;
    if (known.standing.strikes > 0 && ++known.good >= options_.forgive) known.standing = {};
  }
  request.done(std::move(*parsed));
}

void RunnerCore::nobody_answers(const std::string& words) {
  auto all = std::exchange(waiting_, {});
  for (Request& request : all) answer(std::move(request), Outcome::unavailable, words);
}

}  // namespace qala::codec
