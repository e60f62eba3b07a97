#include "onvif/post.h"

#include <curl/curl.h>

#include <functional>
#include <memory>

#include "base/threads.h"
#include "onvif/limits.h"
#include "transfers/loop.h"

namespace qala::onvif {

namespace asio = boost::asio;

namespace {

using Done = std::function<void(Result<Reply>)>;

/// One letter under way. Stays where it is: libcurl points to it.
class Delivery final : public transfers::Transfer {
 public:
  Delivery(Letter letter, Done done) : letter_(std::move(letter)), done_(std::move(done)), handle_(curl_easy_init()) {
    if (!handle_) return;
    set(CURLOPT_URL, letter_.url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_PROXY, "");
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_SSL_VERIFYPEER, 0L);
    set(CURLOPT_SSL_VERIFYHOST, 0L);
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(letter_.deadline.count()));
    set(CURLOPT_CONNECTTIMEOUT_MS, 4'000L);
    set(CURLOPT_USERAGENT, "Qala");
    set(CURLOPT_ERRORBUFFER, error_);
    if (!letter_.user.empty()) {
      set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_DIGEST));
      set(CURLOPT_USERNAME, letter_.user.c_str());
      set(CURLOPT_PASSWORD, letter_.password.c_str());
    }
    const std::string type = "Content-Type: application/soap+xml; charset=utf-8; action=\"" + letter_.action + "\"";
    headers_ = curl_slist_append(headers_, type.c_str());
    headers_ = curl_slist_append(headers_, "Expect:");
    set(CURLOPT_HTTPHEADER, headers_);
    set(CURLOPT_POST, 1L);
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(letter_.body.size()));
    set(CURLOPT_POSTFIELDS, letter_.body.data());
    set(CURLOPT_WRITEFUNCTION, &Delivery::on_body);
    set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  }
  Delivery(const Delivery&) = delete;
  ~Delivery() override {
    curl_easy_cleanup(handle_);
    curl_slist_free_all(headers_);
  }

  void* handle() override { return handle_; }
  void cut_off() override { done_(fail(ErrorKind::cancelled, "the program ends")); }

  void finish(int how) override {
    const auto result = static_cast<CURLcode>(how);
    long status = 0;
    curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &status);
    if (too_long_) return done_(fail(ErrorKind::full, "the device's answer is too long"));
    if (result != CURLE_OK || status == 0) {
      const std::string why = error_[0] != 0 ? error_ : curl_easy_strerror(result);
      return done_(fail(result == CURLE_OPERATION_TIMEDOUT ? ErrorKind::timeout : ErrorKind::unavailable, why));
    }
    done_(Reply{.status = static_cast<unsigned>(status), .body = std::move(body_)});
  }

 private:
  template <class T>
  void set(CURLoption option, T value) {
    curl_easy_setopt(handle_, option, value);
  }
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self) {
    auto& delivery = *static_cast<Delivery*>(self);
    const std::size_t bytes = size * count;
    delivery.too_long_ = delivery.body_.size() + bytes > Limits::kAnswer;
    if (delivery.too_long_) return 0;
    delivery.body_.append(data, bytes);
    return bytes;
  }

  Letter letter_;
  Done done_;
  CURL* handle_;
  curl_slist* headers_ = nullptr;
  char error_[CURL_ERROR_SIZE] = {};
  std::string body_;
  bool too_long_ = false;
};

}  // namespace

struct CurlPost::Impl {
  transfers::Loop loop{transfers::LoopOptions{.name = "onvif", .at_once = kAtOnce, .most_waiting = kMostWaiting}};

  void post(Letter letter, const Done& done) {
    std::unique_ptr<transfers::Transfer> delivery = std::make_unique<Delivery>(std::move(letter), done);
    switch (loop.send(delivery)) {
      case transfers::Loop::Taken::yes: return;
      case transfers::Loop::Taken::full: return done(fail(ErrorKind::cancelled, "too many questions to cameras"));
      case transfers::Loop::Taken::ending: return delivery->cut_off();
    }
  }
};

CurlPost::CurlPost() : impl_(std::make_unique<Impl>()) {}

CurlPost::~CurlPost() { stop(); }

void CurlPost::stop() { impl_->loop.stop(std::chrono::milliseconds(0)); }

asio::awaitable<Result<Reply>> CurlPost::send(Letter letter) {
  return answer_of<Result<Reply>>(
      [this, letter = std::move(letter)](const Done& done) mutable { impl_->post(std::move(letter), done); });
}

}  // namespace qala::onvif
