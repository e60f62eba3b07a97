#pragma once

#include <string>
#include <string_view>

#include "footage/export.h"

namespace qala::footage {

constexpr std::string_view kVideoFile = "video.mp4", kManifestFile = "manifest.json", kSignatureFile = "manifest.sig";

/// SHA-256 of the 32 bytes in hex, in groups of four.
std::string fingerprint_of(std::string_view public_key);

}  // namespace qala::footage
