#pragma once

#include <memory>

#include "rtsp/client.h"
#include "video/services.h"
#include "video/wire.h"

namespace qala::video {

/// What plays the stream: our own RTSP client, or for every other kind of address (http, rtmp, …) an `ffmpeg` child
/// that copies what it finds, without decoding, as fragmented MP4 into a pipe: `stalled` after 5 s without a byte,
/// after 10 s (20 s while connecting) the child is ended and another one tried 3 s later. Without ffmpeg on this
/// machine such a stream stays `waiting` and says so in words.
std::unique_ptr<rtsp::Client> make_client(Services& services, const StreamSetup& setup, rtsp::Watcher& watcher);

/// Does only ffmpeg speak this?
bool is_odd(std::string_view url);

}  // namespace qala::video
