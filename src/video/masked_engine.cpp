#include "video/masked_engine.h"

#include <algorithm>

namespace qala::video {

MaskedEngine::Ran MaskedEngine::run(const std::vector<In>& pictures) {
  Ran ran;
  for (const In& in : pictures) {
    const auto done = one(in, ran.out);
    if (done) continue;
    ran.damaged++;
    ran.words = done.error().message;
  }
  return ran;
}

Result<> MaskedEngine::one(const In& in, std::vector<Out>& out) {
  if (!decoder_) {
    TRY(decoder_, Decoder::make(source_));
  }
  TRY(auto picture, decoder_->decode(in.sample));
  if (!picture || !in.show) return {};
  const auto apart = last_ ? (in.at - *last_).count() / 1'000'000 : kLeastApart;
  if (apart >= 0 && apart < kLeastApart) return {};
  return encode(std::move(*picture), in.at, out);
}

void MaskedEngine::cover(Picture& picture, std::optional<Mask>& mask, Size& size) const {
  if (!mask || size.width != picture.width || size.height != picture.height) {
    mask.emplace(masks_, picture.width, picture.height);
    size = {picture.width, picture.height};
  }
  mask->fill(picture);
}

Result<> MaskedEngine::encode(Picture picture, Instant at, std::vector<Out>& out) {
  cover(picture, large_, large_size_);
  const Size size = fit({picture.width & ~1U, picture.height & ~1U}, kMostWidth, kMostHeight);
  if (size.width != picture.width || size.height != picture.height) {
    picture = scaled(picture, size.width, size.height);
    cover(picture, small_, small_size_);
  }
  if (!encoder_ || encoder_size_.width != size.width || encoder_size_.height != size.height) {
    TRY(encoder_, Encoder::make({.width = size.width, .height = size.height}));
    encoder_size_ = size;
    last_key_.reset();
  }
  const bool key = !last_key_ || key_next_ || at < *last_key_ || (at - *last_key_).count() / 1'000'000 >= kKeyEvery;
  if (!first_) first_ = at;
  TRY(media::Sample sample,
      encoder_->encode(picture, key, std::max<std::int64_t>(0, (at - *first_).count() / 1'000'000)));
  if (!encoder_->track()) return fail(ErrorKind::internal, "OpenH264 gave no parameter sets");
  key_next_ = false;
  if (sample.key) last_key_ = at;
  const std::int64_t apart = last_ ? std::max<std::int64_t>(1, (at - *last_).count() * 9 / 100'000) : 6'000;
  sample.dts = std::max<std::int64_t>(0, (at - *first_).count() * 9 / 100'000);
  sample.duration = static_cast<std::uint32_t>(std::min<std::int64_t>(apart, 900'000));
  last_ = at;
  out.push_back({std::move(sample), at, *encoder_->track()});
  return {};
}

}  // namespace qala::video
