// After e_pow.c of fdlibm, Copyright (C) 1993 by Sun Microsystems, Inc. All rights reserved. Permission to use, copy,
// modify, and distribute that software is freely granted, provided that this notice is preserved.
//
// x = 2^n (1 + f); log2(x) = n + log2(1 + f) in two parts of a double each, y times that likewise, and 2 to the power
// of the sum. The order of every operation matters: it is what makes the last bit.
#include "sandbox/power.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace qala::sandbox {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::int32_t high(double x) { return static_cast<std::int32_t>(std::bit_cast<std::uint64_t>(x) >> 32); }
std::uint32_t low(double x) { return static_cast<std::uint32_t>(std::bit_cast<std::uint64_t>(x)); }
double with_high(double x, std::int32_t word) {
  return std::bit_cast<double>(std::uint64_t{static_cast<std::uint32_t>(word)} << 32 | low(x));
}
double head(double x) { return std::bit_cast<double>(std::bit_cast<std::uint64_t>(x) & 0xffffffff00000000); }

/// A number as the sum of two, the first with half the digits.
struct Two {
  double head, tail;
};

/// log2(x) for x next to 1, whatever y is huge enough for.
Two log2_near_one(double x) {
  constexpr double kInverse = 1.44269504088896338700e+00, kInverseHead = 1.44269502162933349609e+00,
                   kInverseTail = 1.92596299112661746887e-08;
  const double t = x - 1;
  const double w = (t * t) * (0.5 - t * (0.3333333333333333333333 - t * 0.25));
  const double u = kInverseHead * t, v = t * kInverseTail - w * kInverse;
  const double sum = head(u + v);
  return {sum, v - (sum - u)};
}

Two log2_of(double x) {
  constexpr double kBase[] = {1.0, 1.5}, kBaseHead[] = {0.0, 5.84962487220764160156e-01},
                   kBaseTail[] = {0.0, 1.35003920212974897128e-08};
  constexpr double kL1 = 5.99999999999994648725e-01, kL2 = 4.28571428578550184252e-01, kL3 = 3.33333329818377432918e-01,
                   kL4 = 2.72728123808534006489e-01, kL5 = 2.30660745775561754067e-01, kL6 = 2.06975017800338417784e-01;
  constexpr double kC = 9.61796693925975554329e-01, kCHead = 9.61796700954437255859e-01,
                   kCTail = -7.02846165095275826516e-09;  // 2 / (3 ln 2)
  int n = 0;
  std::int32_t word = high(x);
  if (word < 0x00100000) {
    x *= 9007199254740992.0;
    n -= 53;
    word = high(x);
  }
  n += (word >> 20) - 0x3ff;
  const std::int32_t fraction = word & 0x000fffff;
  word = fraction | 0x3ff00000;
  int k = 0;
  if (fraction > 0x3988e && fraction < 0xbb67a) {
    k = 1;
  } else if (fraction >= 0xbb67a) {
    n++;
    word -= 0x00100000;
  }
  x = with_high(x, word);
  double u = x - kBase[k], v = 1 / (x + kBase[k]);
  const double ss = u * v, s_head = head(ss);
  const double base = with_high(0, ((word >> 1) | 0x20000000) + 0x00080000 + (k << 18));
  const double s_tail = v * ((u - s_head * base) - s_head * (x - (base - kBase[k])));
  double s2 = ss * ss;
  double r = s2 * s2 * (kL1 + s2 * (kL2 + s2 * (kL3 + s2 * (kL4 + s2 * (kL5 + s2 * kL6)))));
  r += s_tail * (s_head + ss);
  s2 = s_head * s_head;
  const double t_head = head(3.0 + s2 + r), t_tail = r - ((t_head - 3.0) - s2);
  u = s_head * t_head;
  v = s_tail * t_head + t_tail * ss;
  const double p_head = head(u + v), p_tail = v - (p_head - u);
  const double z_head = kCHead * p_head, z_tail = kCTail * p_head + p_tail * kC + kBaseTail[k];
  const double t = n;
  const double sum = head(((z_head + z_tail) + kBaseHead[k]) + t);
  return {sum, z_tail - (((sum - t) - kBaseHead[k]) - z_head)};
}

/// sign * 2^(p.head + p.tail)
double exp2_of(Two p, double sign) {
  constexpr double kP1 = 1.66666666666666019037e-01, kP2 = -2.77777777770155933842e-03,
                   kP3 = 6.61375632143793436117e-05, kP4 = -1.65339022054652515390e-06,
                   kP5 = 4.13813679705723846039e-08;
  constexpr double kLn2 = 6.93147180559945286227e-01, kLn2Head = 6.93147182464599609375e-01,
                   kLn2Tail = -1.90465429995776804525e-09;
  constexpr double kOverflowTail = 8.0085662595372944372e-17;  // -(1024 - log2(overflow + half a unit))
  double z = p.tail + p.head;
  std::int32_t word = high(z);
  if (word >= 0x40900000) {
    if (((word - 0x40900000) | static_cast<std::int32_t>(low(z))) != 0 || p.tail + kOverflowTail > z - p.head) {
      return sign * kInfinity;
    }
  } else if ((word & 0x7fffffff) >= 0x4090cc00) {
    const std::uint32_t over = static_cast<std::uint32_t>(word) - 0xc090cc00u;
    if ((over | low(z)) != 0 || p.tail <= z - p.head) return sign * 0.0;
  }
  const std::int32_t size = word & 0x7fffffff;
  int k = (size >> 20) - 0x3ff, n = 0;
  if (size > 0x3fe00000) {
    n = word + (0x00100000 >> (k + 1));
    k = ((n & 0x7fffffff) >> 20) - 0x3ff;
    const double t = with_high(0, n & ~(0x000fffff >> k));
    n = ((n & 0x000fffff) | 0x00100000) >> (20 - k);
    if (word < 0) n = -n;
    p.head -= t;
  }
  double t = head(p.tail + p.head);
  const double u = t * kLn2Head, v = (p.tail - (t - p.head)) * kLn2 + t * kLn2Tail;
  z = u + v;
  const double w = v - (z - u);
  t = z * z;
  const double t1 = z - t * (kP1 + t * (kP2 + t * (kP3 + t * (kP4 + t * kP5))));
  // fdlibm takes the last term from the quotient, V8 from the divisor.
  const double r = (z * t1) / ((t1 - 2.0) - (w + z * w));
  z = 1.0 - (r - z);
  word = high(z) + static_cast<std::int32_t>(static_cast<std::uint32_t>(n) << 20);
  return sign * ((word >> 20) <= 0 ? std::scalbn(z, n) : with_high(z, word));
}

}  // namespace

double power(double x, double y) {
  if (y == 0) return 1;
  if (std::isnan(x) || std::isnan(y)) return kNan;
  const double size = std::abs(x);
  const bool whole = std::trunc(y) == y;
  const bool odd = whole && std::abs(y) < 9007199254740992.0 && std::fmod(y, 2) != 0;
  if (std::isinf(y)) {
    if (size == 1) return kNan;
    return (size > 1) == (y > 0) ? kInfinity : 0.0;
  }
  if (y == 1) return x;
  if (y == -1) return 1 / x;
  if (y == 2) return x * x;
  if (y == 0.5 && x >= 0) return std::sqrt(x);
  if (size == 0 || std::isinf(size) || size == 1) {
    const double z = y < 0 ? 1 / size : size;
    if (!std::signbit(x)) return z;
    if (size == 1 && !whole) return kNan;
    return odd ? -z : z;
  }
  if (x < 0 && !whole) return kNan;
  const double sign = x < 0 && odd ? -1 : 1;
  Two log{};
  if (std::abs(y) > 2147483648.0) {
    // Only next to 1 is the result neither nothing nor infinite.
    if (high(size) < 0x3fefffff) return sign * (y < 0 ? kInfinity : 0.0);
    if (high(size) > 0x3ff00000) return sign * (y > 0 ? kInfinity : 0.0);
    log = log2_near_one(size);
  } else {
    log = log2_of(size);
  }
  const double y_head = head(y);
  return exp2_of({y_head * log.head, (y - y_head) * log.head + y * log.tail}, sign);
}

}  // namespace qala::sandbox

extern "C" __attribute__((visibility("default"))) double pow(double x, double y) noexcept {
  // C wants 1 where JavaScript wants no number; the engine sees to that itself.
  if (x == 1 || (x == -1 && std::isinf(y))) return 1;
  return qala::sandbox::power(x, y);
}
