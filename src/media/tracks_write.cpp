// moov's parts: mvhd, and trak with its sample entry (ISO 14496-12 8.3 to 8.5, 14496-15 5.4.2, 14496-14 5.6).
#include "media/boxes.h"

namespace qala::media {
namespace {

void put_zeros(std::string& out, std::size_t count) { out.append(count, '\0'); }

void put_matrix(std::string& out) {
  for (const std::uint32_t v : {0x10000u, 0u, 0u, 0u, 0x10000u, 0u, 0u, 0u, 0x40000000u}) put32(out, v);
}

void put_video_entry(std::string& out, const Track& track) {
  const bool h264 = track.codec == Codec::h264;
  const OpenBox entry(out, h264 ? "avc1" : "hvc1");
  put_zeros(out, 6);
  put16(out, 1);  // data reference
  put_zeros(out, 16);
  put16(out, track.width);
  put16(out, track.height);
  put32(out, 0x480000);  // 72 dpi
  put32(out, 0x480000);
  put32(out, 0);
  put16(out, 1);
  put_zeros(out, 32);  // name of the encoder
  put16(out, 0x18);
  put16(out, 0xffff);
  const OpenBox record(out, h264 ? "avcC" : "hvcC");
  out += track.config;
}

/// The descriptors of ISO 14496-1, lengths of one byte: `config` is at most 64 bytes.
void put_aac_descriptor(std::string& out, std::string_view config) {
  const auto size = static_cast<std::uint32_t>(config.size());
  const OpenBox box(out, "esds", 0, 0);
  put8(out, 3);
  put8(out, 3 + 2 + 13 + 2 + size + 3);
  put16(out, 0);
  put8(out, 0);
  put8(out, 4);
  put8(out, 13 + 2 + size);
  put8(out, 0x40);  // MPEG-4 audio
  put8(out, 0x15);
  put_zeros(out, 11);  // buffer and rates: not said
  put8(out, 5);
  put8(out, size);
  out += config;
  put8(out, 6);
  put8(out, 1);
  put8(out, 2);
}

void put_audio_entry(std::string& out, const Track& track) {
  const bool aac = track.codec == Codec::aac;
  const OpenBox entry(out, aac ? "mp4a" : track.codec == Codec::pcma ? "alaw" : "ulaw");
  put_zeros(out, 6);
  put16(out, 1);  // data reference
  put_zeros(out, 8);
  put16(out, track.channels);
  put16(out, 16);
  put32(out, 0);
  put32(out, track.clock < 0x10000 ? track.clock << 16 : 0);
  if (aac) put_aac_descriptor(out, track.config);
}

void put_header(std::string& out, const Track& track, std::uint32_t id, const TrackTimes& times) {
  const bool video = is_video(track.codec);
  const OpenBox box(out, "tkhd", 1, 3);  // enabled, in the movie
  put64(out, 0);
  put64(out, 0);
  put32(out, id);
  put32(out, 0);
  put64(out, times.empty_first + times.movie_duration);
  put_zeros(out, 8);
  put16(out, 0);
  put16(out, video ? 0 : 1);  // alternate group
  put16(out, video ? 0 : 0x100);
  put16(out, 0);
  put_matrix(out);
  put32(out, track.width << 16);
  put32(out, track.height << 16);
}

void put_edits(std::string& out, const TrackTimes& times) {
  if (times.empty_first == 0 && times.media_start == 0) return;
  const OpenBox edits(out, "edts");
  const OpenBox list(out, "elst", 1, 0);
  put32(out, times.empty_first ? 2 : 1);
  if (times.empty_first) {
    put64(out, times.empty_first);
    put64(out, ~std::uint64_t{0});
    put32(out, 0x10000);
  }
  put64(out, times.movie_duration);
  put64(out, times.media_start);
  put32(out, 0x10000);
}

void put_media_header(std::string& out, const Track& track, const TrackTimes& times) {
  const OpenBox box(out, "mdhd", 1, 0);
  put64(out, 0);
  put64(out, 0);
  put32(out, track.clock);
  put64(out, times.media_duration);
  put16(out, 0x55c4);  // language: undetermined
  put16(out, 0);
}

void put_handler(std::string& out, bool video) {
  const OpenBox box(out, "hdlr", 0, 0);
  put32(out, 0);
  out += video ? "vide" : "soun";
  put_zeros(out, 12);
  out += "Qala";
  put8(out, 0);
}

void put_information(std::string& out, const Track& track, std::string_view tables) {
  const OpenBox information(out, "minf");
  if (is_video(track.codec)) {
    const OpenBox box(out, "vmhd", 0, 1);
    put_zeros(out, 8);
  } else {
    const OpenBox box(out, "smhd", 0, 0);
    put32(out, 0);
  }
  {
    const OpenBox data(out, "dinf");
    const OpenBox references(out, "dref", 0, 0);
    put32(out, 1);
    const OpenBox here(out, "url ", 0, 1);
  }
  const OpenBox table(out, "stbl");
  {
    const OpenBox description(out, "stsd", 0, 0);
    put32(out, 1);
    if (is_video(track.codec)) put_video_entry(out, track);
    else put_audio_entry(out, track);
  }
  if (!tables.empty()) {
    out += tables;
    return;
  }
  for (const auto type : {"stts", "stsc"}) {
    const OpenBox box(out, type, 0, 0);
    put32(out, 0);
  }
  {
    const OpenBox box(out, "stsz", 0, 0);
    put64(out, 0);
  }
  const OpenBox box(out, "stco", 0, 0);
  put32(out, 0);
}

}  // namespace

void put_file_type(std::string& out, std::string_view brand) {
  const OpenBox box(out, "ftyp");
  out += brand;
  put32(out, 512);
  out += brand;
  out += "iso6mp41";
}

void put_movie_header(std::string& out, std::uint64_t duration, std::uint32_t next_track) {
  const OpenBox box(out, "mvhd", 1, 0);
  put64(out, 0);
  put64(out, 0);
  put32(out, kMovieClock);
  put64(out, duration);
  put32(out, 0x10000);  // rate
  put16(out, 0x100);    // volume
  put_zeros(out, 10);
  put_matrix(out);
  put_zeros(out, 24);
  put32(out, next_track);
}

void put_track(std::string& out, const Track& track, std::uint32_t id, const TrackTimes& times,
               std::string_view tables) {
  const OpenBox box(out, "trak");
  put_header(out, track, id, times);
  put_edits(out, times);
  const OpenBox media(out, "mdia");
  put_media_header(out, track, times);
  put_handler(out, is_video(track.codec));
  put_information(out, track, tables);
}

}  // namespace qala::media
