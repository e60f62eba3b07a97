#include "mqtt/message.h"

#include <cstring>
#include <new>

namespace qala::mqtt {

Message* Message::make(const MessageParts& parts) {
  const auto text_size = parts.topic.size() + parts.forward.size() + parts.payload.size();
  auto* message = new (::operator new(sizeof(Message) + text_size)) Message();
  message->topic_size_ = static_cast<std::uint32_t>(parts.topic.size());
  message->forward_size_ = static_cast<std::uint32_t>(parts.forward.size());
  message->payload_size_ = static_cast<std::uint32_t>(parts.payload.size());
  auto* out = reinterpret_cast<char*>(message + 1);
  for (const auto part : {parts.topic, parts.forward, parts.payload}) {
    if (!part.empty()) std::memcpy(out, part.data(), part.size());
    out += part.size();
  }
  message->qos = parts.qos;
  message->retain = parts.retain;
  message->durable = parts.durable;
  message->expires_ms = parts.expires_ms;
  return message;
}

void Message::release() {
  this->~Message();
  ::operator delete(this);
}

}  // namespace qala::mqtt
