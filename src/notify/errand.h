#pragma once

#include <curl/curl.h>

#include <string>

#include "notify/courier.h"
#include "transfers/loop.h"

namespace qala::notify {

/// One parcel on its way: libcurl's handle and what its callbacks gather. Stays where it is while it is under way.
/// Only courier.cpp includes this.
class Errand final : public transfers::Transfer {
 public:
  Errand(Parcel parcel, Carrier::Done done, const CourierOptions& options);
  Errand(const Errand&) = delete;
  ~Errand() override;

  /// Null: it cannot be sent at all, and `refusal_` says why.
  void* handle() override { return refusal_.empty() ? handle_ : nullptr; }
  void finish(int code) override;
  void cut_off() override { done_({.fate = Fate::later, .words = "cut off: the program ends"}); }

 private:
  void prepare_mail();
  void prepare_http();
  template <class T>
  void set(CURLoption option, T value) {
    curl_easy_setopt(handle_, option, value);
  }
  Outcome mail_outcome(CURLcode result, long code) const;
  Outcome http_outcome(CURLcode result, long code) const;
  std::string hindrance(CURLcode result) const;

  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_read(char* data, std::size_t size, std::size_t count, void* self);
  static curl_socket_t on_socket(void* self, curlsocktype purpose, curl_sockaddr* address);

  Parcel parcel_;
  Carrier::Done done_;
  const CourierOptions& options_;
  CURL* handle_;
  curl_slist* list_ = nullptr;  ///< headers or recipients
  char error_[CURL_ERROR_SIZE] = {};
  std::string refusal_;   ///< by the guard
  std::string last_line_;  ///< of the other side's headers
  std::string answer_;    ///< beginning of the body
  std::size_t received_ = 0, read_ = 0;
  std::int64_t retry_after_ = 0;
};

}  // namespace qala::notify
