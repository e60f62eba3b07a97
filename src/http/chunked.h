#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "http/status.h"

namespace qala::http {

/// Takes a chunked body apart as its bytes arrive. Pure; holds no bytes of its own but a half-read size.
/// Chunk extensions and trailers are skipped, within 8 KB in all.
class ChunkedDecoder {
 public:
  /// Appends decoded bytes to `out`, never beyond `limit` bytes of it. Returns how much of `in` was used: all of it,
  /// unless the body ended (see done()).
  std::expected<std::size_t, Refusal> feed(std::string_view in, std::string& out, std::uint64_t limit);
  bool done() const { return state_ == State::done; }

 private:
  enum class State {
    size,
    extension,
    size_end,
    data,
    data_cr,
    data_lf,
    trailer_start,
    trailer,
    trailer_end,
    last_lf,
    done
  };
  std::expected<void, Refusal> step(char c);

  State state_ = State::size;
  std::uint64_t left_ = 0;
  std::size_t digits_ = 0;
  std::size_t skipped_ = 0;
};

}  // namespace qala::http
