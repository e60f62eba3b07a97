#include "rtsp/depacketiser.h"

#include <algorithm>
#include <utility>

#include "media/bits.h"
#include "rtsp/wire.h"

namespace qala::rtsp {
namespace {

constexpr std::size_t kMostUnit = 8 * 1024 * 1024;
constexpr std::size_t kMostSets = 16;
constexpr unsigned kH264Pair = 24, kH264PairNumbered = 25, kH264Part = 28, kH264PartNumbered = 29;
constexpr unsigned kH265Pair = 48, kH265Part = 49;

unsigned h265_type(std::string_view nal) { return byte_at(nal, 0) >> 1 & 63u; }

/// H.264 7.3.3: the second number of a slice header.
bool is_b_slice(std::string_view nal) {
  media::BitReader in(nal.substr(1));
  in.ue();
  const auto type = in.ue();
  return !in.failed() && type % 5 == 1;
}

std::uint32_t picture_set_id(media::Codec codec, std::string_view nal) {
  const std::size_t header = codec == media::Codec::h264 ? 1 : 2;
  if (nal.size() <= header) return 0;
  media::BitReader in(nal.substr(header));
  return in.ue();
}

bool holds(const std::vector<std::string>& list, std::string_view nal) {
  return std::ranges::find(list, nal) != list.end();
}

void add(std::vector<std::string>& list, std::string_view nal) {
  if (list.size() < kMostSets && !holds(list, nal)) list.emplace_back(nal);
}

/// Nothing in `fresh` that is not in `known`.
bool nothing_new(const std::vector<std::string>& fresh, const std::vector<std::string>& known) {
  return std::ranges::all_of(fresh, [&](const std::string& nal) { return holds(known, nal); });
}

}  // namespace

VideoDepacketiser::VideoDepacketiser(media::Codec codec, bool decoding_order_numbers)
    : codec_(codec), numbers_(decoding_order_numbers), gap_(false) {}

VideoDepacketiser::Kind VideoDepacketiser::kind_of(std::string_view nal) const {
  if (codec_ == media::Codec::h264) {
    switch (byte_at(nal, 0) & 31u) {
      case 1:
      case 2:
      case 3:
      case 4: return Kind::picture;
      case 5: return Kind::key_picture;
      case 6: return Kind::kept;
      case 7: return Kind::sps;
      case 8: return Kind::pps;
      case 9: return Kind::delimiter;
      case 0: return Kind::bad;
      default: return Kind::ignored;
    }
  }
  if (nal.size() < 2) return Kind::bad;
  if ((byte_at(nal, 0) & 1u) != 0 || byte_at(nal, 1) >> 3 != 0) return Kind::ignored;  // of another layer
  const auto type = h265_type(nal);
  if (type < 16) return Kind::picture;
  if (type <= 21) return Kind::key_picture;
  switch (type) {
    case 32: return Kind::vps;
    case 33: return Kind::sps;
    case 34: return Kind::pps;
    case 35: return Kind::delimiter;
    case 39:
    case 40: return Kind::kept;
    default: return Kind::ignored;
  }
}

/// The first slice of a picture says so in the first bit behind its header.
bool VideoDepacketiser::begins_picture(std::string_view nal) const {
  const std::size_t header = codec_ == media::Codec::h264 ? 1 : 2;
  return nal.size() > header && (byte_at(nal, header) & 0x80u) != 0;
}

void VideoDepacketiser::offer(std::string_view nal) {
  if (nal.size() < 3) return;
  const auto kind = kind_of(nal);
  if (kind == Kind::vps) add(sets_.vps, nal);
  if (kind == Kind::sps) add(sets_.sps, nal);
  if (kind == Kind::pps) add(sets_.pps, nal);
}

void VideoDepacketiser::packet(const RtpPacket& packet, bool after_gap, UnitSink& sink) {
  if (after_gap) spoil(sink);
  if (open_ && packet.timestamp != timestamp_) finish(sink);
  if (!open_) open(packet.timestamp);
  if (packet.payload.size() < 2) sink.bad_packet();
  else if (codec_ == media::Codec::h264) payload_h264(packet.payload, sink);
  else payload_h265(packet.payload, sink);
  if (packet.marker && !marker_lies_) finish(sink);
}

void VideoDepacketiser::open(std::uint32_t timestamp) {
  clear();
  open_ = true;
  timestamp_ = timestamp;
  suspect_ = std::exchange(gap_, false);
}

void VideoDepacketiser::clear() {
  unit_.clear();
  open_ = broken_ = suspect_ = has_picture_ = key_ = bidirectional_ = leading_ = random_access_ = in_fragment_ = false;
}

void VideoDepacketiser::payload_h264(std::string_view payload, UnitSink& sink) {
  const auto indicator = byte_at(payload, 0);
  const auto type = indicator & 31u;
  if (type >= 1 && type < kH264Pair) return nal(payload);
  if (type == kH264Pair) return aggregate(payload.substr(1), sink);
  if (type == kH264PairNumbered && payload.size() > 3) return aggregate(payload.substr(3), sink);
  const std::size_t numbers = type == kH264PartNumbered ? 2 : 0;
  if ((type != kH264Part && type != kH264PartNumbered) || payload.size() <= 2 + numbers) {
    broken_ = true;
    return sink.bad_packet();
  }
  const auto part = byte_at(payload, 1);
  const char header = static_cast<char>((indicator & 0xe0u) | (part & 31u));
  if (part & 0x80u) begin_fragment({&header, 1}, payload.substr(2 + numbers));
  else continue_fragment(payload.substr(2));
  if (part & 0x40u) end_fragment();
}

void VideoDepacketiser::payload_h265(std::string_view payload, UnitSink& sink) {
  const auto type = h265_type(payload);
  const std::size_t numbers = numbers_ ? 2 : 0;
  if (type < kH265Pair && payload.size() > 2 + numbers) {
    if (!numbers_) return nal(payload);
    return nal(std::string(payload.substr(0, 2)).append(payload.substr(4)));
  }
  if (type == kH265Pair && payload.size() > 2 + numbers) return aggregate(payload.substr(2 + numbers), sink);
  if (type != kH265Part || payload.size() <= 3 + numbers) {
    broken_ = true;
    return sink.bad_packet();
  }
  const auto part = byte_at(payload, 2);
  const char header[2] = {static_cast<char>((byte_at(payload, 0) & 0x81u) | (part & 63u) << 1), payload[1]};
  if (part & 0x80u) begin_fragment({header, 2}, payload.substr(3 + numbers));
  else continue_fragment(payload.substr(3));
  if (part & 0x40u) end_fragment();
}

void VideoDepacketiser::aggregate(std::string_view payload, UnitSink& sink) {
  while (payload.size() >= 2) {
    const std::size_t size = get16(payload, 0);
    payload.remove_prefix(2);
    if (size == 0 || size > payload.size()) break;
    nal(payload.substr(0, size));
    payload.remove_prefix(size);
    if (payload.empty()) return;
    if (numbers_) payload.remove_prefix(1);
  }
  broken_ = true;
  sink.bad_packet();
}

/// Of every NAL unit, or of the beginning of one in parts.
void VideoDepacketiser::looked_at(std::string_view nal, Kind kind) {
  if (in_fragment_) broken_ = true;  // the end of the one before is missing
  if (suspect_ && (kind == Kind::delimiter || kind == Kind::vps || kind == Kind::sps)) suspect_ = false;
  else if (suspect_) broken_ = true;
  if (kind == Kind::picture || kind == Kind::key_picture) picture(nal, kind);
}

void VideoDepacketiser::picture(std::string_view nal, Kind kind) {
  if (!has_picture_ && !begins_picture(nal)) {
    if (any_sent_ && timestamp_ == sent_timestamp_) marker_lies_ = true;
    broken_ = true;
  }
  if (!has_picture_ && codec_ == media::Codec::h264) bidirectional_ = is_b_slice(nal);
  if (codec_ == media::Codec::h265) {
    const auto type = h265_type(nal);
    leading_ |= type == 8 || type == 9;
    random_access_ |= (type >= 16 && type <= 18) || type == 21;
  }
  if (!has_picture_) unit_.reserve(kind == Kind::key_picture ? usual_key_ : usual_);
  has_picture_ = true;
  key_ |= kind == Kind::key_picture;
}

void VideoDepacketiser::nal(std::string_view nal) {
  const auto kind = kind_of(nal);
  looked_at(nal, kind);
  switch (kind) {
    case Kind::picture:
    case Kind::key_picture:
    case Kind::kept: break;
    case Kind::vps: return add(gathered_.vps, nal);
    case Kind::sps: return add(gathered_.sps, nal);
    case Kind::pps: return add(gathered_.pps, nal);
    case Kind::bad: broken_ = true; return;
    case Kind::delimiter:
    case Kind::ignored: return;
  }
  if (broken_ || unit_.size() + nal.size() > kMostUnit) {
    broken_ = true;
    return;
  }
  put32(unit_, static_cast<std::uint32_t>(nal.size()));
  unit_ += nal;
}

void VideoDepacketiser::begin_fragment(std::string_view header, std::string_view first) {
  // As much as a slice header's first numbers need; short enough to live in the string itself.
  const auto head = std::string(header).append(first.substr(0, 12));
  looked_at(head, kind_of(head));
  in_fragment_ = true;
  fragment_at_ = unit_.size();
  if (broken_) return;
  put32(unit_, 0);
  unit_ += header;
  continue_fragment(first);
}

void VideoDepacketiser::continue_fragment(std::string_view part) {
  if (!in_fragment_ || suspect_ || unit_.size() + part.size() > kMostUnit) broken_ = true;
  if (!broken_) unit_ += part;
}

void VideoDepacketiser::end_fragment() {
  if (!std::exchange(in_fragment_, false) || broken_) return;
  const auto size = unit_.size() - fragment_at_ - 4;
  const auto kind = kind_of(std::string_view(unit_).substr(fragment_at_ + 4));
  if (kind == Kind::picture || kind == Kind::key_picture || kind == Kind::kept) {
    for (unsigned i = 0; i < 4; i++) unit_[fragment_at_ + i] = static_cast<char>(size >> (24 - 8 * i) & 255u);
    return;
  }
  const auto whole = unit_.substr(fragment_at_ + 4);
  unit_.resize(fragment_at_);
  nal(whole);
}

void VideoDepacketiser::spoil(UnitSink& sink) {
  if (open_) count_drop(sink);
  clear();
  gathered_ = {};
  gap_ = waiting_ = lost_ = true;
}

void VideoDepacketiser::count_drop(UnitSink& sink) {
  lost_ = true;
  if (any_dropped_ && dropped_timestamp_ == timestamp_) return;  // another part of the same
  any_dropped_ = true;
  dropped_timestamp_ = timestamp_;
  sink.dropped(1);
}

/// False: they changed, and this unit is no key frame.
bool VideoDepacketiser::settle_sets() {
  if (gathered_ == ParameterSets{}) return true;
  auto fresh = std::exchange(gathered_, {});
  auto next = sets_;
  if (nothing_new(fresh.vps, sets_.vps) && nothing_new(fresh.sps, sets_.sps)) {
    for (auto& nal : fresh.pps) {
      if (holds(next.pps, nal)) continue;
      const auto id = picture_set_id(codec_, nal);
      std::erase_if(next.pps, [&](const std::string& old) { return picture_set_id(codec_, old) == id; });
      add(next.pps, nal);
    }
  } else {
    if (!fresh.vps.empty()) next.vps = std::move(fresh.vps);
    if (!fresh.sps.empty()) next.sps = std::move(fresh.sps);
    if (!fresh.pps.empty()) next.pps = std::move(fresh.pps);
  }
  if (next == sets_) return true;
  sets_ = std::move(next);
  version_++;
  return key_;
}

void VideoDepacketiser::finish(UnitSink& sink) {
  if (!std::exchange(open_, false)) return;
  if (in_fragment_ || suspect_) broken_ = true;
  if (broken_) {
    gathered_ = {};
    waiting_ = true;
    return count_drop(sink);
  }
  if (!has_picture_) return;  // parameter sets before their key frame
  if (!settle_sets()) waiting_ = true;
  if (waiting_ && !key_) return count_drop(sink);
  if (key_) skip_leading_ = waiting_ && random_access_;
  else if (skip_leading_ && leading_) return count_drop(sink);
  auto& usual = key_ ? usual_key_ : usual_;
  usual = std::max(unit_.size() + unit_.size() / 8, usual - usual / 16);
  waiting_ = false;
  any_sent_ = true;
  sent_timestamp_ = timestamp_;
  sink.unit({.timestamp = timestamp_,
             .key = key_,
             .bidirectional = bidirectional_,
             .after_loss = std::exchange(lost_, false),
             .data = std::move(unit_)});
  unit_ = std::string();
}

// --- audio

std::uint32_t AudioDepacketiser::ticks_of(const Unit& unit) const {
  if (format_.codec == media::Codec::aac) return format_.frame_ticks;
  return static_cast<std::uint32_t>(unit.data.size() / format_.channels);
}

void AudioDepacketiser::packet(const RtpPacket& packet, bool after_gap, UnitSink& sink) {
  if (after_gap) partial_.clear();
  if (packet.payload.empty()) return sink.bad_packet();
  if (format_.codec == media::Codec::aac) {
    if (!aac(packet, sink)) sink.bad_packet();
    return;
  }
  sink.unit({.timestamp = packet.timestamp,
             .key = true,
             .bidirectional = false,
             .after_loss = after_gap,
             .data = std::string(packet.payload)});
}

bool AudioDepacketiser::aac(const RtpPacket& packet, UnitSink& sink) {
  if (packet.payload.size() < 2) return false;
  const auto bits = get16(packet.payload, 0);
  const std::size_t head = (bits + 7) / 8;
  if (packet.payload.size() < 2 + head) return false;
  media::BitReader in(packet.payload.substr(2, head));
  auto data = packet.payload.substr(2 + head);
  const unsigned first = format_.size_length + format_.index_length;
  const unsigned more = format_.size_length + format_.index_delta_length;
  if (bits < first) return false;
  const auto count = 1 + (bits - first) / more;
  for (std::uint32_t i = 0; i < count; i++) {
    const std::size_t size = in.bits(format_.size_length);
    const auto index = in.bits(i == 0 ? format_.index_length : format_.index_delta_length);
    if (index != 0 || size == 0 || in.failed()) return false;  // interleaved frames: nobody sends them
    const auto timestamp = packet.timestamp + i * format_.frame_ticks;
    if (size > data.size() || !partial_.empty()) {
      if (count != 1) return false;
      if (partial_.empty() || partial_size_ != size || partial_timestamp_ != timestamp) {
        partial_.clear();
        partial_size_ = size;
        partial_timestamp_ = timestamp;
      }
      partial_ += data;
      if (partial_.size() < size) return !packet.marker;
      const bool whole = partial_.size() == size;
      auto frame = std::exchange(partial_, {});
      if (!whole) return false;
      sink.unit({.timestamp = timestamp, .key = true, .data = std::move(frame)});
      return true;
    }
    sink.unit({.timestamp = timestamp, .key = true, .data = std::string(data.substr(0, size))});
    data.remove_prefix(size);
  }
  return true;
}

}  // namespace qala::rtsp
