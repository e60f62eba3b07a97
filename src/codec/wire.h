#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/frames.h"
#include "base/result.h"

/// What `qala` and its child `qala-codec` say to each other over a socket pair. Pure functions, any thread.
///
///   frame   = length:u32 kind:u8 number:u32 payload        little endian (base/frames.h)
///
///   qala -> child                                   child -> qala
///    1 load    number = codec; the script            64 hello   u8: kProtocol
///    2 run     number = request; see below           65 answer  number = request; outcome:u8, then text
///    3 forget  number = codec
///
///   run     = codec:u32 routine:u8 flags:u8 port:u8 now:i64 size:u16 bytes[size], then `input` to the end
///   flags   = 1 port is given, 2 bytes are given, 4 `now` is when it was received, so that the codec may see it
///   now     = UTC ms: what `new Date()` says in the codec
///   input   = JSON text of an object, or nothing: what more the codec is given
///   outcome = see Outcome; text is JSON for `answered`, a message for all others. UTF-8.
///
/// Runs are answered in their order. A codec is compiled when it is first run, not when it is loaded.
/// Besides the socket both see one page of memory, Progress: which request the child is at.
namespace qala::codec {

constexpr std::uint8_t kProtocol = 1;
constexpr std::size_t kMaxScript = 1u << 20;   ///< bytes of a script
constexpr std::size_t kMaxBytes = 4096;        ///< of a payload; LoRaWAN has at most 242
constexpr std::size_t kMaxInput = 256u << 10;  ///< of `input`
constexpr std::size_t kMaxAnswer = 256u << 10;
constexpr std::size_t kMaxFrame = kMaxScript + 64;

enum class Kind : std::uint8_t { load = 1, run, forget, hello = 64, answer };

enum class Routine : std::uint8_t { decode_uplink, encode_downlink, decode_downlink, normalize_uplink };
constexpr int kRoutines = 4;
/// As LoRa's payload codec API has it: "decodeUplink".
std::string_view name_of(Routine routine);
std::optional<Routine> routine_of(std::string_view name);

enum class Outcome : std::uint8_t {
  answered,     ///< the codec's own answer; it may say `errors`
  failed,       ///< the codec threw, or has no such routine, or answered nothing that is an answer
  memory,       ///< it wanted more memory than there is for it
  stopped,      ///< it took too long, or ended the child: only the parent says so
  disabled,     ///< after three strikes it is not run any more: only the parent says so
  unavailable,  ///< the child does not run or has too much to do: only the parent says so
};

/// The page both see. The child writes, the parent reads. A new `step` means that time is counted anew.
struct Progress {
  std::atomic<std::uint32_t> request{0};  ///< 0: idle
  std::atomic<std::uint32_t> step{0};
};

struct Run {
  std::uint32_t codec = 0;
  Routine routine = Routine::decode_uplink;
  std::optional<std::uint8_t> port = {};
  std::optional<std::string> bytes = {};
  std::int64_t now_ms = 0;
  bool received = false;  ///< `now` is recvTime
  std::string input = {};
  friend bool operator==(const Run&, const Run&) = default;
};
void append_load(std::string& out, std::uint32_t codec, std::string_view script);
void append_run(std::string& out, std::uint32_t request, const Run& run);
void append_forget(std::string& out, std::uint32_t codec);
Result<Run> parse_run(std::string_view payload);

struct Answer {
  Outcome outcome = Outcome::failed;
  std::string text;
  friend bool operator==(const Answer&, const Answer&) = default;
};
void append_hello(std::string& out);
void append_answer(std::string& out, std::uint32_t request, Outcome outcome, std::string_view text);
Result<Answer> parse_answer(std::string_view payload);
Result<> parse_hello(std::string_view payload);

}  // namespace qala::codec
