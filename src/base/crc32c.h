#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace qala {

/// CRC-32C (Castagnoli, reflected 0x82F63B78, as in iSCSI RFC 3720). `crc` continues an earlier one.
/// crc32c("123456789") is 0xE3069283.
std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t crc = 0);

}  // namespace qala
