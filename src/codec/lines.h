#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "codec/wire.h"

namespace qala::codec {

/// A request of `qala codec run --jsonl`, one line of JSON:
///   {"script":"…","routine":"decodeUplink","fPort":1,"bytes":"01ff","input":{…}}
/// `routine` is decodeUplink if absent; `bytes` is hexadecimal, in either case. `input` is what more the routine is
/// given: variables, recvTime (ISO 8601 or ms), and for encodeDownlink the data, by itself or as {"data":…}. The script
/// may also be "cayenne-lpp" under the name "builtin". Others are ignored.
struct LineRequest {
  std::string script;
  bool same_script = false;  ///< as the line before, and `script` is empty
  bool cayenne = false;
  Run run;  ///< without its codec; `now` is 0 unless received
};

constexpr std::size_t kMaxLine = 4u << 20;

/// Keeps what parsing needs, and the script of the line before. One thread.
class LineParser {
 public:
  LineParser();
  ~LineParser();
  /// `invalid` says what is wrong with the line. What it gives is the caller's.
  Result<LineRequest> parse(std::string_view line);

 private:
  struct Scratch;
  std::unique_ptr<Scratch> scratch_;
};

/// Bytes of an even number of hexadecimal digits.
Result<std::string> from_hex(std::string_view text);
/// `input` of a Run from what a person gave: see LineRequest. All may be empty; all are JSON.
std::string input_of(Routine routine, std::string_view input, bool has_data, std::string_view variables);

/// The answer as one line of JSON, without its end: what the codec said, or {"errors":["…"]}.
std::string line_of(const Answer& answer);
std::string line_of(const Error& error);

}  // namespace qala::codec
