#include "http/chunked.h"

#include <algorithm>

#include "http/ascii.h"

namespace qala::http {
namespace {

constexpr std::size_t kMaxSkipped = 8 * 1024;

std::unexpected<Refusal> bad() {
  return std::unexpected(Refusal{400, "http.bad_chunk", "the chunked body is malformed"});
}

}  // namespace

std::expected<std::size_t, Refusal> ChunkedDecoder::feed(std::string_view in, std::string& out, std::uint64_t limit) {
  std::size_t used = 0;
  while (used < in.size() && state_ != State::done) {
    if (state_ == State::data) {
      const auto take = static_cast<std::size_t>(std::min<std::uint64_t>(left_, in.size() - used));
      if (out.size() + take > limit)
        return std::unexpected(Refusal{413, "http.body_too_large", "the body is larger than allowed here"});
      out.append(in, used, take);
      used += take;
      left_ -= take;
      if (left_ == 0) state_ = State::data_cr;
      continue;
    }
    if (auto stepped = step(in[used]); !stepped) return std::unexpected(stepped.error());
    ++used;
  }
  return used;
}

std::expected<void, Refusal> ChunkedDecoder::step(char c) {
  const auto expect = [&](char wanted, State next) -> std::expected<void, Refusal> {
    if (c != wanted) return bad();
    state_ = next;
    return {};
  };
  switch (state_) {
    case State::size: {
      if (const int digit = hex_value(c); digit >= 0) {
        if (++digits_ > 15) return bad();
        left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
        return {};
      }
      if (digits_ == 0) return bad();
      if (c == ';') return expect(';', State::extension);
      return expect('\r', State::size_end);
    }
    case State::extension:
      if (c == '\n' || ++skipped_ > kMaxSkipped) return bad();
      if (c == '\r') state_ = State::size_end;
      return {};
    case State::size_end: digits_ = 0; return expect('\n', left_ == 0 ? State::trailer_start : State::data);
    case State::data_cr: return expect('\r', State::data_lf);
    case State::data_lf: return expect('\n', State::size);
    case State::trailer_start:
      if (c == '\n') return bad();
      state_ = c == '\r' ? State::last_lf : State::trailer;
      return {};
    case State::trailer:
      if (c == '\n' || ++skipped_ > kMaxSkipped) return bad();
      if (c == '\r') state_ = State::trailer_end;
      return {};
    case State::trailer_end: return expect('\n', State::trailer_start);
    case State::last_lf: return expect('\n', State::done);
    case State::data:
    case State::done: break;
  }
  return bad();
}

}  // namespace qala::http
