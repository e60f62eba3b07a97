#include "video/decoder.h"

#include <algorithm>
#include <cstring>

#include <fmt/core.h>
#include <wels/codec_api.h>

namespace qala::video {

namespace {

constexpr int kMaxSide = 8192;

struct Destroy {
  void operator()(ISVCDecoder* decoder) const {
    decoder->Uninitialize();
    WelsDestroyDecoder(decoder);
  }
};

void copy_plane(std::vector<std::uint8_t>& out, const unsigned char* from, int stride, std::uint32_t width,
                std::uint32_t height) {
  out.resize(std::size_t{width} * height);
  for (std::uint32_t y = 0; y < height; y++) {
    std::memcpy(out.data() + std::size_t{y} * width, from + static_cast<std::ptrdiff_t>(y) * stride, width);
  }
}

class OpenH264Decoder final : public Decoder {
 public:
  OpenH264Decoder(std::unique_ptr<ISVCDecoder, Destroy> decoder, std::string sets)
      : decoder_(std::move(decoder)), sets_(std::move(sets)) {}

  Result<std::optional<Picture>> decode(const media::Sample& sample) override {
    if (sample.key) waiting_for_key_ = false;
    if (waiting_for_key_) return std::optional<Picture>{};
    TRY(const std::string nal_units, media::annex_b(sample.data));
    unsigned char* planes[3] = {};
    SBufferInfo info{};
    std::string bytes = sample.key ? sets_ + nal_units : nal_units;
    const std::size_t size = bytes.size();
    bytes.append(16, '\0');  // it reads ahead by words
    const DECODING_STATE state = decoder_->DecodeFrameNoDelay(reinterpret_cast<const unsigned char*>(bytes.data()),
                                                              static_cast<int>(size), planes, &info);
    if (state != dsErrorFree) {
      waiting_for_key_ = true;
      return fail(ErrorKind::corrupt,
                  fmt::format("a picture cannot be decoded (OpenH264 says {:#x})", static_cast<int>(state)));
    }
    if (info.iBufferStatus != 1 || !planes[0] || !planes[1] || !planes[2]) return std::optional<Picture>{};
    const SSysMEMBuffer& buffer = info.UsrData.sSystemBuffer;
    if (buffer.iWidth < 2 || buffer.iHeight < 2 || buffer.iWidth > kMaxSide || buffer.iHeight > kMaxSide) {
      return fail(ErrorKind::corrupt, fmt::format("a picture of {} x {}", buffer.iWidth, buffer.iHeight));
    }
    Picture picture{.width = static_cast<std::uint32_t>(buffer.iWidth),
                    .height = static_cast<std::uint32_t>(buffer.iHeight),
                    .y = {},
                    .u = {},
                    .v = {}};
    copy_plane(picture.y, planes[0], buffer.iStride[0], picture.width, picture.height);
    copy_plane(picture.u, planes[1], buffer.iStride[1], picture.chroma_width(), picture.chroma_height());
    copy_plane(picture.v, planes[2], buffer.iStride[1], picture.chroma_width(), picture.chroma_height());
    return std::optional<Picture>(std::move(picture));
  }

 private:
  std::unique_ptr<ISVCDecoder, Destroy> decoder_;
  std::string sets_;
  bool waiting_for_key_ = true;
};

}  // namespace

Result<std::unique_ptr<Decoder>> Decoder::make(const media::Track& track) {
  if (track.codec != media::Codec::h264) {
    return fail(ErrorKind::unavailable, fmt::format("{} cannot be decoded here", media::name_of(track.codec)));
  }
  TRY(std::string sets, media::annex_b_parameter_sets(track));
  ISVCDecoder* made = nullptr;
  if (WelsCreateDecoder(&made) != 0 || !made) return fail(ErrorKind::internal, "OpenH264 gives no decoder");
  std::unique_ptr<ISVCDecoder, Destroy> decoder(made);
  int quiet = WELS_LOG_QUIET;
  decoder->SetOption(DECODER_OPTION_TRACE_LEVEL, &quiet);
  SDecodingParam wanted{};
  wanted.sVideoProperty.eVideoBsType = VIDEO_BITSTREAM_AVC;
  wanted.eEcActiveIdc = ERROR_CON_DISABLE;
  if (decoder->Initialize(&wanted) != 0) return fail(ErrorKind::internal, "OpenH264's decoder does not begin");
  return std::unique_ptr<Decoder>(std::make_unique<OpenH264Decoder>(std::move(decoder), std::move(sets)));
}

Result<Picture> decode_key_frame(const media::Track& track, const media::Sample& sample) {
  TRY(const auto decoder, Decoder::make(track));
  TRY(auto picture, decoder->decode(sample));
  if (!picture) return fail(ErrorKind::corrupt, "a key frame gave no picture");
  return std::move(*picture);
}

}  // namespace qala::video
