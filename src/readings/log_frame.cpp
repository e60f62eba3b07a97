#include "readings/log_frame.h"

#include <cstring>

#include "base/crc32c.h"
#include "readings/varint.h"

namespace qala::readings {

namespace {

constexpr std::string_view kMagic = "QALALOG1";
constexpr std::uint64_t kFarthest = 1u << 24;  // rows a file can hold, generously: sequences beyond are noise

std::uint32_t frame_crc(std::uint64_t salt, std::uint64_t sequence, std::span<const std::byte> row) {
  std::byte seed[20];
  const auto length = static_cast<std::uint32_t>(row.size());
  std::memcpy(seed, &salt, 8);
  std::memcpy(seed + 8, &sequence, 8);
  std::memcpy(seed + 16, &length, 4);
  return crc32c(row, crc32c(seed));
}

}  // namespace

void put_log_head(const LogHead& head, std::string& out) {
  const std::size_t start = out.size();
  out.append(kMagic);
  put_fixed(out, head.number);
  put_fixed(out, head.salt);
  put_fixed(out, head.first_sequence);
  out.resize(start + kLogHead - 4, '\0');
  put_fixed(out, crc32c(bytes_of(std::string_view(out).substr(start))));
}

std::optional<LogHead> parse_log_head(std::span<const std::byte> file) {
  if (file.size() < kLogHead) return std::nullopt;
  Cursor from(file.first(kLogHead));
  if (text_of(from.take(kMagic.size())) != kMagic) return std::nullopt;
  LogHead head;
  head.number = from.fixed<std::uint64_t>();
  head.salt = from.fixed<std::uint64_t>();
  head.first_sequence = from.fixed<std::uint64_t>();
  from.take(kLogHead - 4 - 32);
  if (from.fixed<std::uint32_t>() != crc32c(file.first(kLogHead - 4))) return std::nullopt;
  return head;
}

void put_frame(std::uint64_t salt, std::uint64_t sequence, std::span<const std::byte> row, std::string& out) {
  const std::size_t start = out.size();
  put_fixed(out, static_cast<std::uint32_t>(row.size()));
  put_fixed(out, frame_crc(salt, sequence, row));
  put_fixed(out, sequence);
  out.append(text_of(row));
  out.resize(start + frame_bytes(row.size()), '\0');
}

std::optional<LogFrame> parse_frame(std::span<const std::byte> file, std::size_t offset, std::uint64_t salt) {
  if (offset > file.size() || file.size() - offset < kFrameHead) return std::nullopt;
  Cursor from(file.subspan(offset));
  const auto length = from.fixed<std::uint32_t>();
  const auto crc = from.fixed<std::uint32_t>();
  LogFrame frame;
  frame.sequence = from.fixed<std::uint64_t>();
  frame.row = from.take(length);
  if (from.bad() || frame.sequence == 0 || crc != frame_crc(salt, frame.sequence, frame.row)) return std::nullopt;
  return frame;
}

std::optional<LogFrame> find_frame(std::span<const std::byte> file, std::size_t offset, std::uint64_t salt,
                                   std::uint64_t least) {
  for (; offset + kFrameHead <= file.size(); offset += 8) {
    std::uint64_t sequence = 0;
    std::memcpy(&sequence, file.data() + offset + 8, 8);
    if (sequence < least || sequence - least > kFarthest) continue;
    if (auto frame = parse_frame(file, offset, salt)) return frame;
  }
  return std::nullopt;
}

}  // namespace qala::readings
