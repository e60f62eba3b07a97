#include "video/playback.h"

#include <algorithm>

#include "media/fragments.h"

namespace qala::video {

struct Playback::Source {
  std::string folder;
  Play play;
  std::vector<Polygon> masks;
  std::unique_ptr<footage::Library> library;
  std::unique_ptr<footage::Cursor> cursor;
  std::optional<media::Track> track;  ///< of the run that is being read
  std::unique_ptr<MaskedEngine> engine;
  std::optional<media::Track> shown;  ///< of the last init segment of ours
  std::optional<Instant> first;
  std::uint32_t sequence = 0;
  std::uint64_t damaged = 0;  ///< pictures that the engine could not use
  bool some = false;

  Piece next() {
    Piece piece;
    piece.done = read(piece);
    piece.damaged = damaged + (cursor ? cursor->damaged() : 0);
    return piece;
  }

  Result<bool> read(Piece& out) {
    if (!cursor) {
      TRY(library, footage::Library::open(folder));
      TRY(cursor, library->cursor({play.camera, play.stream}, play.from, play.to));
    }
    for (;;) {
      TRY(auto piece, cursor->next());
      if (!piece) {
        if (!some) out.why = Why::not_found;
        return some ? Result<bool>(true) : fail(ErrorKind::not_found, "nothing is recorded there");
      }
      if (piece->init) {
        TRY_VOID(begin(*piece, out));
        continue;
      }
      some = true;
      if (masks.empty()) {
        out.at = piece->at;
        out.key = piece->key;
        out.bytes = std::move(piece->bytes);
        return false;
      }
      TRY_VOID(mask(*piece, out));
      if (!out.bytes.empty()) return false;
    }
  }

  Result<> begin(footage::Piece& piece, Piece& out) {
    TRY(const auto tracks, media::read_init_tracks(piece.bytes));
    const auto video = std::ranges::find_if(tracks, [](const auto& t) { return media::is_video(t.codec); });
    if (video == tracks.end()) return fail(ErrorKind::corrupt, "a recording without pictures");
    track = *video;
    if (!masks.empty()) {
      if (track->codec != media::Codec::h264) {
        out.why = Why::unsupported;
        return fail(ErrorKind::unavailable, "this recording is H.265, which cannot be masked");
      }
      engine = std::make_unique<MaskedEngine>(*track, masks);
      return {};
    }
    const auto audio = std::ranges::find(tracks, media::Codec::aac, &media::Track::codec);
    out.format = {.way = Way::plain,
                  .codec = track->codec_string,
                  .audio_codec = audio == tracks.end() ? std::string() : audio->codec_string,
                  .width = track->width,
                  .height = track->height};
    out.init = std::move(piece.bytes);
    return {};
  }

  /// Decodes the fragment's pictures, covers them, and makes one fragment of what the encoder gives.
  Result<> mask(footage::Piece& piece, Piece& out) {
    TRY(const auto samples, media::read_fragment(piece.bytes));
    std::vector<MaskedEngine::In> in;
    for (const media::Sample& sample : samples) {
      const std::int64_t since = (sample.dts - samples.front().dts) * 1'000 / std::max<std::int64_t>(1, track->clock);
      const Instant at = piece.at + std::chrono::milliseconds(since);
      if (at >= play.to) break;
      in.push_back({sample, at, true});
    }
    engine->key_next();
    auto ran = engine->run(in);
    damaged += ran.damaged;
    if (ran.out.empty()) return {};
    if (shown != ran.out.front().track) {
      shown = ran.out.front().track;
      out.format = {.way = Way::transcoded,
                    .codec = shown->codec_string,
                    .audio_codec = {},
                    .width = shown->width,
                    .height = shown->height};
      out.init = media::init_segment(*shown);
    }
    if (!first) first = ran.out.front().at;
    std::vector<media::Sample> masked;
    for (MaskedEngine::Out& made : ran.out) {
      made.sample.dts = std::max<std::int64_t>(0, (made.at - *first).count() * 9 / 100'000);
      masked.push_back(std::move(made.sample));
    }
    out.at = ran.out.front().at;
    out.key = masked.front().key;
    out.bytes = media::fragment(++sequence, 1, masked);
    return {};
  }
};

Playback::Playback(Services& services, Worker& worker, std::uint32_t subject, const Play& play,
                   std::vector<Polygon> masks)
    : services_(services), worker_(worker), looker_(services.link, subject), play_(play), masks_(std::move(masks)) {}

void Playback::start(const std::string& folder, OnEnd on_end) {
  on_end_ = std::move(on_end);
  source_ = std::make_shared<Source>();
  source_->folder = folder;
  source_->play = play_;
  source_->masks = masks_;
  more();
}

void Playback::more() {
  if (busy_ || over_ || looker_.lag() >= kPlayWindow) return;
  busy_ = true;
  run_then(
      services_, worker_, weak_from_this(), [source = source_] { return source->next(); },
      [](Playback& playback, Piece piece) { playback.take(std::move(piece)); }, "playback");
}

void Playback::take(Piece piece) {
  busy_ = false;
  if (over_) return;
  damaged_ = piece.damaged;
  if (!piece.done) return end(piece.why, piece.done.error().message);
  if (*piece.done) return end(Why::finished, "");
  if (!piece.init.empty()) looker_.format(piece.format, std::make_shared<const std::string>(std::move(piece.init)));
  looker_.fragment(piece.at, piece.key, !masks_.empty(), std::make_shared<const std::string>(std::move(piece.bytes)));
  more();
}

void Playback::consumed(std::uint64_t bytes) {
  looker_.consumed(bytes);
  more();
}

void Playback::end(Why why, std::string_view words) {
  if (std::exchange(over_, true)) return;
  looker_.ended(why, words, damaged_);
  if (on_end_) on_end_();
}

}  // namespace qala::video
