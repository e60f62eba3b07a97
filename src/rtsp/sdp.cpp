// RFC 4566; fmtp of RFC 6184 8.1 (H.264), 7798 7.1 (H.265), 3640 4.1 (AAC), static payload types of RFC 3551 6.
#include "rtsp/sdp.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/hex.h"
#include "rtsp/text.h"

namespace qala::rtsp {
namespace {

constexpr std::size_t kMostText = 64 * 1024;
constexpr std::size_t kMostMedia = 32;
constexpr std::size_t kMostSets = 32;

/// One m= section as it stands there.
struct Section {
  std::string_view kind;  // "video"
  std::vector<std::uint8_t> types;
  std::vector<std::string_view> rtpmaps, fmtps;
  std::string_view control;
};

struct Format {
  std::string_view name;  // "H264"
  std::uint32_t clock = 0;
  std::uint32_t channels = 1;
};

/// "96 rest": the rest, if it is of this payload type.
std::optional<std::string_view> of_type(const std::vector<std::string_view>& lines, std::uint8_t type) {
  for (auto line : lines) {
    if (number(trimmed(cut(line, ' '))) == type) return trimmed(line);
  }
  return std::nullopt;
}

Format format_of(const Section& section, std::uint8_t type) {
  if (auto map = of_type(section.rtpmaps, type)) {
    Format out;
    out.name = cut(*map, '/');
    out.clock = number(cut(*map, '/')).value_or(0);
    out.channels = number(*map).value_or(1);
    return out;
  }
  switch (type) {
    case 0: return {"PCMU", 8'000, 1};
    case 8: return {"PCMA", 8'000, 1};
    case 26: return {"JPEG", 90'000, 1};
    case 32: return {"MPV", 90'000, 1};
    default: return {};
  }
}

std::optional<media::Codec> codec_of(std::string_view name) {
  if (same_no_case(name, "H264")) return media::Codec::h264;
  if (same_no_case(name, "H265") || same_no_case(name, "HEVC")) return media::Codec::h265;
  if (same_no_case(name, "MPEG4-GENERIC")) return media::Codec::aac;
  if (same_no_case(name, "PCMA")) return media::Codec::pcma;
  if (same_no_case(name, "PCMU")) return media::Codec::pcmu;
  return std::nullopt;
}

void add_sets(std::string_view list, SdpMedia& out) {
  while (!list.empty()) {
    auto nal = from_loose_base64(trimmed(cut(list, ',')));
    if (nal && !nal->empty() && out.parameter_sets.size() < kMostSets) out.parameter_sets.push_back(std::move(*nal));
  }
}

void read_parameters(std::string_view fmtp, SdpMedia& out) {
  while (!fmtp.empty()) {
    auto value = trimmed(cut(fmtp, ';'));
    const auto name = trimmed(cut(value, '='));
    value = trimmed(value);
    const bool video = media::is_video(out.codec);
    const auto is = [&](std::string_view wanted) { return same_no_case(name, wanted); };
    if (video && (is("sprop-parameter-sets") || is("sprop-vps") || is("sprop-sps") || is("sprop-pps"))) {
      add_sets(value, out);
    } else if (is("sprop-max-don-diff")) {
      out.decoding_order_numbers = number(value).value_or(0) > 0;
    } else if (is("config")) {
      out.aac_config = from_hex(value).value_or("");
    } else if (is("sizelength")) {
      out.size_length = number(value).value_or(99);
    } else if (is("indexlength")) {
      out.index_length = number(value).value_or(99);
    } else if (is("indexdeltalength")) {
      out.index_delta_length = number(value).value_or(99);
    }
  }
}

bool usable(const SdpMedia& media) {
  if (media.clock < 1'000 || media.clock > 1'000'000 || media.channels == 0 || media.channels > 8) return false;
  if (media.codec != media::Codec::aac) return true;
  return media.size_length >= 1 && media.size_length <= 16 && media.index_length <= 16 &&
         media.index_delta_length <= 16 && media::aac_track(media.aac_config).has_value();
}

/// The section's first format that we can take. `refused` collects the names of the others.
std::optional<SdpMedia> choose(const Section& section, bool video, std::string& refused) {
  for (const auto type : section.types) {
    const auto format = format_of(section, type);
    const auto codec = codec_of(format.name);
    if (codec && media::is_video(*codec) == video) {
      SdpMedia out;
      out.codec = *codec;
      out.payload_type = type;
      out.clock = format.clock;
      out.channels = format.channels;
      out.control = section.control;
      if (const auto fmtp = of_type(section.fmtps, type)) read_parameters(*fmtp, out);
      if (usable(out)) return out;
    }
    if (!refused.empty()) refused += ", ";
    refused += format.name.empty() ? fmt::format("payload type {}", type) : std::string(format.name.substr(0, 32));
  }
  return std::nullopt;
}

Section parse_media_line(std::string_view value) {
  Section out;
  out.kind = cut(value, ' ');
  cut(value, ' ');  // port
  cut(value, ' ');  // profile
  while (!value.empty() && out.types.size() < 16) {
    const auto type = number(trimmed(cut(value, ' ')));
    if (type && *type < 128) out.types.push_back(static_cast<std::uint8_t>(*type));
  }
  return out;
}

void read_attribute(std::string_view value, std::string_view& session_control, std::vector<Section>& sections) {
  const auto name = cut(value, ':');
  if (name == "control") (sections.empty() ? session_control : sections.back().control) = trimmed(value);
  if (sections.empty()) return;
  auto& section = sections.back();
  if (name == "rtpmap" && section.rtpmaps.size() < 16) section.rtpmaps.push_back(trimmed(value));
  if (name == "fmtp" && section.fmtps.size() < 16) section.fmtps.push_back(trimmed(value));
}

}  // namespace

Result<Sdp> parse_sdp(std::string_view text) {
  if (text.size() > kMostText) return fail(ErrorKind::corrupt, "session description is larger than 64 KB");
  std::vector<Section> sections;
  std::string_view control;
  while (!text.empty()) {
    const auto line = trimmed(cut(text, '\n'));
    if (line.starts_with("m=")) {
      if (sections.size() >= kMostMedia) return fail(ErrorKind::corrupt, "session description of over 32 media");
      sections.push_back(parse_media_line(line.substr(2)));
    } else if (line.starts_with("a=")) {
      read_attribute(line.substr(2), control, sections);
    }
  }
  if (sections.empty()) return fail(ErrorKind::corrupt, "no session description: it names no media");
  Sdp out;
  out.control = control;
  std::optional<SdpMedia> video;
  std::string refused;
  std::string ignored;
  for (const auto& section : sections) {
    if (section.kind == "video" && !video) video = choose(section, true, refused);
    if (section.kind == "audio" && !out.audio) out.audio = choose(section, false, ignored);
  }
  if (!video && refused.empty()) return fail(ErrorKind::invalid, "the camera offers no video");
  if (!video) return fail(ErrorKind::invalid, fmt::format("the camera's video is {}, not H.264 or H.265", refused));
  out.video = std::move(*video);
  return out;
}

}  // namespace qala::rtsp
