#pragma once

#include <cstddef>

namespace qala::onvif {

/// What is taken from a camera at most; more is refused (whole answers) or left out (of lists and texts).
struct Limits {
  static constexpr std::size_t kAnswer = 512 * 1024, kDatagram = 64 * 1024;  ///< bytes
  static constexpr std::size_t kText = 120, kToken = 200, kUrl = 500;        ///< bytes
  static constexpr std::size_t kServices = 64, kProfiles = 32, kPresets = 256, kMessages = 200, kAddresses = 8;
  static constexpr std::size_t kDevices = 1000;   ///< of one search
  static constexpr std::size_t kSources = 64;     ///< of events of one camera
  static constexpr std::size_t kReference = 4096;  ///< bytes of a subscription's own headers
};

}  // namespace qala::onvif
