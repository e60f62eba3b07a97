#include "base/frames.h"

#include <fmt/core.h>

namespace qala {

void append_frame(std::string& out, std::uint8_t kind, std::uint32_t number, std::string_view payload) {
  append_little_endian(out, static_cast<std::uint32_t>(5 + payload.size()));
  out.push_back(static_cast<char>(kind));
  append_little_endian(out, number);
  out += payload;
}

void FrameCutter::feed(std::string_view bytes) {
  if (from_ > 0) {
    bytes_.erase(0, from_);
    from_ = 0;
  }
  bytes_ += bytes;
}

Result<std::optional<Frame>> FrameCutter::next() {
  const std::string_view rest = std::string_view(bytes_).substr(from_);
  if (rest.size() < 4) return std::optional<Frame>{};
  const auto length = little_endian_at<std::uint32_t>(rest, 0);
  if (length < 5 || length > most_) {
    return fail(ErrorKind::corrupt, fmt::format("a frame of {} bytes on the socket of a child", length));
  }
  if (rest.size() < 4 + std::size_t{length}) return std::optional<Frame>{};
  from_ += 4 + std::size_t{length};
  return std::optional<Frame>(Frame{static_cast<std::uint8_t>(rest[4]), little_endian_at<std::uint32_t>(rest, 5),
                                    rest.substr(kFrameHead, length - 5)});
}

}  // namespace qala
