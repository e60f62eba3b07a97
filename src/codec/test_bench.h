#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <functional>

#include <boost/asio/io_context.hpp>

#include "codec/lines.h"
#include "codec/runner.h"

namespace qala::codec::tests {

/// A runner with the real qala-codec, driven by hand.
class Bench : public Runner::Listener {
 public:
  explicit Bench(Runner::Options options = {}) {
    // The sanitizers' own memory is no codec's.
    options.memory = std::max<std::uint64_t>(options.memory, 400u << 20);
    options.keep = std::max<std::uint64_t>(options.keep, 380u << 20);
    runner = Runner::make(io, clock, options, this);
  }
  void on_disabled(std::uint32_t codec, const std::string& reason) override { disabled.emplace_back(codec, reason); }

  std::uint32_t add(std::string script) { return *runner->add(std::move(script)); }

  /// Begins; the answer lies where it says when wait() is over.
  Answer& begin(std::uint32_t codec, std::string_view hex = "", std::string input = "",
                Routine routine = Routine::decode_uplink) {
    return begin(Run{.codec = codec,
                     .routine = routine,
                     .port = 1,
                     .bytes = *from_hex(hex),
                     .now_ms = 1'796'083'200'500,
                     .input = std::move(input)});
  }
  Answer& begin(Run run) {
    Answer& answer = answers.emplace_back();
    open++;
    runner->run(std::move(run), [this, &answer](Answer given) {
      answer = std::move(given);
      open--;
    });
    return answer;
  }
  void wait() {
    while (open > 0) {
      io.restart();
      io.run_one();
    }
  }
  Answer run(std::uint32_t codec, std::string_view hex = "", std::string input = "",
             Routine routine = Routine::decode_uplink) {
    Answer& answer = begin(codec, hex, std::move(input), routine);
    wait();
    return answer;
  }
  /// Of a codec that is used once.
  Answer run_script(std::string script, std::string_view hex = "", std::string input = "",
                    Routine routine = Routine::decode_uplink) {
    return run(add(std::move(script)), hex, std::move(input), routine);
  }
  void expect_works() {
    EXPECT_EQ(run_script("function decodeUplink(input) { return {data: {first: input.bytes[0]}}; }", "2a").text,
              R"({"data":{"first":42}})");
  }

  boost::asio::io_context io{1};
  SystemClock clock;
  std::unique_ptr<Runner> runner;
  std::deque<Answer> answers;
  std::vector<std::pair<std::uint32_t, std::string>> disabled;
  int open = 0;
};

}  // namespace qala::codec::tests
