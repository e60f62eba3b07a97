#include "rtsp/client.h"

namespace qala::rtsp {

std::string_view name_of(State state) {
  switch (state) {
    case State::idle: return "idle";
    case State::connecting: return "connecting";
    case State::describing: return "describing";
    case State::setting_up: return "setting_up";
    case State::playing: return "playing";
    case State::stalled: return "stalled";
    case State::waiting: return "waiting";
  }
  return "unknown";
}

std::string_view name_of(Reason reason) {
  switch (reason) {
    case Reason::none: return "none";
    case Reason::refused: return "refused";
    case Reason::timeout: return "timeout";
    case Reason::wrong_password: return "wrong_password";
    case Reason::bad_answer: return "bad_answer";
    case Reason::bad_sdp: return "bad_sdp";
    case Reason::codec_unsupported: return "codec_unsupported";
    case Reason::no_key_frame: return "no_key_frame";
    case Reason::no_data: return "no_data";
    case Reason::closed: return "closed";
    case Reason::bad_stream: return "bad_stream";
  }
  return "unknown";
}

}  // namespace qala::rtsp
