// Answers and requests of cameras, with the headers that we read: views lie within the bytes; challenges are answered.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "rtsp/auth.h"
#include "rtsp/message.h"
#include "rtsp/url.h"

using namespace qala::rtsp;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  Message message;
  for (std::size_t taken = 0; parse_message(bytes, message, taken) == Parsed::complete; bytes.remove_prefix(taken)) {
    if (taken == 0 || taken > bytes.size() || message.body.size() > taken) std::abort();
    const auto session = parse_session(message.header("Session").value_or(""));
    if (session.timeout_s < 2 || session.timeout_s > 3'600) std::abort();
    const auto transport = parse_transport(message.header("Transport").value_or(""));
    if (transport.interleaved && transport.interleaved->first > 65'535) std::abort();
    Authenticator authenticator("user", "password");
    if (authenticator.challenge(message) && authenticator.authorization("PLAY", "rtsp://x/", "n").empty()) std::abort();
    if (const auto url = parse_url(message.header("Content-Base").value_or(""))) {
      if (url->host.empty() || url->port == 0) std::abort();
    }
  }
  return 0;
}
