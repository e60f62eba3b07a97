#include "sim/cameras/codec.h"

#include <cstring>
#include <utility>

#include <wels/codec_api.h>

namespace qala::sim {

namespace {

void append_units(std::string_view stream, std::vector<std::string>& units) {
  const auto start_code = [&](std::size_t from) { return stream.find(std::string_view("\0\0\1", 3), from); };
  for (std::size_t at = start_code(0); at != std::string_view::npos;) {
    const std::size_t next = start_code(at + 3);
    std::string_view unit = stream.substr(at + 3, next == std::string_view::npos ? next : next - at - 3);
    while (!unit.empty() && unit.back() == 0) unit.remove_suffix(1);
    units.emplace_back(unit);
    at = next;
  }
}

}  // namespace

struct Encoder::Inside {
  Settings settings;
  ISVCEncoder* encoder = nullptr;
  ~Inside() {
    if (encoder == nullptr) return;
    encoder->Uninitialize();
    WelsDestroySVCEncoder(encoder);
  }
};

Encoder::Encoder(std::unique_ptr<Inside> inside) : inside_(std::move(inside)) {}
Encoder::Encoder(Encoder&&) noexcept = default;
Encoder::~Encoder() = default;

Result<Encoder> Encoder::make(const Settings& settings) {
  auto inside = std::make_unique<Inside>();
  inside->settings = settings;
  if (WelsCreateSVCEncoder(&inside->encoder) != 0 || inside->encoder == nullptr)
    return fail(ErrorKind::internal, "OpenH264 makes no encoder");
  int quiet = WELS_LOG_QUIET;
  inside->encoder->SetOption(ENCODER_OPTION_TRACE_LEVEL, &quiet);
  SEncParamExt p;
  std::memset(&p, 0, sizeof(p));
  inside->encoder->GetDefaultParams(&p);
  p.iUsageType = CAMERA_VIDEO_REAL_TIME;
  p.iPicWidth = settings.width;
  p.iPicHeight = settings.height;
  p.fMaxFrameRate = static_cast<float>(settings.fps);
  p.iTargetBitrate = settings.kbit * 1000;
  p.iMaxBitrate = UNSPECIFIED_BIT_RATE;
  p.iRCMode = RC_BITRATE_MODE;
  p.uiIntraPeriod = static_cast<unsigned>(settings.key_every);
  p.iNumRefFrame = 1;
  p.eSpsPpsIdStrategy = CONSTANT_ID;
  p.bEnableFrameSkip = false;
  p.bEnableSceneChangeDetect = false;
  p.bEnableAdaptiveQuant = false;
  p.bEnableBackgroundDetection = true;
  p.iMultipleThreadIdc = 1;
  p.iLoopFilterDisableIdc = 2;  // not across slices: the upper one is replaced
  p.iComplexityMode = LOW_COMPLEXITY;
  SSpatialLayerConfig& layer = p.sSpatialLayers[0];
  layer.uiProfileIdc = PRO_BASELINE;
  layer.iVideoWidth = settings.width;
  layer.iVideoHeight = settings.height;
  layer.fFrameRate = p.fMaxFrameRate;
  layer.iSpatialBitrate = p.iTargetBitrate;
  layer.iMaxSpatialBitrate = UNSPECIFIED_BIT_RATE;
  if (settings.first_slice_macroblocks > 0) {
    const auto all = static_cast<unsigned>((settings.width + 15) / 16 * ((settings.height + 15) / 16));
    layer.sSliceArgument.uiSliceMode = SM_RASTER_SLICE;
    layer.sSliceArgument.uiSliceNum = 2;
    layer.sSliceArgument.uiSliceMbNum[0] = settings.first_slice_macroblocks;
    layer.sSliceArgument.uiSliceMbNum[1] = all - settings.first_slice_macroblocks;
  }
  if (inside->encoder->InitializeExt(&p) != cmResultSuccess)
    return fail(ErrorKind::invalid, "OpenH264 does not take these settings");
  int format = videoFormatI420;
  inside->encoder->SetOption(ENCODER_OPTION_DATAFORMAT, &format);
  return Encoder(std::move(inside));
}

Result<Encoder::Encoded> Encoder::encode(const Picture& picture, std::int64_t ms) {
  SSourcePicture source;
  std::memset(&source, 0, sizeof(source));
  source.iColorFormat = videoFormatI420;
  source.iPicWidth = picture.width;
  source.iPicHeight = picture.height;
  source.iStride[0] = picture.width;
  source.iStride[1] = source.iStride[2] = picture.width / 2;
  source.pData[0] = const_cast<std::uint8_t*>(picture.y.data());
  source.pData[1] = const_cast<std::uint8_t*>(picture.u.data());
  source.pData[2] = const_cast<std::uint8_t*>(picture.v.data());
  source.uiTimeStamp = ms;
  SFrameBSInfo info;
  std::memset(&info, 0, sizeof(info));
  if (inside_->encoder->EncodeFrame(&source, &info) != cmResultSuccess || info.eFrameType == videoFrameTypeSkip)
    return fail(ErrorKind::internal, "OpenH264 did not encode a picture");
  Encoded out;
  out.key = info.eFrameType == videoFrameTypeIDR;
  for (int i = 0; i < info.iLayerNum; i++) {
    const SLayerBSInfo& layer = info.sLayerInfo[i];
    std::size_t size = 0;
    for (int n = 0; n < layer.iNalCount; n++) size += static_cast<std::size_t>(layer.pNalLengthInByte[n]);
    append_units({reinterpret_cast<const char*>(layer.pBsBuf), size}, out.units);
  }
  return out;
}

struct Decoder::Inside {
  ISVCDecoder* decoder = nullptr;
  ~Inside() {
    if (decoder == nullptr) return;
    decoder->Uninitialize();
    WelsDestroyDecoder(decoder);
  }
};

Decoder::Decoder() : inside_(std::make_unique<Inside>()) {
  if (WelsCreateDecoder(&inside_->decoder) != 0) return;
  int quiet = WELS_LOG_QUIET;
  inside_->decoder->SetOption(DECODER_OPTION_TRACE_LEVEL, &quiet);
  SDecodingParam p;
  std::memset(&p, 0, sizeof(p));
  p.sVideoProperty.size = sizeof(p.sVideoProperty);
  p.sVideoProperty.eVideoBsType = VIDEO_BITSTREAM_AVC;
  p.eEcActiveIdc = ERROR_CON_DISABLE;
  p.uiTargetDqLayer = UCHAR_MAX;
  inside_->decoder->Initialize(&p);
}
Decoder::Decoder(Decoder&&) noexcept = default;
Decoder::~Decoder() = default;

Result<std::optional<Picture>> Decoder::decode(const std::vector<std::string>& units) {
  const std::string stream = annex_b(units);
  unsigned char* planes[3] = {};
  SBufferInfo info;
  std::memset(&info, 0, sizeof(info));
  const auto state = inside_->decoder->DecodeFrameNoDelay(reinterpret_cast<const unsigned char*>(stream.data()),
                                                          static_cast<int>(stream.size()), planes, &info);
  if (state != dsErrorFree)
    return fail(ErrorKind::corrupt, "the decoder complains: " + std::to_string(static_cast<int>(state)));
  if (info.iBufferStatus != 1) return std::optional<Picture>();
  const auto& buffer = info.UsrData.sSystemBuffer;
  Picture picture(buffer.iWidth, buffer.iHeight);
  const auto copy = [](const unsigned char* from, int stride, std::vector<std::uint8_t>& into, int width, int height) {
    for (int y = 0; y < height; y++)
      std::memcpy(into.data() + static_cast<std::ptrdiff_t>(y) * width, from + static_cast<std::ptrdiff_t>(y) * stride,
                  static_cast<std::size_t>(width));
  };
  copy(planes[0], buffer.iStride[0], picture.y, picture.width, picture.height);
  copy(planes[1], buffer.iStride[1], picture.u, picture.width / 2, picture.height / 2);
  copy(planes[2], buffer.iStride[1], picture.v, picture.width / 2, picture.height / 2);
  return std::optional<Picture>(std::move(picture));
}

std::string annex_b(const std::vector<std::string>& units) {
  std::string out;
  for (const std::string& unit : units) {
    out.append("\0\0\0\1", 4);
    out += unit;
  }
  return out;
}

}  // namespace qala::sim
