#include "footage/export.h"

#include <algorithm>

namespace qala::footage {

namespace {

std::int64_t ceil_ms(Instant at) { return at.ms() + (at.ns % 1'000'000 != 0 ? 1 : 0); }

Source source_of(const Piece& piece) {
  return {.file = piece.file,
          .offset = piece.offset,
          .bytes = piece.bytes.size(),
          .sha256 = sha256(piece.bytes),
          .at = piece.at,
          .duration = piece.duration};
}

}  // namespace

Result<std::vector<std::vector<media::Sample>>> split_fragment(std::string_view bytes) {
  std::vector<std::vector<media::Sample>> tracks(2);
  while (!bytes.empty()) {
    TRY(const auto head, media::read_fragment_head(bytes));
    if (head.bytes == 0 || head.bytes > bytes.size() || head.track < 1 || head.track > 2)
      return fail(ErrorKind::corrupt, "a fragment with a track that nobody knows");
    TRY(auto samples, media::read_fragment(bytes.substr(0, head.bytes)));
    auto& track = tracks[head.track - 1];
    std::ranges::move(samples, std::back_inserter(track));
    bytes.remove_prefix(head.bytes);
  }
  return tracks;
}

Result<std::vector<Source>> sources_of(Library& library, StreamId id, Instant from, Instant to) {
  std::vector<Source> sources;
  TRY(const auto cursor, library.cursor(id, from, to));
  while (true) {
    TRY(const auto piece, cursor->next());
    if (!piece) return sources;
    if (!piece->init) sources.push_back(source_of(*piece));
  }
}

Export::Export(std::string folder, Instant from, Instant to)
    : folder_(std::move(folder)), from_ms_(from.ms()), to_ms_(ceil_ms(to)), spans_(INT64_MIN, ceil_ms(to)) {}

Result<Export> Export::prepare(Library& library, const std::string& folder, StreamId id, Instant from, Instant to) {
  if (to <= from) return fail(ErrorKind::invalid, "the export ends before it begins");
  if (to.ns - from.ns > kLongest) return fail(ErrorKind::invalid, "an export is a day long at most: make several");
  Export result(folder, from, to);
  TRY(const auto cursor, library.cursor(id, from, to));
  while (true) {
    TRY(const auto piece, cursor->next());
    if (!piece) break;
    TRY_VOID(piece->init ? result.take_init(*piece) : result.take_fragment(*piece));
  }
  result.covered_.damaged = cursor->damaged();
  if (result.covered_.sources.empty())
    return fail(ErrorKind::not_found,
                to_text(id) + ": nothing is recorded between " + to_iso(from) + " and " + to_iso(to));
  // A camera may announce sound and send none in that time.
  if (result.tracks_.size() > 1 && result.tracks_[1].mp4.samples.empty()) result.tracks_.pop_back();
  return result;
}

Result<> Export::take_init(const Piece& piece) {
  TRY(auto found, media::read_init_tracks(piece.bytes).context(piece.file));
  if (found.empty() || !media::is_video(found.front().codec))
    return fail(ErrorKind::corrupt, piece.file + " has no picture");
  found.resize(std::min<std::size_t>(2, found.size()));
  if (tracks_.empty()) {
    for (auto& track : found) tracks_.push_back({.mp4 = {.track = std::move(track), .samples = {}}, .first = {}});
  } else if (found.front() != tracks_.front().mp4.track) {
    return fail(ErrorKind::conflict, "the format of the picture changes at " + to_iso(piece.at) +
                                         ": export what is before and what is after");
  } else if (tracks_.size() > 1 && (found.size() < 2 || found[1] != tracks_[1].mp4.track)) {
    tracks_.pop_back();  // sound where there is sound throughout
  }
  if (!covered_.sources.empty()) {
    const auto& last = covered_.sources.back();
    const std::int64_t end_ms = last.at.ms() + last.duration.count() / 1'000'000;
    run_out_ms_ += end_ms - run_ms_ + std::clamp<std::int64_t>(piece.at.ms() - end_ms, 0, kStillMs);
  }
  run_ms_ = piece.at.ms();
  run_dts_.reset();
  return {};
}

Result<> Export::take_fragment(const Piece& piece) {
  TRY(auto samples, split_fragment(piece.bytes).context(piece.file));
  if (samples[0].empty()) return fail(ErrorKind::corrupt, piece.file + " has a fragment without pictures");
  if (!run_dts_) run_dts_ = samples[0].front().dts;
  for (std::size_t track = 0; track < tracks_.size(); track++) take_samples(track, samples[track]);
  covered_.sources.push_back(source_of(piece));
  spans_.add(piece.run, piece.at.ms(), piece.at.ms() + piece.duration.count() / 1'000'000, piece.motion);
  return {};
}

void Export::take_samples(std::size_t track, std::vector<media::Sample>& samples) {
  auto& [mp4, first] = tracks_[track];
  first.push_back(mp4.samples.size());
  const std::int64_t clock = mp4.track.clock;
  const std::int64_t run_dts = *run_dts_ * clock / tracks_.front().mp4.track.clock;  // both count from one moment
  for (const auto& sample : samples) {
    if (sample.dts - run_dts >= (to_ms_ - run_ms_) * clock / 1'000) break;
    std::int64_t dts = run_out_ms_ * clock / 1'000 + sample.dts - run_dts;
    if (!mp4.samples.empty()) dts = std::max(dts, mp4.samples.back().dts + 1);
    mp4.samples.push_back({.dts = std::max<std::int64_t>(0, dts),
                           .composition = sample.composition,
                           .duration = sample.duration,
                           .size = static_cast<std::uint32_t>(sample.data.size()),
                           .key = sample.key});
  }
}

Result<> Export::load(std::size_t track, std::size_t source) {
  const Source& wanted = covered_.sources[source];
  TRY(const auto file, File::open(folder_ + "/" + wanted.file, File::Mode::read));
  std::string bytes(wanted.bytes, '\0');
  TRY_VOID(file.read_at(wanted.offset, std::as_writable_bytes(std::span(bytes))));
  if (sha256(bytes) != wanted.sha256)
    return fail(ErrorKind::corrupt, wanted.file + " changed while it was being exported");
  TRY(auto samples, split_fragment(bytes).context(wanted.file));
  loaded_[track] = {.source = source, .samples = std::move(samples[track])};
  return {};
}

Result<std::string> Export::read(std::size_t track, std::size_t sample) {
  const auto& first = tracks_[track].first;
  const auto behind = std::upper_bound(first.begin(), first.end(), sample);
  const auto source = static_cast<std::size_t>(behind - first.begin()) - 1;
  auto& loaded = loaded_[track];
  if (loaded.source != source) TRY_VOID(load(track, source));
  const std::size_t at = sample - first[source];
  if (at >= loaded.samples.size()) return fail(ErrorKind::internal, "a picture is missing in its fragment");
  return std::move(loaded.samples[at].data);
}

Result<Covered> Export::write(const media::Sink& sink) && {
  std::vector<media::Mp4Track> tracks;
  for (auto& track : tracks_) tracks.push_back(std::move(track.mp4));
  loaded_.resize(tracks.size());
  Parts parts;
  const auto read_sample = [&](std::size_t track, std::size_t sample) -> Result<std::string> {
    TRY(auto data, read(track, sample));
    parts.expect(static_cast<std::uint32_t>(loaded_[track].source), data.size());
    return data;
  };
  const auto write_bytes = [&](std::string_view bytes) {
    parts.add(bytes);
    covered_.bytes += bytes.size();
    return sink(bytes);
  };
  TRY_VOID(media::write_mp4(tracks, read_sample, write_bytes));
  covered_.parts = std::move(parts).take();
  covered_.spans = std::move(spans_).spans();
  covered_.from = covered_.sources.front().at;
  covered_.to = covered_.spans.back().to;
  covered_.video = tracks.front().track;
  covered_.sound = tracks.size() > 1;
  return std::move(covered_);
}

void Parts::expect(std::uint32_t source, std::uint64_t bytes) {
  if (bytes > 0) expected_.push_back({source, bytes});
}

void Parts::close() {
  if (bytes_ > 0) parts_.push_back({.source = source_, .bytes = bytes_, .sha256 = hasher_.take()});
  bytes_ = 0;
}

void Parts::add(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::uint32_t source = expected_.empty() ? Part::kHead : expected_.front().source;
    if (source != source_) close();
    source_ = source;
    std::uint64_t count = bytes.size();
    if (!expected_.empty()) {
      count = std::min<std::uint64_t>(count, expected_.front().bytes);
      expected_.front().bytes -= count;
      if (expected_.front().bytes == 0) expected_.pop_front();
    }
    hasher_.add(bytes.substr(0, count));
    bytes_ += count;
    bytes.remove_prefix(count);
  }
}

void Parts::cut(std::string_view bytes, std::uint64_t size) {
  while (!bytes.empty()) {
    const auto count = std::min<std::uint64_t>(bytes.size(), size - bytes_);
    hasher_.add(bytes.substr(0, count));
    bytes_ += count;
    if (bytes_ == size) close();
    bytes.remove_prefix(count);
  }
}

std::vector<Part> Parts::take() && {
  close();
  return std::move(parts_);
}

}  // namespace qala::footage
