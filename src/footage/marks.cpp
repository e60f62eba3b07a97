#include "footage/marks.h"

#include <span>

#include "base/crc32c.h"

namespace qala::footage {

namespace {

// mark          = size:u32=56 "uuid" type:16 version:u8 a:u8 0:u16 fields crc:u32   (CRC-32C of the 52 bytes before it)
// file_mark     : type "QalaFootage.File", a = stream, fields = camera:u32 run:u32 at_ms:i64 init_bytes:u32
// init_crc:u32 fragment_mark : type "QalaFootage.Frag", a = key | motion << 1,
//                 fields = sequence:u32 at_ms:i64 duration_ms:u32 bytes:u32 crc:u32
constexpr std::string_view kFileType = "QalaFootage.File", kFragmentType = "QalaFootage.Frag";
constexpr std::string_view kBox = "uuid";
constexpr std::size_t kTypeAt = 8, kVersionAt = 24, kFlagsAt = 25, kFieldsAt = 28, kCrcAt = kMarkBytes - 4;

void put(std::string& out, std::uint64_t value, int bytes) {
  for (int at = bytes - 1; at >= 0; at--) out += static_cast<char>(value >> (8 * at));
}

std::uint64_t take(std::string_view bytes, std::size_t& at, int count) {
  std::uint64_t value = 0;
  for (int i = 0; i < count; i++) value = value << 8 | static_cast<unsigned char>(bytes[at++]);
  return value;
}
std::uint32_t take32(std::string_view bytes, std::size_t& at) { return static_cast<std::uint32_t>(take(bytes, at, 4)); }
std::int64_t take_time(std::string_view bytes, std::size_t& at) {
  return static_cast<std::int64_t>(take(bytes, at, 8));
}

std::string begin(std::string_view type, unsigned flags) {
  std::string out;
  put(out, kMarkBytes, 4);
  out.append(kBox).append(type);
  put(out, kMarkVersion, 1);
  put(out, flags, 1);
  put(out, 0, 2);
  return out;
}

std::string finish(std::string out) {
  out.resize(kCrcAt, '\0');
  put(out, crc_of(out), 4);
  return out;
}

bool is_mark(std::string_view bytes, std::string_view type) {
  if (bytes.size() != kMarkBytes || bytes.substr(4, 4) != kBox || bytes.substr(kTypeAt, type.size()) != type)
    return false;
  std::size_t at = kCrcAt;
  return static_cast<std::uint8_t>(bytes[kVersionAt]) == kMarkVersion &&
         take32(bytes, at) == crc_of(bytes.substr(0, kCrcAt));
}

bool is_time(std::int64_t ms) { return ms >= 0 && ms <= kLatestMs; }

}  // namespace

std::uint32_t crc_of(std::string_view bytes) { return crc32c(std::as_bytes(std::span(bytes))); }

std::string encode(const FileMark& mark) {
  std::string out = begin(kFileType, mark.id.stream);
  put(out, mark.id.camera, 4);
  put(out, mark.run, 4);
  put(out, static_cast<std::uint64_t>(mark.at_ms), 8);
  put(out, mark.init_bytes, 4);
  put(out, mark.init_crc, 4);
  return finish(std::move(out));
}

std::string encode(const FragmentMark& mark) {
  std::string out = begin(kFragmentType, (mark.key ? 1U : 0U) | (mark.motion ? 2U : 0U));
  put(out, mark.sequence, 4);
  put(out, static_cast<std::uint64_t>(mark.at_ms), 8);
  put(out, mark.duration_ms, 4);
  put(out, mark.bytes, 4);
  put(out, mark.crc, 4);
  return finish(std::move(out));
}

std::optional<FileMark> decode_file_mark(std::string_view bytes) {
  if (!is_mark(bytes, kFileType)) return std::nullopt;
  FileMark mark;
  mark.id.stream = static_cast<std::uint8_t>(bytes[kFlagsAt]);
  std::size_t at = kFieldsAt;
  mark.id.camera = take32(bytes, at);
  mark.run = take32(bytes, at);
  mark.at_ms = take_time(bytes, at);
  mark.init_bytes = take32(bytes, at);
  mark.init_crc = take32(bytes, at);
  if (mark.id.stream > kSub || !is_time(mark.at_ms)) return std::nullopt;
  return mark;
}

std::optional<FragmentMark> decode_fragment_mark(std::string_view bytes) {
  if (!is_mark(bytes, kFragmentType)) return std::nullopt;
  FragmentMark mark;
  const auto flags = static_cast<std::uint8_t>(bytes[kFlagsAt]);
  mark.key = flags & 1;
  mark.motion = flags & 2;
  std::size_t at = kFieldsAt;
  mark.sequence = take32(bytes, at);
  mark.at_ms = take_time(bytes, at);
  mark.duration_ms = take32(bytes, at);
  mark.bytes = take32(bytes, at);
  mark.crc = take32(bytes, at);
  if (mark.bytes > kLargestFragment || !is_time(mark.at_ms)) return std::nullopt;
  return mark;
}

std::size_t find_fragment_mark(std::string_view bytes) {
  static const std::string wanted = std::string(kBox) + std::string(kFragmentType);
  const auto found = bytes.find(wanted, 4);
  return found == std::string_view::npos ? found : found - 4;
}

}  // namespace qala::footage
