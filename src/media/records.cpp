#include "media/records.h"

#include <array>
#include <vector>

namespace qala::media {
namespace {

constexpr std::string_view kStartCode("\0\0\0\1", 4);

/// Reads `count` NAL units of two length bytes each. `record` loses what was read.
bool take_nals(std::string_view& record, unsigned count, std::vector<std::string_view>& out) {
  for (unsigned i = 0; i < count; i++) {
    if (record.size() < 2) return false;
    const auto size = get16(record, 0);
    if (size == 0 || record.size() < 2 + size) return false;
    out.push_back(record.substr(2, size));
    record.remove_prefix(2 + size);
  }
  return true;
}

struct Sets {
  std::vector<std::string_view> vps, sps, pps;
};

Result<Sets> read_avcc(std::string_view record) {
  const auto broken = fail(ErrorKind::corrupt, "avcC record is torn");
  if (record.size() < 7 || byte_at(record, 0) != 1) return broken;
  if ((byte_at(record, 4) & 3u) != 3) return fail(ErrorKind::invalid, "avcC with lengths of other than 4 bytes");
  Sets sets;
  const unsigned sequences = byte_at(record, 5) & 31u;
  record.remove_prefix(6);
  if (!take_nals(record, sequences, sets.sps) || record.empty()) return broken;
  const unsigned pictures = byte_at(record, 0);
  record.remove_prefix(1);
  if (!take_nals(record, pictures, sets.pps)) return broken;
  return sets;
}

Result<Sets> read_hvcc(std::string_view record) {
  const auto broken = fail(ErrorKind::corrupt, "hvcC record is torn");
  if (record.size() < 23 || byte_at(record, 0) != 1) return broken;
  if ((byte_at(record, 21) & 3u) != 3) return fail(ErrorKind::invalid, "hvcC with lengths of other than 4 bytes");
  Sets sets;
  std::vector<std::string_view> others;
  const unsigned arrays = byte_at(record, 22);
  record.remove_prefix(23);
  for (unsigned i = 0; i < arrays; i++) {
    if (record.size() < 3) return broken;
    const unsigned type = byte_at(record, 0) & 63u;
    const auto count = get16(record, 1);
    record.remove_prefix(3);
    auto& out = type == 32 ? sets.vps : type == 33 ? sets.sps : type == 34 ? sets.pps : others;
    if (!take_nals(record, count, out)) return broken;
  }
  return sets;
}

Result<Sets> read_sets(Codec codec, std::string_view record) {
  if (codec == Codec::h264) return read_avcc(record);
  if (codec == Codec::h265) return read_hvcc(record);
  return fail(ErrorKind::invalid, "not a video track");
}

std::string_view chars(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

/// A record's own bytes are kept: another writer's may say more than ours.
Result<Track> track_of_record(Codec codec, std::string_view record) {
  TRY(const auto sets, read_sets(codec, record));
  Result<Track> track =
      codec == Codec::h264 ? h264_track(sets.sps, sets.pps) : h265_track(sets.vps, sets.sps, sets.pps);
  if (track) track->config = record;
  return track;
}

Result<Track> h264_track(std::span<const std::byte> sps, std::span<const std::byte> pps) {
  const std::array s{chars(sps)};
  const std::array p{chars(pps)};
  return h264_track(std::span<const std::string_view>(s), std::span<const std::string_view>(p));
}

Result<Track> h265_track(std::span<const std::byte> vps, std::span<const std::byte> sps,
                         std::span<const std::byte> pps) {
  const std::array v{chars(vps)};
  const std::array s{chars(sps)};
  const std::array p{chars(pps)};
  return h265_track(std::span<const std::string_view>(v), std::span<const std::string_view>(s),
                    std::span<const std::string_view>(p));
}

Result<std::vector<std::string>> parameter_sets(const Track& track) {
  TRY(const auto sets, read_sets(track.codec, track.config));
  std::vector<std::string> out;
  for (const auto* kind : {&sets.vps, &sets.sps, &sets.pps}) out.insert(out.end(), kind->begin(), kind->end());
  return out;
}

Result<std::string> annex_b_parameter_sets(const Track& track) {
  TRY(const auto sets, parameter_sets(track));
  std::string out;
  for (const auto& nal : sets) {
    out += kStartCode;
    out += nal;
  }
  return out;
}

Result<std::string> annex_b(std::string_view sample) {
  std::string out;
  out.reserve(sample.size());
  while (!sample.empty()) {
    if (sample.size() < 4) return fail(ErrorKind::corrupt, "sample ends within a length");
    const std::size_t size = get32(sample, 0);
    if (size > sample.size() - 4) return fail(ErrorKind::corrupt, "sample ends within a NAL unit");
    out += kStartCode;
    out += sample.substr(4, size);
    sample.remove_prefix(4 + size);
  }
  return out;
}

}  // namespace qala::media
