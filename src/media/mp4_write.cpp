// ftyp moov mdat. Chunks of half a second alternate between the tracks (ISO 14496-12 8.6, 8.7).
#include <algorithm>
#include <limits>
#include <tuple>

#include <fmt/format.h>

#include "media/boxes.h"
#include "media/mp4.h"

namespace qala::media {
namespace {

struct Chunk {
  std::size_t track = 0, first = 0, count = 0;
  std::uint64_t bytes = 0;
  double at = 0;  // seconds
};

std::uint64_t rescaled(std::int64_t value, std::uint32_t from, std::uint32_t to) {
  // Up: an edit that is too short by a tick would cut the last frame off.
  const auto wide = static_cast<unsigned __int128>(value) * to;
  return static_cast<std::uint64_t>((wide + from - 1) / from);
}

Result<> check(std::span<const Mp4Track> tracks) {
  for (const auto& t : tracks) {
    if (t.samples.empty()) return fail(ErrorKind::invalid, "a track without samples");
    if (t.track.clock == 0) return fail(ErrorKind::invalid, "a track without a clock");
    if (t.samples.size() > 50'000'000) return fail(ErrorKind::invalid, "more samples than a file can hold");
    for (std::size_t i = 1; i < t.samples.size(); i++) {
      const auto step = t.samples[i].dts - t.samples[i - 1].dts;
      if (step < 0 || step > std::numeric_limits<std::int32_t>::max()) {
        return fail(ErrorKind::invalid, fmt::format("decode times of samples {} and {} go back or too far", i - 1, i));
      }
    }
  }
  return {};
}

std::vector<Chunk> chunks_of(std::span<const Mp4Track> tracks) {
  std::vector<Chunk> out;
  for (std::size_t t = 0; t < tracks.size(); t++) {
    const auto& samples = tracks[t].samples;
    const std::int64_t half = std::max<std::int64_t>(tracks[t].track.clock / 2, 1);
    for (std::size_t first = 0; first < samples.size();) {
      Chunk chunk{.track = t, .first = first};
      auto at = first;
      for (; at < samples.size() && (at == first || samples[at].dts - samples[first].dts < half); at++) {
        chunk.bytes += samples[at].size;
      }
      chunk.count = at - first;
      chunk.at = static_cast<double>(samples[first].dts) / tracks[t].track.clock;
      out.push_back(chunk);
      first = at;
    }
  }
  std::sort(out.begin(), out.end(), [](const Chunk& a, const Chunk& b) {
    return std::tie(a.at, a.track, a.first) < std::tie(b.at, b.track, b.first);
  });
  return out;
}

std::uint32_t lasting(const std::vector<SampleHead>& samples, std::size_t i) {
  if (i + 1 == samples.size()) return samples[i].duration;
  return static_cast<std::uint32_t>(samples[i + 1].dts - samples[i].dts);
}

/// A table of (count, value): equal neighbours are one row.
template <class Value>
void put_runs(std::string& out, std::size_t size, Value value) {
  const auto count_at = out.size();
  put32(out, 0);
  std::uint32_t rows = 0;
  for (std::size_t i = 0; i < size;) {
    std::size_t end = i + 1;
    while (end < size && value(end) == value(i)) end++;
    put32(out, static_cast<std::uint32_t>(end - i));
    put32(out, value(i));
    rows++;
    i = end;
  }
  std::string count;
  put32(count, rows);
  out.replace(count_at, 4, count);
}

void put_key_samples(std::string& out, const std::vector<SampleHead>& samples) {
  if (std::ranges::all_of(samples, &SampleHead::key)) return;
  const OpenBox box(out, "stss", 0, 0);
  put32(out, static_cast<std::uint32_t>(std::ranges::count_if(samples, &SampleHead::key)));
  for (std::size_t i = 0; i < samples.size(); i++) {
    if (samples[i].key) put32(out, static_cast<std::uint32_t>(i + 1));
  }
}

std::string tables_of(const Mp4Track& t, std::size_t index, const std::vector<Chunk>& chunks, std::uint64_t data_at,
                      bool wide) {
  const auto& samples = t.samples;
  std::string out;
  {
    const OpenBox box(out, "stts", 0, 0);
    put_runs(out, samples.size(), [&](std::size_t i) { return lasting(samples, i); });
  }
  if (!std::ranges::all_of(samples, [](const SampleHead& s) { return s.composition == 0; })) {
    const OpenBox box(out, "ctts", 1, 0);
    put_runs(out, samples.size(), [&](std::size_t i) { return static_cast<std::uint32_t>(samples[i].composition); });
  }
  if (is_video(t.track.codec)) put_key_samples(out, samples);
  {
    const OpenBox box(out, "stsc", 0, 0);
    const auto count_at = out.size();
    put32(out, 0);
    std::uint32_t number = 0;
    std::uint32_t rows = 0;
    std::size_t last = 0;
    for (const auto& chunk : chunks) {
      if (chunk.track != index) continue;
      number++;
      if (chunk.count == last) continue;
      last = chunk.count;
      put32(out, number);
      put32(out, static_cast<std::uint32_t>(chunk.count));
      put32(out, 1);
      rows++;
    }
    std::string count;
    put32(count, rows);
    out.replace(count_at, 4, count);
  }
  {
    const OpenBox box(out, "stsz", 0, 0);
    put32(out, 0);
    put32(out, static_cast<std::uint32_t>(samples.size()));
    for (const auto& sample : samples) put32(out, sample.size);
  }
  {
    const OpenBox box(out, wide ? "co64" : "stco", 0, 0);
    put32(out, static_cast<std::uint32_t>(
                   std::ranges::count_if(chunks, [&](const Chunk& chunk) { return chunk.track == index; })));
    for (const auto& chunk : chunks) {
      if (chunk.track == index) {
        if (wide) put64(out, data_at);
        else put32(out, static_cast<std::uint32_t>(data_at));
      }
      data_at += chunk.bytes;
    }
  }
  return out;
}

/// Everything before the samples' bytes, which begin at `data_at`.
std::string head_of(std::span<const Mp4Track> tracks, const std::vector<Chunk>& chunks, std::uint64_t data_at,
                    std::uint64_t data, bool wide) {
  double begin = std::numeric_limits<double>::max();
  for (const auto& t : tracks) {
    begin = std::min(begin, static_cast<double>(t.samples.front().dts) / t.track.clock);
  }
  std::vector<TrackTimes> times;
  std::uint64_t longest = 0;
  for (const auto& t : tracks) {
    const auto media = t.samples.back().dts + t.samples.back().duration - t.samples.front().dts;
    const auto later = static_cast<double>(t.samples.front().dts) / t.track.clock - begin;
    const auto start = std::max<std::int64_t>(t.samples.front().composition, 0);
    times.push_back({.movie_duration = rescaled(media, t.track.clock, kMovieClock),
                     .media_duration = static_cast<std::uint64_t>(media),
                     .empty_first = static_cast<std::uint64_t>(later * kMovieClock + 0.5),
                     .media_start = static_cast<std::uint64_t>(start)});
    longest = std::max(longest, times.back().empty_first + times.back().movie_duration);
  }
  std::string out;
  put_file_type(out, "isom");
  {
    const OpenBox movie(out, "moov");
    put_movie_header(out, longest, static_cast<std::uint32_t>(tracks.size() + 1));
    for (std::size_t i = 0; i < tracks.size(); i++) {
      put_track(out, tracks[i].track, static_cast<std::uint32_t>(i + 1), times[i],
                tables_of(tracks[i], i, chunks, data_at, wide));
    }
  }
  if (wide) {
    put32(out, 1);
    out += "mdat";
    put64(out, data + 16);
  } else {
    put32(out, static_cast<std::uint32_t>(data + 8));
    out += "mdat";
  }
  return out;
}

}  // namespace

Result<> write_mp4(std::span<const Mp4Track> tracks, const ReadSample& read, const Sink& sink) {
  if (tracks.empty()) return fail(ErrorKind::invalid, "no track to write");
  TRY_VOID(check(tracks));
  const auto chunks = chunks_of(tracks);
  std::uint64_t data = 0;
  for (const auto& chunk : chunks) data += chunk.bytes;
  // The head is as long whatever the offsets are; so it is made twice, the second time knowing its length.
  bool wide = false;
  auto head = head_of(tracks, chunks, 0, 0, wide);
  if (head.size() + data > std::numeric_limits<std::uint32_t>::max()) {
    wide = true;
    head = head_of(tracks, chunks, 0, 0, wide);
  }
  head = head_of(tracks, chunks, head.size(), data, wide);
  TRY_VOID(sink(head));
  for (const auto& chunk : chunks) {
    for (auto i = chunk.first; i < chunk.first + chunk.count; i++) {
      TRY(const auto bytes, read(chunk.track, i));
      if (bytes.size() != tracks[chunk.track].samples[i].size) {
        return fail(ErrorKind::internal, fmt::format("sample {} has {} bytes, not {}", i, bytes.size(),
                                                     tracks[chunk.track].samples[i].size));
      }
      TRY_VOID(sink(bytes));
    }
  }
  return {};
}

}  // namespace qala::media
