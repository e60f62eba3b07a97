#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "media/format.h"
#include "rtsp/rtp.h"

namespace qala::rtsp {

/// A whole access unit as it came: media::Sample's data without its times.
struct Unit {
  std::uint32_t timestamp = 0;
  bool key = false;
  bool bidirectional = false;  ///< H.264: a B picture, so that timestamps may go back
  /// Lost or damaged ones were left out before this one.
  bool after_loss = false;
  std::string data;
};

class UnitSink {
 public:
  virtual ~UnitSink() = default;
  virtual void unit(Unit&& unit) = 0;
  /// Units that will not come: damaged, or not decodable before the next key frame.
  virtual void dropped(std::uint32_t count) = 0;
  virtual void bad_packet() = 0;
};

/// The parameter sets that the next key frame is decoded with.
struct ParameterSets {
  std::vector<std::string> vps, sps, pps;
  friend bool operator==(const ParameterSets&, const ParameterSets&) = default;
};

/// RTP payloads of H.264 (RFC 6184: single NAL units, STAP-A, FU-A) and H.265 (RFC 7798: AP, FU) to access units.
/// What it promises: after lost packets nothing is handed on until the next whole key frame; a unit is handed on only
/// if all its packets were there. A first packet after a gap is trusted only if it begins a unit for certain (delimiter
/// or parameter set). Parameter sets in band replace those before when their key frame is whole; when they change
/// without a key frame, units are dropped until one comes. Units over 8 MB are dropped.
class VideoDepacketiser {
 public:
  VideoDepacketiser(media::Codec codec, bool decoding_order_numbers);

  /// From the SDP.
  void offer(std::string_view parameter_set);
  /// The next packet in order. `after_gap`: some before it are missing.
  void packet(const RtpPacket& packet, bool after_gap, UnitSink& sink);
  /// Changes whenever parameter_sets() do.
  std::uint32_t version() const { return version_; }
  const ParameterSets& parameter_sets() const { return sets_; }
  bool waiting_for_key() const { return waiting_; }
  /// Nothing before the next key frame is of use: the user could not take the last unit.
  void wait_for_key() { waiting_ = true; }

 private:
  /// What a NAL unit is to us.
  enum class Kind : std::uint8_t { picture, key_picture, kept, vps, sps, pps, delimiter, ignored, bad };
  Kind kind_of(std::string_view nal) const;
  bool begins_picture(std::string_view nal) const;

  void open(std::uint32_t timestamp);
  void payload_h264(std::string_view payload, UnitSink& sink);
  void payload_h265(std::string_view payload, UnitSink& sink);
  void aggregate(std::string_view payload, UnitSink& sink);
  void begin_fragment(std::string_view header, std::string_view first);
  void continue_fragment(std::string_view part);
  void end_fragment();
  void nal(std::string_view nal);
  void picture(std::string_view nal, Kind kind);
  void looked_at(std::string_view nal, Kind kind);
  void spoil(UnitSink& sink);
  void finish(UnitSink& sink);
  bool settle_sets();
  void count_drop(UnitSink& sink);
  void clear();

  const media::Codec codec_;
  const bool numbers_;  // H.265: decoding order numbers stand in the payloads

  std::string unit_;
  std::uint32_t timestamp_ = 0;
  bool open_ = false;  // a unit is being gathered
  bool broken_ = false;  // something of it is missing
  bool suspect_ = true;  // its first packet came after a gap: its beginning may be missing
  bool gap_ = true;  // the next unit is suspect
  bool has_picture_ = false, key_ = false, bidirectional_ = false, leading_ = false, random_access_ = false;
  bool in_fragment_ = false;
  std::size_t fragment_at_ = 0;  // of its length in unit_

  bool waiting_ = true;
  bool lost_ = false;  // something was dropped since the last unit
  bool skip_leading_ = false;  // H.265: pictures that lean on what was before a random access point
  bool marker_lies_ = false;  // this camera sets it within a picture
  bool any_sent_ = false, any_dropped_ = false;
  std::uint32_t sent_timestamp_ = 0, dropped_timestamp_ = 0;
  std::size_t usual_ = 0, usual_key_ = 0;

  ParameterSets sets_, gathered_;
  std::uint32_t version_ = 1;
};

/// AAC (RFC 3640, also several or part of a frame in a packet) and G.711.
class AudioDepacketiser {
 public:
  struct Format {
    media::Codec codec = media::Codec::aac;
    unsigned size_length = 13, index_length = 3, index_delta_length = 3;
    std::uint32_t frame_ticks = 1'024;  ///< AAC: a frame's length in the clock of RTP
    std::uint32_t channels = 1;
  };
  explicit AudioDepacketiser(Format format) : format_(format) {}
  void packet(const RtpPacket& packet, bool after_gap, UnitSink& sink);
  std::uint32_t ticks_of(const Unit& unit) const;

 private:
  bool aac(const RtpPacket& packet, UnitSink& sink);

  Format format_;
  std::string partial_;  // of a frame in several packets
  std::size_t partial_size_ = 0;
  std::uint32_t partial_timestamp_ = 0;
};

}  // namespace qala::rtsp
