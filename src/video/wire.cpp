#include "video/wire.h"

#include <fmt/core.h>

namespace qala::video {

namespace {

constexpr std::uint8_t kKey = 1, kMasked = 2;

}  // namespace

void append_u32(std::string& out, std::uint32_t value) { append_little_endian(out, value); }
void append_u64(std::string& out, std::uint64_t value) { append_little_endian(out, value); }

void append_frame(std::string& out, Type type, std::uint32_t subject, std::string_view payload) {
  qala::append_frame(out, static_cast<std::uint8_t>(type), subject, payload);
}

void append_media_head(std::string& out, Instant at, bool key, bool masked) {
  append_u64(out, static_cast<std::uint64_t>(at.ms()));
  out.push_back(static_cast<char>((key ? kKey : 0) | (masked ? kMasked : 0)));
}

Result<Media> parse_media(std::string_view payload) {
  if (payload.size() < kMediaHead) return fail(ErrorKind::corrupt, "a picture without its head");
  const auto ms = static_cast<std::int64_t>(little_endian_at<std::uint64_t>(payload, 0));
  constexpr std::int64_t kMost = INT64_MAX / 1'000'000;
  if (ms > kMost || ms < -kMost) return fail(ErrorKind::corrupt, fmt::format("a picture of the time {} ms", ms));
  const auto flags = static_cast<std::uint8_t>(payload[8]);
  return Media{Instant::from_ms(ms), (flags & kKey) != 0, (flags & kMasked) != 0, payload.substr(kMediaHead)};
}

Result<std::uint32_t> parse_dropped(std::string_view payload) {
  if (payload.size() != 4) return fail(ErrorKind::corrupt, "dropped: four bytes expected");
  return little_endian_at<std::uint32_t>(payload, 0);
}

Result<std::uint64_t> parse_consumed(std::string_view payload) {
  if (payload.size() != 8) return fail(ErrorKind::corrupt, "consumed: eight bytes expected");
  return little_endian_at<std::uint64_t>(payload, 0);
}

Result<std::optional<Message>> FrameReader::next() {
  TRY(const auto frame, frames_.next());
  if (!frame) return std::optional<Message>{};
  return std::optional<Message>(Message{static_cast<Type>(frame->kind), frame->number, frame->payload});
}

std::string_view name_of(Why why) {
  switch (why) {
    case Why::finished: return "finished";
    case Why::not_found: return "not_found";
    case Why::masked: return "masked";
    case Why::unsupported: return "unsupported";
    case Why::no_picture: return "no_picture";
    case Why::overloaded: return "overloaded";
    case Why::removed: return "removed";
    case Why::refused: return "refused";
    case Why::failed: return "failed";
    case Why::lost: return "lost";
  }
  return "failed";
}

std::string_view name_of(Way way) {
  switch (way) {
    case Way::plain: return "plain";
    case Way::transcoded: return "transcoded";
    case Way::stills: return "stills";
  }
  return "plain";
}

std::string_view name_of(Record record) {
  switch (record) {
    case Record::never: return "never";
    case Record::motion: return "motion";
    case Record::always: return "always";
  }
  return "always";
}

}  // namespace qala::video
