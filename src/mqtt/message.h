#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "mqtt/journal.h"

namespace qala::mqtt {

/// What a new message is made of; the views are copied.
struct MessageParts {
  std::string_view topic{};
  std::string_view payload{};
  std::string_view forward{};  ///< properties to pass on, encoded
  std::uint8_t qos = 0;
  bool retain = false;
  bool durable = false;         ///< must survive the program wherever it is kept
  std::int64_t expires_ms = 0;  ///< UTC; 0: never; below 0: of a will, how long it lives from its publishing on
};

/// A published message, shared by all who are to receive it: one allocation, immutable but for the book-keeping.
/// Network thread only, so the count of references needs no atomic.
class Message {
 public:
  static Message* make(const MessageParts& parts);

  std::string_view topic() const { return {text(), topic_size_}; }
  std::string_view forward() const { return {text() + topic_size_, forward_size_}; }
  std::string_view payload() const { return {text() + topic_size_ + forward_size_, payload_size_}; }
  /// Bytes that it counts for where bytes are limited.
  std::size_t size() const { return std::size_t{topic_size_} + forward_size_ + payload_size_; }

  std::int64_t expires_ms = 0;
  std::uint64_t stored_number = 0;      ///< 0: not in the store
  std::uint32_t stored_references = 0;  ///< queues and retained topics in the store that point to it
  Journal::Position stored_at;
  std::uint8_t qos = 0;
  bool retain = false;
  bool durable = false;

 private:
  friend class MessagePtr;
  Message() = default;
  const char* text() const { return reinterpret_cast<const char*>(this + 1); }
  void release();

  std::uint32_t references_ = 0;
  std::uint32_t topic_size_ = 0, forward_size_ = 0, payload_size_ = 0;
};

/// Shares a Message.
class MessagePtr {
 public:
  MessagePtr() = default;
  explicit MessagePtr(Message* message) : message_(message) {
    if (message_) message_->references_++;
  }
  MessagePtr(const MessagePtr& other) : MessagePtr(other.message_) {}
  MessagePtr(MessagePtr&& other) noexcept : message_(std::exchange(other.message_, nullptr)) {}
  MessagePtr& operator=(MessagePtr other) noexcept {
    std::swap(message_, other.message_);
    return *this;
  }
  ~MessagePtr() {
    if (message_ && --message_->references_ == 0) message_->release();
  }
  Message* operator->() const { return message_; }
  Message& operator*() const { return *message_; }
  explicit operator bool() const { return message_ != nullptr; }

 private:
  Message* message_ = nullptr;
};

inline MessagePtr make_message(const MessageParts& parts) { return MessagePtr(Message::make(parts)); }

}  // namespace qala::mqtt
