#include "api/picture_view.h"

#include <algorithm>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/json.hpp>

#include "api/steering.h"
#include "base/json_writer.h"

namespace qala::api {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

constexpr std::uint16_t kSessionEnded = 4401, kMaskIsBack = 4403, kNotRecorded = 4503;
/// The socket closes at 64 messages or 4 MB: a live picture gives way before. 40 frames are more than a second.
constexpr std::size_t kManyMessages = 40, kManyBytes = 1 << 20;
/// A playback is sent so far ahead of its time, for the browser to have something to show while the next comes; of a
/// fast one so much more that it lasts as long.
constexpr auto kAhead = std::chrono::milliseconds(2500);
/// Who goes on so little further than he has seen looks at the minutes that were recorded.
constexpr auto kSameLook = std::chrono::minutes(1);

std::optional<double> number_in(const json::object& message, std::string_view name) {
  const auto* value = message.if_contains(name);
  if (!value || !value->is_number()) return std::nullopt;
  return value->to_number<double>();
}

}  // namespace

PictureView::PictureView(CameraDesk& desk, Wanted wanted) : desk_(desk), wanted_(std::move(wanted)) {}

PictureView::~PictureView() {
  if (wanted_.look != 0) desk_.end_look(wanted_.look, std::nullopt);  // it never opened
}

void PictureView::opened(std::shared_ptr<http::WebSocket> socket) {
  socket_ = std::move(socket);
  desk_.views_.insert(this);
  if (wanted_.play) {
    farthest_ = *wanted_.play;
    return start_play(*wanted_.play);
  }
  subscription_ = desk_.rooms().video.watch({.camera = wanted_.camera.value,
                                             .stream = wanted_.stream,
                                             .masked = !wanted_.unmasked,
                                             .unmasked = wanted_.unmasked},
                                            *this);
}

void PictureView::start_play(Instant from) {
  subscription_.reset();
  waiting_.clear();
  unreported_ = 0;
  shown_ = play_from_ = from;
  play_began_ns_ = desk_.context().clock.monotonic_ns();
  subscription_ = desk_.rooms().video.play({.camera = wanted_.camera.value,
                                            .stream = wanted_.stream,
                                            .from = from,
                                            .to = desk_.context().clock.now(),
                                            .masked = !wanted_.unmasked,
                                            .unmasked = wanted_.unmasked},
                                           *this);
}

void PictureView::closed() {
  desk_.views_.erase(this);
  if (!wanted_.play) desk_.steering().stopped_looking(wanted_.camera, wanted_.request);
  subscription_.reset();
  socket_.reset();
  desk_.end_look(std::exchange(wanted_.look, 0), wanted_.play ? std::optional(farthest_) : std::nullopt);
}

/// {"seek":ms} {"rate":1|2|8} {"pause":true|false}, of a playback; anything else is overheard.
void PictureView::received(std::string_view text) {
  json::error_code ec;
  const json::value parsed = json::parse(text, ec);
  const auto* message = parsed.if_object();
  if (ec || !message || !wanted_.play || !socket_) return;
  if (const auto at = number_in(*message, "seek"); at && *at >= 0 && *at < 9e12) {
    seek(Instant::from_ms(static_cast<std::int64_t>(*at)));
  }
  const Instant here = due() - ahead();
  if (const auto rate = number_in(*message, "rate"); rate && *rate >= 0.25 && *rate <= 16) {
    play_from_ = here;
    play_began_ns_ = desk_.context().clock.monotonic_ns();
    rate_ = *rate;
  }
  if (const auto* pause = message->if_contains("pause"); pause && pause->is_bool() && pause->get_bool() != paused_) {
    if (!paused_) play_from_ = here;
    play_began_ns_ = desk_.context().clock.monotonic_ns();
    paused_ = pause->get_bool();
  }
}

void PictureView::seek(Instant to) {
  send_text(R"({"type":"seeking"})");
  if (!recording_look_ && to >= *wanted_.play && to <= farthest_ + kSameLook) return start_play(to);
  subscription_.reset();  // nothing of before any more
  waiting_.clear();
  sought_ = to;
  if (!recording_look_) asio::co_spawn(desk_.context().network, look_elsewhere(shared_from_this()), asio::detached);
}

asio::awaitable<void> PictureView::look_elsewhere(std::shared_ptr<PictureView> self) {
  recording_look_ = true;
  while (sought_ && socket_) {
    const Instant to = *std::exchange(sought_, std::nullopt);
    const auto asked = desk_.asked(wanted_.request);
    if (std::holds_alternative<http::Response>(asked)) break;  // check() closes it
    const auto& [caller, seeing] = std::get<CameraDesk::Asked>(asked);
    const auto recorded = co_await desk_.look(seeing, cameras::LookKind::playback, caller, to);
    if (std::holds_alternative<http::Response>(recorded)) {
      shut(kNotRecorded, "the look cannot be recorded");
      break;
    }
    desk_.end_look(std::exchange(wanted_.look, std::get<std::uint64_t>(recorded)), farthest_);
    wanted_.play = shown_ = farthest_ = to;
    if (socket_ && !sought_) start_play(to);
  }
  recording_look_ = false;
  if (!socket_) desk_.end_look(std::exchange(self->wanted_.look, 0), farthest_);  // it was closed meanwhile
}

/// Where nothing is recorded nothing is waited for: once all is shown, the clock of the playback goes to what comes
/// next.
void PictureView::skip_gap() {
  const bool all_shown = due() - ahead() > shown_ + std::chrono::seconds(1);
  if (paused_ || waiting_.empty() || waiting_.front().at <= due() || !all_shown) return;
  play_from_ = waiting_.front().at;
  play_began_ns_ = desk_.context().clock.monotonic_ns();
}

Duration PictureView::ahead() const {
  const double seconds = std::chrono::duration<double>(kAhead).count() * std::max(1.0, rate_);
  return Duration(static_cast<std::int64_t>(seconds * static_cast<double>(Instant::kSecond)));
}

Instant PictureView::due() const {
  const std::int64_t gone = paused_ ? 0 : desk_.context().clock.monotonic_ns() - play_began_ns_;
  return play_from_ + ahead() + Duration(static_cast<std::int64_t>(static_cast<double>(gone) * rate_));
}

void PictureView::on_format(const video::Format& format) {
  std::string text;
  JsonWriter out(text);
  out.object().field("type", "format").field("way", video::name_of(format.way)).field("codec", format.codec);
  out.field("audio", format.audio_codec).field("width", format.width).field("height", format.height);
  out.field("masked", format.way != video::Way::plain).field("unmasked", wanted_.unmasked).end();
  put({shown_, Piece::What::text, false, std::move(text)});
}

void PictureView::on_init(std::string_view segment) { put({shown_, Piece::What::init, false, std::string(segment)}); }

void PictureView::on_fragment(Instant at, bool key, std::string_view bytes) {
  put({at, Piece::What::fragment, key, std::string(bytes)});
}

void PictureView::on_picture(Instant at, std::string_view jpeg) {
  put({at, Piece::What::picture, true, std::string(jpeg)});
}

void PictureView::put(Piece piece) {
  if (wanted_.play && (!waiting_.empty() || piece.at > due())) {
    waiting_.push_back(std::move(piece));
    return;
  }
  send_piece(piece);
}

void PictureView::send_piece(const Piece& piece) {
  if (!socket_) return;
  if (piece.what == Piece::What::text) return send_text(piece.bytes);
  const bool picture = piece.what != Piece::What::init;
  if (!wanted_.play && picture) {
    const bool lags = socket_->queued() > kManyMessages || socket_->queued_bytes() > kManyBytes;
    if (lags || (skipping_ && !piece.key)) {
      skipping_ = true;
      skipped_++;
      if (subscription_) subscription_->consumed(piece.bytes.size());
      return;
    }
    if (skipping_) {
      on_dropped(std::exchange(skipped_, 0));
      skipping_ = false;
    }
  }
  if (picture) {
    shown_ = piece.at;
    farthest_ = std::max(farthest_, shown_);
    std::string text;
    JsonWriter(text)
        .object()
        .field("type", piece.what == Piece::What::picture ? "picture" : "at")
        .field("ms", piece.at.ms())
        .field("key", piece.key)
        .end();
    send_text(std::move(text));
  }
  send_bytes(piece.bytes);
}

void PictureView::send_text(std::string text) {
  if (socket_) socket_->send(std::make_shared<const std::string>(std::move(text)));
}

void PictureView::send_bytes(std::string_view bytes) {
  if (!socket_) return;
  unreported_ += bytes.size();
  socket_->send_binary(std::make_shared<const std::string>(bytes));
}

void PictureView::on_dropped(std::uint32_t frames) {
  std::string text;
  JsonWriter(text).object().field("type", "drop").field("frames", frames).end();
  send_text(std::move(text));
}

void PictureView::on_interrupted() { send_text(R"({"type":"interrupted"})"); }

void PictureView::on_ended(const video::Ended& ended) {
  std::string text;
  JsonWriter(text)
      .object()
      .field("type", "ended")
      .field("reason", video::name_of(ended.why))
      .field("words", ended.words)
      .end();
  put({Instant{INT64_MIN}, Piece::What::text, false, std::move(text)});
}

void PictureView::beat() {
  if (!socket_) return;
  skip_gap();
  while (!waiting_.empty() && waiting_.front().at <= due() && socket_->queued() < kManyMessages) {
    const Piece piece = std::move(waiting_.front());
    waiting_.pop_front();
    send_piece(piece);
    if (!socket_) return;
  }
  const std::uint64_t held = socket_->queued_bytes();
  if (!subscription_ || unreported_ <= held) return;
  subscription_->consumed(unreported_ - held);
  unreported_ = held;
}

void PictureView::check() {
  if (std::holds_alternative<CameraDesk::Asked>(desk_.asked(wanted_.request))) return;
  const auto lift = wanted_.request.query_value("unmasked");
  if (lift && !desk_.lift(std::string(*lift))) return shut(kMaskIsBack, "the mask is back");
  shut(kSessionEnded, "who looks may do so no longer");
}

void PictureView::shut(std::uint16_t code, std::string_view reason) {
  if (socket_) socket_->close(code, reason);
}

}  // namespace qala::api
