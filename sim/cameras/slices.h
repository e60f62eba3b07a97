#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "sim/cameras/bits.h"

namespace qala::sim {

// As much of H.264 as it takes to put slices of our own beside those of an encoder: the heads of parameter sets and
// slices are read, and slices of flat, raw and skipped macroblocks are written (CAVLC, frames only).

/// What of SPS and PPS a slice head depends on.
struct ParameterSets {
  std::uint32_t profile = 0, constraints = 0, level = 0;
  int log2_frame_num = 4;
  int poc_type = 0;
  int log2_poc = 4;
  std::uint32_t columns = 0, rows = 0;  ///< macroblocks
  std::uint32_t pps_id = 0;
  bool cabac = false;
  bool bottom_poc = false;  ///< bottom_field_pic_order_in_frame_present_flag
  std::int32_t qp = 26;     ///< pic_init_qp
  bool deblocking_control = false;
  bool redundant_count = false;
};
/// `sps` and `pps` are NAL units. An error if slices of ours could not stand beside theirs, or they are damaged.
Result<ParameterSets> read_parameter_sets(std::string_view sps, std::string_view pps);

struct SliceHead {
  std::uint32_t first_mb = 0;
  std::uint32_t type = 0;  ///< 0 or 5: P, 2 or 7: I
  std::uint8_t nal = 0;    ///< the header byte of its NAL unit
  std::uint32_t frame_num = 0;
  std::uint32_t idr_pic_id = 0;
  std::uint32_t poc = 0;
  bool idr() const { return (nal & 0x1F) == 5; }
  bool intra() const { return type % 5 == 2; }
};
Result<SliceHead> read_slice_head(const ParameterSets& sets, std::string_view nal);

/// One slice being written, macroblock by macroblock from `head.first_mb` on. Deblocking is off in it: edges stay
/// sharp.
class SliceWriter {
 public:
  /// At the QP of ours one step of a flat macroblock's level is 4 greys, exactly.
  static constexpr int kQp = 40;
  static constexpr int kStep = 4;

  SliceWriter(const ParameterSets& sets, const SliceHead& head);

  /// All of one grey: what the macroblocks to the left and above (of this slice) foretell, or 128, plus 4 * `level`.
  void flat(int level);
  /// The line above goes on downwards.
  void downwards();
  /// 256 greys, row by row; no colour.
  void raw(const std::uint8_t* luma, int stride);
  /// As in the picture before; P slices only.
  void skip(std::uint32_t count = 1) { skipped_ += count; }
  std::string finish();

 private:
  void begin_macroblock(std::uint32_t type);

  BitWriter bits_;
  SliceHead head_;
  std::uint32_t skipped_ = 0;
};

}  // namespace qala::sim
