// Every parser of MQTT packets on any bytes, both versions: first byte of the input chooses the version and whether a
// client or a server sends, the rest is a stream of packets.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "mqtt/packet.h"
#include "mqtt/topic.h"

using namespace qala::mqtt;

namespace {

void parse(const Frame& frame, Version version) {
  Connect connect;
  Publish publish;
  Properties properties;
  Acknowledgement acknowledgement;
  Subscribe subscribe;
  Unsubscribe unsubscribe;
  Disconnect disconnect;
  switch (frame.type) {
    case PacketType::connect: parse_connect(frame, connect); break;
    case PacketType::publish:
      if (parse_publish(frame, version, publish, properties) == Code::success) {
        std::string out;
        write_publish(out, version,
                      {.topic = publish.topic,
                       .payload = publish.payload,
                       .forward = properties.forward,
                       .packet_id = publish.packet_id,
                       .qos = publish.qos});
        Frame again;
        if (next_frame(out, again) != FrameStatus::complete) __builtin_trap();
      }
      break;
    case PacketType::subscribe:
      if (parse_subscribe(frame, version, subscribe) == Code::success) {
        for (const auto& entry : subscribe.entries) {
          if (valid_topic_filter(entry.filter)) topic_matches(split_shared(entry.filter).filter, "a/b/c");
        }
      }
      break;
    case PacketType::unsubscribe: parse_unsubscribe(frame, version, unsubscribe); break;
    case PacketType::disconnect: parse_disconnect(frame, version, disconnect); break;
    case PacketType::pingreq: parse_empty(frame); break;
    default: parse_acknowledgement(frame, version, acknowledgement);
  }
}

/// What a client reads of a server.
void parse_answer(const Frame& frame, Version version) {
  Publish publish;
  Properties properties;
  Connack connack;
  Suback suback;
  Acknowledgement acknowledgement;
  Disconnect disconnect;
  switch (frame.type) {
    case PacketType::connack: parse_connack(frame, version, connack); break;
    case PacketType::publish: parse_publish(frame, version, publish, properties, PropertyPlace::server_publish); break;
    case PacketType::suback: parse_suback(frame, version, suback); break;
    case PacketType::disconnect: parse_disconnect(frame, version, disconnect, PropertyPlace::server_disconnect); break;
    case PacketType::pingresp: parse_empty(frame); break;
    default: parse_acknowledgement(frame, version, acknowledgement);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto version = data[0] & 1 ? Version::v5 : Version::v311;
  std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  for (Frame frame; next_frame(bytes, frame) == FrameStatus::complete; bytes.remove_prefix(frame.size)) {
    if (data[0] & 2) parse_answer(frame, version);
    else parse(frame, version);
  }
  return 0;
}
