#include "video/encoder.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include <fmt/core.h>
#include <wels/codec_api.h>

namespace qala::video {

namespace {

constexpr std::uint8_t kSps = 7, kPps = 8;
constexpr double kBitsPerPixel = 0.12;  ///< gives 400 kbit/s at 640 x 360 and 15 fps

struct Destroy {
  void operator()(ISVCEncoder* encoder) const {
    encoder->Uninitialize();
    WelsDestroySVCEncoder(encoder);
  }
};

void append_nal(media::Sample& sample, std::string_view nal) {
  for (int shift = 24; shift >= 0; shift -= 8) sample.data.push_back(static_cast<char>(nal.size() >> shift));
  sample.data += nal;
}

std::string_view without_start_code(std::string_view nal) {
  std::size_t zeros = 0;
  while (zeros < nal.size() && nal[zeros] == 0) zeros++;
  return nal.substr(std::min(zeros + 1, nal.size()));
}

class OpenH264Encoder final : public Encoder {
 public:
  OpenH264Encoder(std::unique_ptr<ISVCEncoder, Destroy> encoder, Settings settings)
      : encoder_(std::move(encoder)), settings_(settings) {}

  Result<media::Sample> encode(const Picture& picture, bool key, std::int64_t at_ms) override {
    if (picture.width != settings_.width || picture.height != settings_.height) {
      return fail(ErrorKind::invalid, "a picture of another size than the encoder's");
    }
    if (key) encoder_->ForceIntraFrame(true);
    SSourcePicture source{};
    source.iColorFormat = videoFormatI420;
    source.iPicWidth = static_cast<int>(picture.width);
    source.iPicHeight = static_cast<int>(picture.height);
    source.iStride[0] = static_cast<int>(picture.width);
    source.iStride[1] = source.iStride[2] = static_cast<int>(picture.chroma_width());
    source.pData[0] = const_cast<unsigned char*>(picture.y.data());
    source.pData[1] = const_cast<unsigned char*>(picture.u.data());
    source.pData[2] = const_cast<unsigned char*>(picture.v.data());
    source.uiTimeStamp = at_ms;
    SFrameBSInfo out{};
    if (encoder_->EncodeFrame(&source, &out) != cmResultSuccess) {
      return fail(ErrorKind::internal, "OpenH264 refused to encode a picture");
    }
    return gather(out);
  }
  const std::optional<media::Track>& track() const override { return track_; }

 private:
  Result<media::Sample> gather(const SFrameBSInfo& out) {
    media::Sample sample;
    sample.key = out.eFrameType == videoFrameTypeIDR;
    for (int l = 0; l < out.iLayerNum; l++) {
      const SLayerBSInfo& layer = out.sLayerInfo[l];
      const unsigned char* at = layer.pBsBuf;
      for (int n = 0; n < layer.iNalCount; n++) {
        const auto length = static_cast<std::size_t>(layer.pNalLengthInByte[n]);
        TRY_VOID(take(sample, without_start_code({reinterpret_cast<const char*>(at), length})));
        at += length;
      }
    }
    if (sample.data.empty()) return fail(ErrorKind::internal, "OpenH264 left a picture out");
    return sample;
  }

  Result<> take(media::Sample& sample, std::string_view nal) {
    if (nal.empty()) return {};
    const auto type = static_cast<std::uint8_t>(nal[0]) & 0x1f;
    if (type == kSps) {
      sps_ = nal;
      return {};
    }
    if (type != kPps) {
      append_nal(sample, nal);
      return {};
    }
    const std::string_view sps = sps_;
    TRY(track_, media::h264_track(std::span(&sps, 1), std::span(&nal, 1)));
    return {};
  }

  std::unique_ptr<ISVCEncoder, Destroy> encoder_;
  Settings settings_;
  std::string sps_;
  std::optional<media::Track> track_;
};

SEncParamExt parameters(ISVCEncoder& encoder, const Encoder::Settings& settings) {
  SEncParamExt p{};
  encoder.GetDefaultParams(&p);
  const double bits = settings.kbit > 0
                          ? settings.kbit * 1000.0
                          : settings.width * static_cast<double>(settings.height) * settings.fps * kBitsPerPixel;
  p.iUsageType = CAMERA_VIDEO_REAL_TIME;
  p.iPicWidth = static_cast<int>(settings.width);
  p.iPicHeight = static_cast<int>(settings.height);
  p.fMaxFrameRate = static_cast<float>(settings.fps);
  p.iTargetBitrate = static_cast<int>(std::clamp(bits, 100'000.0, 8'000'000.0));
  p.iMaxBitrate = UNSPECIFIED_BIT_RATE;
  p.iRCMode = RC_BITRATE_MODE;
  p.bEnableFrameSkip = false;
  p.uiIntraPeriod = 0;  // by time, not by count: cameras change their rate
  p.iNumRefFrame = 1;
  p.iTemporalLayerNum = 1;
  p.iSpatialLayerNum = 1;
  p.iMultipleThreadIdc = 1;
  p.iComplexityMode = LOW_COMPLEXITY;
  p.eSpsPpsIdStrategy = CONSTANT_ID;
  p.bEnableDenoise = false;
  p.bEnableBackgroundDetection = false;
  p.bEnableAdaptiveQuant = false;
  p.bEnableSceneChangeDetect = false;
  p.bEnableLongTermReference = false;
  p.iEntropyCodingModeFlag = 0;
  SSpatialLayerConfig& layer = p.sSpatialLayers[0];
  layer.iVideoWidth = p.iPicWidth;
  layer.iVideoHeight = p.iPicHeight;
  layer.fFrameRate = p.fMaxFrameRate;
  layer.iSpatialBitrate = p.iTargetBitrate;
  layer.iMaxSpatialBitrate = UNSPECIFIED_BIT_RATE;
  layer.uiProfileIdc = PRO_BASELINE;
  layer.sSliceArgument.uiSliceMode = SM_SINGLE_SLICE;
  return p;
}

}  // namespace

Result<std::unique_ptr<Encoder>> Encoder::make(const Settings& settings) {
  if (settings.width < 16 || settings.height < 16 || settings.width % 2 || settings.height % 2) {
    return fail(ErrorKind::invalid, fmt::format("{} x {} cannot be encoded", settings.width, settings.height));
  }
  ISVCEncoder* made = nullptr;
  if (WelsCreateSVCEncoder(&made) != 0 || !made) return fail(ErrorKind::internal, "OpenH264 gives no encoder");
  std::unique_ptr<ISVCEncoder, Destroy> encoder(made);
  int quiet = WELS_LOG_QUIET;
  encoder->SetOption(ENCODER_OPTION_TRACE_LEVEL, &quiet);
  const SEncParamExt wanted = parameters(*encoder, settings);
  if (encoder->InitializeExt(&wanted) != cmResultSuccess) {
    return fail(ErrorKind::internal, fmt::format("OpenH264 does not encode {} x {}", settings.width, settings.height));
  }
  return std::unique_ptr<Encoder>(std::make_unique<OpenH264Encoder>(std::move(encoder), settings));
}

}  // namespace qala::video
