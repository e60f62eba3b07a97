#pragma once

namespace qala::sandbox {

/// x to the power of y to the last bit as V8 has it, which takes fdlibm's algorithm; the C library's is more exact in
/// about one of twelve cases, and a codec must give what its maker saw. Also stands in for the C library's pow() in
/// this program (`**` of the engine calls that).
double power(double x, double y);

}  // namespace qala::sandbox
