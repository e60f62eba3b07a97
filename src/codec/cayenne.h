#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/wire.h"

namespace qala::codec {

/// Cayenne Low Power Payload, which needs no script:
///
///   payload = { channel:u8 type:u8 value }     value big endian, its size and scale by the type
///
/// Decoded: {"data":{"temperature_3":27.2,"gps_1":{"latitude":…,"longitude":…,"altitude":…}}}, as The Things Stack
/// names them. What follows an unknown type cannot be read: what came before is kept, with a warning.
Answer decode_cayenne(std::string_view bytes);

/// The way back, of a JSON object with such names: {"bytes":"0367010f"}. `port` is told if given.
Answer encode_cayenne(std::string_view data, std::optional<std::uint8_t> port);

/// Either, by the routine of `run`.
Answer run_cayenne(const Run& run);

}  // namespace qala::codec
