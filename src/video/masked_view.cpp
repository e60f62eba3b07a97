#include "video/masked_view.h"

#include <algorithm>

namespace qala::video {

MaskedView::MaskedView(Services& services) : services_(services), worker_(services.a_transcoder()) {}

MaskedView::~MaskedView() { become(Way::stills); }

void MaskedView::begin(const media::Track& source, Newest& newest, std::vector<Polygon> masks) {
  source_ = source;
  input_ = &newest;
  masks_ = std::move(masks);
  restart();
}

void MaskedView::pause() {
  source_.reset();
  input_ = nullptr;
  restart();
}

/// Whatever is on its way belongs to another generation from here on.
void MaskedView::restart() {
  generation_++;
  pending_.clear();
  next_.reset();
  busy_ = still_busy_ = wait_for_key_ = false;
  still_serial_.reset();
  engine_.reset();
  output_.clear();
  track_.reset();
  fan_.interrupt();
  words_.clear();
  if (!source_) return;
  if (way_ == Way::transcoded) {
    engine_ = std::make_shared<MaskedEngine>(*source_, masks_);
  } else {
    for (Looker* looker : lookers_) tell_format(*looker);
  }
  pushed();
}

void MaskedView::tell_format(Looker& looker) {
  const Size size = fit({source_->width, source_->height}, MaskedEngine::kMostWidth, MaskedEngine::kMostHeight);
  looker.format({.way = Way::stills, .codec = {}, .audio_codec = {}, .width = size.width, .height = size.height},
                nullptr);
}

void MaskedView::become(Way way) {
  if ((way == Way::transcoded) == counted_) return;
  counted_ = way == Way::transcoded;
  services_.masked_now += counted_ ? 1 : -1;
  way_ = way;
}

void MaskedView::choose_way() {
  const Way before = way_;
  if (lookers_.empty() || services_.masked_now > services_.masked_budget) become(Way::stills);
  else if (services_.masked_now < services_.masked_budget && services_.load < kLiveRests) become(Way::transcoded);
  if (way_ == before) return;
  for (Looker* looker : lookers_) way_ == Way::transcoded ? fan_.add(*looker) : fan_.remove(*looker);
  restart();
}

void MaskedView::add(Looker& looker) {
  lookers_.push_back(&looker);
  const Way before = way_;
  choose_way();
  if (way_ != before) return;
  if (way_ == Way::transcoded) return fan_.add(looker);
  if (!source_) return;
  tell_format(looker);
  still_serial_.reset();
  make_still();
}

void MaskedView::remove(Looker& looker) {
  std::erase(lookers_, &looker);
  fan_.remove(looker);
  if (lookers_.empty()) choose_way();
}

void MaskedView::pushed() {
  if (!input_ || !engine_ || way_ != Way::transcoded || lookers_.empty()) return;
  const auto samples = input_->since_key();
  if (samples.empty()) return;
  const std::uint64_t first = input_->first_serial(), end = input_->next_serial();
  // Too slow: what waits is left out, and it goes on with the next key frame.
  if (pending_.size() > kMostPending) {
    pending_.clear();
    next_ = end;
    wait_for_key_ = true;
  }
  const bool from_key = !next_ || *next_ < first;
  if (!from_key && *next_ == end) return;
  std::uint64_t from = from_key ? first : *next_;
  for (; from < end; from++) {
    const auto i = static_cast<std::size_t>(from - first);
    if (wait_for_key_ && !samples[i].key) continue;
    wait_for_key_ = false;
    pending_.push_back({samples[i], input_->times()[i], from + 1 == end});
  }
  next_ = end;
  run_engine();
}

void MaskedView::run_engine() {
  if (busy_ || pending_.empty() || !engine_) return;
  busy_ = true;
  run_then(
      services_, worker_, weak_from_this(),
      [engine = engine_, pictures = std::exchange(pending_, {})] { return engine->run(pictures); },
      [generation = generation_](MaskedView& view, MaskedEngine::Ran ran) { view.done(std::move(ran), generation); },
      "masked pictures");
}

void MaskedView::done(MaskedEngine::Ran ran, std::uint64_t generation) {
  if (generation != generation_) return;
  busy_ = false;
  if (ran.damaged > 0) words_ = ran.words;
  for (MaskedEngine::Out& out : ran.out) show(out);
  run_engine();
}

void MaskedView::show(MaskedEngine::Out& out) {
  words_.clear();
  const bool begins = track_ != out.track;
  if (begins) {
    if (!out.sample.key) return;
    track_ = out.track;
    output_.clear();
    fan_.format(*track_, nullptr);
    fan_.run(out.at, out.sample.dts);
  }
  if (out.sample.key) output_.clear();
  if (output_.push(std::move(out.sample), out.at)) fan_.pushed();
}

void MaskedView::tick() {
  choose_way();
  make_still();
}

void MaskedView::make_still() {
  if (way_ != Way::stills || still_busy_ || !input_ || lookers_.empty() || services_.load >= kStillsRest) return;
  const auto samples = input_->since_key();
  if (samples.empty() || still_serial_ == input_->first_serial()) return;
  still_serial_ = input_->first_serial();
  still_busy_ = true;
  run_then(
      services_, services_.stills, weak_from_this(),
      [track = *source_, sample = samples.front(), masks = masks_] {
        return video::make_still(track, sample, masks, {MaskedEngine::kMostWidth, MaskedEngine::kMostHeight});
      },
      [at = input_->times().front(), generation = generation_](MaskedView& view, Result<std::string> jpeg) {
        view.still_done(std::move(jpeg), at, generation);
      },
      "masked still");
}

void MaskedView::still_done(Result<std::string> jpeg, Instant at, std::uint64_t generation) {
  if (generation != generation_) return;
  still_busy_ = false;
  words_ = jpeg ? std::string() : jpeg.error().message;
  if (!jpeg) return;
  const auto bytes = std::make_shared<const std::string>(std::move(*jpeg));
  for (Looker* looker : lookers_) {
    if (!looker->behind()) looker->picture(at, bytes);
  }
}

Result<std::string> make_still(const media::Track& track, const media::Sample& key_frame,
                               const std::vector<Polygon>& masks, Size most) {
  TRY(Picture picture, decode_key_frame(track, key_frame));
  const Size size = fit({picture.width, picture.height}, most.width, most.height);
  if (!masks.empty()) return to_jpeg(masked(std::move(picture), masks, size));
  if (size.width >= picture.width) return to_jpeg(picture);
  return to_jpeg(scaled(picture, size.width, size.height));
}

}  // namespace qala::video
