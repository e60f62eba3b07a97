// The sample tables of a plain MP4 (ISO 14496-12 8.6, 8.7), expanded. Edit lists are left aside.
#include <fmt/format.h>

#include "media/boxes.h"
#include "media/mp4.h"

namespace qala::media {
namespace {

Error corrupt(std::string_view what) { return fail(ErrorKind::corrupt, fmt::format("MP4: {}", what)); }

/// A full box with a count and rows of `width` bytes, all of them there.
Result<ByteReader> table(std::string_view tables, std::string_view type, std::size_t width, std::uint32_t& count) {
  const auto box = find_box(tables, type);
  if (!box) return fail(ErrorKind::not_found, fmt::format("MP4: no {}", type));
  ByteReader in(*box);
  in.skip(4);
  count = in.u32();
  if (in.failed() || in.left() / width < count) return corrupt(fmt::format("{} is torn", type));
  return in;
}

Result<std::vector<SampleHead>> read_sizes(std::string_view tables, std::size_t file_size) {
  const auto box = find_box(tables, "stsz");
  if (!box) return corrupt("no stsz");
  ByteReader in(*box);
  in.skip(4);
  const auto same = in.u32();
  const auto count = in.u32();
  if (in.failed()) return corrupt("stsz is torn");
  if (same == 0 && in.left() / 4 < count) return corrupt("stsz is torn");
  if (same != 0 && std::uint64_t{same} * count > file_size) return corrupt("more samples than bytes");
  std::vector<SampleHead> samples(count);
  for (auto& sample : samples) sample.size = same != 0 ? same : in.u32();
  return samples;
}

Result<> read_times(std::string_view tables, std::vector<SampleHead>& samples) {
  std::uint32_t rows = 0;
  TRY(auto times, table(tables, "stts", 8, rows));
  std::size_t at = 0;
  std::int64_t dts = 0;
  for (std::uint32_t i = 0; i < rows; i++) {
    const auto count = times.u32();
    const auto duration = times.u32();
    for (std::uint32_t k = 0; k < count && at < samples.size(); k++, at++) {
      samples[at].dts = dts;
      samples[at].duration = duration;
      dts += duration;
    }
  }
  if (at < samples.size()) return corrupt("stts does not reach all samples");
  if (!find_box(tables, "ctts")) return {};
  TRY(auto compositions, table(tables, "ctts", 8, rows));
  at = 0;
  for (std::uint32_t i = 0; i < rows; i++) {
    const auto count = compositions.u32();
    const auto composition = static_cast<std::int32_t>(compositions.u32());
    for (std::uint32_t k = 0; k < count && at < samples.size(); k++) samples[at++].composition = composition;
  }
  return {};
}

Result<> read_keys(std::string_view tables, std::vector<SampleHead>& samples) {
  if (!find_box(tables, "stss")) {
    for (auto& sample : samples) sample.key = true;
    return {};
  }
  std::uint32_t rows = 0;
  TRY(auto keys, table(tables, "stss", 4, rows));
  for (std::uint32_t i = 0; i < rows; i++) {
    const auto number = keys.u32();
    if (number == 0 || number > samples.size()) return corrupt("stss names a sample that is not there");
    samples[number - 1].key = true;
  }
  return {};
}

Result<std::vector<std::uint64_t>> read_chunk_places(std::string_view tables) {
  std::uint32_t count = 0;
  const bool wide = !find_box(tables, "stco");
  TRY(auto in, table(tables, wide ? "co64" : "stco", wide ? 8 : 4, count));
  std::vector<std::uint64_t> places(count);
  for (auto& place : places) place = wide ? in.u64() : in.u32();
  return places;
}

Result<> read_places(std::string_view tables, std::size_t file_size, std::vector<SampleHead>& samples) {
  TRY(const auto places, read_chunk_places(tables));
  std::uint32_t rows = 0;
  TRY(auto in, table(tables, "stsc", 12, rows));
  std::size_t at = 0;
  std::uint32_t first = in.u32();
  for (std::uint32_t i = 0; i < rows; i++) {
    const auto each = in.u32();
    in.skip(4);
    const auto next = i + 1 < rows ? in.u32() : static_cast<std::uint32_t>(places.size() + 1);
    if (first == 0 || next <= first || next > places.size() + 1) return corrupt("stsc is out of order");
    for (auto chunk = first; chunk < next; chunk++) {
      auto place = places[chunk - 1];
      for (std::uint32_t k = 0; k < each && at < samples.size(); k++) {
        if (place > file_size || samples[at].size > file_size - place) return corrupt("a sample lies outside the file");
        samples[at].offset = place;
        place += samples[at++].size;
      }
    }
    first = next;
  }
  if (at < samples.size()) return corrupt("chunks do not hold all samples");
  return {};
}

}  // namespace

Result<std::vector<Mp4Track>> read_mp4(std::string_view file) {
  const auto movie = find_box(file, "moov");
  if (!movie) return corrupt("no readable moov");
  if (find_box(*movie, "mvex")) return fail(ErrorKind::invalid, "MP4: the file is fragmented");
  std::vector<Mp4Track> out;
  BoxWalk walk(*movie);
  while (walk.next()) {
    if (walk.type != "trak") continue;
    if (out.size() >= 16) return fail(ErrorKind::invalid, "MP4: more than 16 tracks");
    TRY(auto parsed, parse_track(walk.content));
    if (!parsed) continue;
    TRY(auto samples, read_sizes(parsed->tables, file.size()));
    if (!samples.empty()) {
      TRY_VOID(read_times(parsed->tables, samples));
      TRY_VOID(read_keys(parsed->tables, samples));
      TRY_VOID(read_places(parsed->tables, file.size(), samples));
    }
    out.push_back({.track = std::move(parsed->track), .samples = std::move(samples)});
  }
  if (walk.failed()) return corrupt("moov is torn");
  return out;
}

}  // namespace qala::media
