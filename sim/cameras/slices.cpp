#include "sim/cameras/slices.h"

#include <cstdlib>

namespace qala::sim {

namespace {

constexpr std::size_t kHeadBytes = 64;

Error unfit(const std::string& why) { return fail(ErrorKind::invalid, "H.264 stream: " + why); }

// seq_parameter_set_data, 7.3.2.1.1, for profiles without chroma_format_idc.
Result<ParameterSets> read_sps(std::string_view nal) {
  BitReader in(nal);
  ParameterSets out;
  out.profile = in.bits(8);
  out.constraints = in.bits(8);
  out.level = in.bits(8);
  if (out.profile != 66 && out.profile != 77 && out.profile != 88)
    return unfit("profile " + std::to_string(out.profile));
  in.ue();
  out.log2_frame_num = static_cast<int>(in.ue()) + 4;
  out.poc_type = static_cast<int>(in.ue());
  if (out.poc_type == 0) out.log2_poc = static_cast<int>(in.ue()) + 4;
  if (out.poc_type == 1) return unfit("picture order of type 1");
  in.ue();  // max_num_ref_frames
  in.bit();
  out.columns = in.ue() + 1;
  out.rows = in.ue() + 1;
  const bool frames_only = in.bit();
  if (!in.good() || out.log2_frame_num > 16 || out.log2_poc > 16) return unfit("its SPS is damaged");
  if (!frames_only) return unfit("it is interlaced");
  return out;
}

}  // namespace

Result<ParameterSets> read_parameter_sets(std::string_view sps, std::string_view pps) {
  TRY(ParameterSets out, read_sps(sps));
  BitReader in(pps);
  out.pps_id = in.ue();
  in.ue();
  out.cabac = in.bit();
  out.bottom_poc = in.bit();
  const bool groups = in.ue() != 0;
  in.ue();
  in.ue();
  const bool weighted = in.bit();
  in.bits(2);
  out.qp = 26 + in.se();
  in.se();
  in.se();
  out.deblocking_control = in.bit();
  in.bit();
  out.redundant_count = in.bit();
  if (!in.good()) return unfit("its PPS is damaged");
  if (out.cabac || groups || weighted) return unfit("CABAC, slice groups or weighted prediction");
  return out;
}

Result<SliceHead> read_slice_head(const ParameterSets& sets, std::string_view nal) {
  BitReader in(nal, kHeadBytes);
  SliceHead out;
  if (nal.empty()) return unfit("an empty unit");
  out.nal = static_cast<std::uint8_t>(nal[0]);
  out.first_mb = in.ue();
  out.type = in.ue();
  in.ue();
  out.frame_num = in.bits(sets.log2_frame_num);
  if (out.idr()) out.idr_pic_id = in.ue();
  if (sets.poc_type == 0) out.poc = in.bits(sets.log2_poc);
  if (sets.poc_type == 0 && sets.bottom_poc) in.se();
  if (sets.redundant_count) in.ue();
  if (!in.good() || (out.type % 5 != 0 && out.type % 5 != 2)) return unfit("a slice that is neither I nor P");
  if (!out.intra() && in.bit()) in.ue();  // num_ref_idx_active_override
  if (!out.intra() && in.bit()) {
    for (std::uint32_t what = in.ue(); in.good() && what != 3; what = in.ue()) in.ue();
  }
  const bool referred = (out.nal & 0x60) != 0;
  if (referred && out.idr()) in.bits(2);
  if (referred && !out.idr() && in.bit()) return unfit("marks of its own on reference pictures");
  if (!in.good()) return unfit("the head of a slice is damaged");
  return out;
}

SliceWriter::SliceWriter(const ParameterSets& sets, const SliceHead& head) : head_(head) {
  BitWriter& out = bits_;
  out.ue(head.first_mb);
  out.ue(head.type);
  out.ue(sets.pps_id);
  out.bits(head.frame_num, sets.log2_frame_num);
  if (head.idr()) out.ue(head.idr_pic_id);
  if (sets.poc_type == 0) out.bits(head.poc, sets.log2_poc);
  if (sets.poc_type == 0 && sets.bottom_poc) out.se(0);
  if (sets.redundant_count) out.ue(0);
  if (!head.intra()) out.bits(0, 2);  // number of references, their order: as ever
  if ((head.nal & 0x60) != 0) out.bits(0, head.idr() ? 2 : 1);
  out.se(kQp - sets.qp);
  if (sets.deblocking_control) out.ue(1);
}

void SliceWriter::begin_macroblock(std::uint32_t type) {
  if (!head_.intra()) {
    bits_.ue(skipped_);
    skipped_ = 0;
  }
  bits_.ue(head_.intra() ? type : type + 5);
}

// Intra_16x16 without AC: its DC block has one coefficient at most. Table 9-5 for nC 0 and 1, 9.2.2 for the level.
void SliceWriter::flat(int level) {
  begin_macroblock(3);  // Intra_16x16, prediction by the mean, no AC, no chroma
  bits_.ue(0);
  bits_.se(0);
  if (level == 0) return bits_.bit(true);
  if (std::abs(level) == 1) {
    bits_.bits(0b01, 2);
    bits_.bit(level < 0);
  } else {
    bits_.bits(0b000101, 6);
    const int code = (level > 0 ? 2 * level - 2 : -2 * level - 1) - 2;
    if (code < 14) {
      bits_.bits(1, code + 1);
    } else if (code < 30) {
      bits_.bits(1, 15);
      bits_.bits(static_cast<std::uint64_t>(code - 14), 4);
    } else {
      bits_.bits(1, 16);
      bits_.bits(static_cast<std::uint64_t>(code - 30), 12);
    }
  }
  bits_.bit(true);  // no zeros before it
}

void SliceWriter::downwards() {
  begin_macroblock(1);  // Intra_16x16, vertical prediction
  bits_.ue(0);
  bits_.se(0);
  bits_.bit(true);
}

void SliceWriter::raw(const std::uint8_t* luma, int stride) {
  begin_macroblock(25);  // I_PCM
  bits_.align_zero();
  for (int y = 0; y < 16; y++) {
    for (int x = 0; x < 16; x++) bits_.byte(luma[y * stride + x]);
  }
  bits_.bytes(128, 128);
}

std::string SliceWriter::finish() {
  if (skipped_ > 0) bits_.ue(skipped_);
  return bits_.nal(head_.nal);
}

}  // namespace qala::sim
