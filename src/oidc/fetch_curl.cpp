#include <mutex>

#include <curl/curl.h>

#include "oidc/fetch.h"
#include "oidc/text.h"

namespace qala::oidc {

namespace {

constexpr std::size_t kLargest = 1 << 20;

std::size_t take(char* bytes, std::size_t size, std::size_t count, void* into) {
  auto& body = *static_cast<std::string*>(into);
  if (body.size() + size * count > kLargest) return 0;  // ends the transfer
  body.append(bytes, size * count);
  return size * count;
}

class CurlFetch final : public Fetch {
 public:
  CurlFetch(std::string ca_file, std::chrono::milliseconds limit) : ca_file_(std::move(ca_file)), limit_(limit) {
    static std::once_flag once;
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
    curl_ = curl_easy_init();
  }
  ~CurlFetch() override { curl_easy_cleanup(curl_); }

  Result<FetchAnswer> fetch(const FetchRequest& request) override {
    if (!curl_) return fail(ErrorKind::unavailable, "libcurl does not start");
    if (!is_usable_url(request.url))
      return fail(ErrorKind::denied, request.url + ": only https is asked, or http on this machine itself");
    FetchAnswer answer;
    curl_easy_reset(curl_);  // connections are kept
    set_up(request, answer.body);
    curl_slist* headers = curl_slist_append(nullptr, "Accept: application/json");
    if (!request.bearer.empty())
      headers = curl_slist_append(headers, ("Authorization: Bearer " + request.bearer).c_str());
    curl_easy_setopt(curl_, CURLOPT_HTTPHEADER, headers);
    const CURLcode code = curl_easy_perform(curl_);
    curl_slist_free_all(headers);
    const std::string where = request.url.substr(0, request.url.find('?'));
    if (code == CURLE_OPERATION_TIMEDOUT) return fail(ErrorKind::timeout, where + ": no answer in time");
    if (code == CURLE_WRITE_ERROR) return fail(ErrorKind::corrupt, where + ": the answer is longer than 1 MiB");
    if (code != CURLE_OK) return fail(ErrorKind::unavailable, where + ": " + curl_easy_strerror(code));
    curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &answer.status);
    return answer;
  }

 private:
  void set_up(const FetchRequest& request, std::string& body) {
    const auto set = [this](CURLoption option, auto value) { curl_easy_setopt(curl_, option, value); };
    const bool secure = request.url.starts_with("https://");
    set(CURLOPT_URL, request.url.c_str());
    set(CURLOPT_PROTOCOLS_STR, secure ? "https" : "http");
    if (!secure) set(CURLOPT_NOPROXY, "*");  // this machine needs no proxy
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(limit_.count()));
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limit_.count() / 2));
    set(CURLOPT_SSL_VERIFYPEER, 1L);
    set(CURLOPT_SSL_VERIFYHOST, 2L);
    if (!ca_file_.empty()) set(CURLOPT_CAINFO, ca_file_.c_str());
    set(CURLOPT_USERAGENT, "Qala");
    set(CURLOPT_WRITEFUNCTION, take);
    set(CURLOPT_WRITEDATA, &body);
    if (!request.user.empty()) {
      set(CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
      set(CURLOPT_USERNAME, request.user.c_str());
      set(CURLOPT_PASSWORD, request.password.c_str());
    }
    if (!request.form.empty()) {
      set(CURLOPT_POSTFIELDSIZE, static_cast<long>(request.form.size()));
      set(CURLOPT_COPYPOSTFIELDS, request.form.c_str());
    }
  }

  std::string ca_file_;
  std::chrono::milliseconds limit_;
  CURL* curl_ = nullptr;
};

}  // namespace

std::unique_ptr<Fetch> make_curl_fetch(std::string ca_file, std::chrono::milliseconds limit) {
  return std::make_unique<CurlFetch>(std::move(ca_file), limit);
}

}  // namespace qala::oidc
