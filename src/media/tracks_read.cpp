// trak and its sample entry, ours and those of ffmpeg, cameras and phones.
#include <fmt/format.h>

#include "media/boxes.h"

namespace qala::media {
namespace {

constexpr std::size_t kVideoEntry = 78;
constexpr std::size_t kAudioEntry = 28;

Result<Track> read_video_entry(Codec codec, std::string_view entry) {
  if (entry.size() < kVideoEntry) return fail(ErrorKind::corrupt, "video sample entry is torn");
  const auto record = find_box(entry.substr(kVideoEntry), codec == Codec::h264 ? "avcC" : "hvcC");
  if (!record) return fail(ErrorKind::corrupt, "video sample entry without its avcC or hvcC");
  return track_of_record(codec, *record);
}

/// A descriptor of ISO 14496-1: tag, length in up to four bytes, content.
std::optional<std::string_view> descriptor(ByteReader& in, unsigned tag) {
  if (in.u8() != tag) return std::nullopt;
  std::uint32_t size = 0;
  for (int i = 0; i < 4; i++) {
    const auto byte = in.u8();
    size = size << 7 | (byte & 0x7fu);
    if ((byte & 0x80u) == 0) break;
  }
  if (in.failed() || size > in.left()) return std::nullopt;
  const auto content = in.rest().substr(0, size);
  in.skip(size);
  return content;
}

Result<Track> read_aac_entry(std::string_view boxes) {
  const auto broken = fail(ErrorKind::corrupt, "mp4a sample entry without a readable esds");
  auto esds = find_box(boxes, "esds");
  if (!esds) esds = find_box(boxes, {"wave", "esds"});
  if (!esds || esds->size() < 4) return broken;
  ByteReader outer(esds->substr(4));
  const auto stream = descriptor(outer, 3);
  if (!stream || stream->size() < 3) return broken;
  const auto flags = byte_at(*stream, 2);
  ByteReader in(stream->substr(3));
  if (flags & 0x80u) in.skip(2);
  if (flags & 0x40u) in.skip(in.u8());
  if (flags & 0x20u) in.skip(2);
  const auto decoder = descriptor(in, 4);
  if (!decoder || decoder->size() < 13) return broken;
  ByteReader specific(decoder->substr(13));
  const auto config = descriptor(specific, 5);
  if (!config) return broken;
  return aac_track(*config);
}

Result<Track> read_audio_entry(std::string_view type, std::string_view entry) {
  if (entry.size() < kAudioEntry) return fail(ErrorKind::corrupt, "audio sample entry is torn");
  const auto channels = get16(entry, 16);
  if (type != "mp4a") return g711_track(type == "alaw" ? Codec::pcma : Codec::pcmu, get16(entry, 24), channels);
  // QuickTime's versions 1 and 2 have more fields before the boxes.
  const auto version = get16(entry, 8);
  const std::size_t more = version == 1 ? 16 : version == 2 ? 36 : 0;
  if (entry.size() < kAudioEntry + more) return fail(ErrorKind::corrupt, "audio sample entry is torn");
  return read_aac_entry(entry.substr(kAudioEntry + more));
}

/// Empty: a codec that we do not carry.
Result<std::optional<Track>> read_description(std::string_view tables) {
  const auto stsd = find_box(tables, "stsd");
  if (!stsd || stsd->size() < 8) return fail(ErrorKind::corrupt, "track without a sample description");
  BoxWalk entries(stsd->substr(8));
  if (!entries.next()) return fail(ErrorKind::corrupt, "sample description is torn");
  const auto type = entries.type;
  Result<Track> track = fail(ErrorKind::invalid, "");
  if (type == "avc1" || type == "avc3") track = read_video_entry(Codec::h264, entries.content);
  else if (type == "hvc1" || type == "hev1") track = read_video_entry(Codec::h265, entries.content);
  else if (type == "mp4a" || type == "alaw" || type == "ulaw") track = read_audio_entry(type, entries.content);
  else return std::optional<Track>();
  if (!track) return std::move(track.error());
  return std::optional<Track>(std::move(*track));
}

}  // namespace

Result<std::optional<ParsedTrack>> parse_track(std::string_view trak) {
  const auto header = find_box(trak, "tkhd");
  const auto media_header = find_box(trak, {"mdia", "mdhd"});
  const auto tables = find_box(trak, {"mdia", "minf", "stbl"});
  if (!header || !media_header || !tables) return fail(ErrorKind::corrupt, "track without tkhd, mdhd or stbl");
  ParsedTrack out;
  out.tables = *tables;
  ByteReader head(*header);
  head.skip(head.u8() == 1 ? 19 : 11);
  out.id = head.u32();
  ByteReader times(*media_header);
  times.skip(times.u8() == 1 ? 19 : 11);
  const auto clock = times.u32();
  if (head.failed() || times.failed() || clock == 0) return fail(ErrorKind::corrupt, "track header is torn");
  TRY(auto track, read_description(*tables));
  if (!track) return std::optional<ParsedTrack>();
  out.track = std::move(*track);
  out.track.clock = clock;
  return std::optional<ParsedTrack>(std::move(out));
}

}  // namespace qala::media
