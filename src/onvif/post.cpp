#include "onvif/post.h"

#include <curl/curl.h>
#include <pthread.h>

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "onvif/limits.h"

namespace qala::onvif {

namespace asio = boost::asio;

namespace {

using Done = std::function<void(Result<Reply>)>;

/// One letter under way. Stays where it is: libcurl points to it.
class Transfer {
 public:
  Transfer(Letter letter, Done done) : letter_(std::move(letter)), done_(std::move(done)), handle_(curl_easy_init()) {
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
    set(CURLOPT_WRITEFUNCTION, &Transfer::on_body);
    set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  }
  Transfer(const Transfer&) = delete;
  ~Transfer() {
    curl_easy_cleanup(handle_);
    curl_slist_free_all(headers_);
  }

  CURL* handle() const { return handle_; }
  void cut_off() { done_(fail(ErrorKind::cancelled, "the program ends")); }

  void finish(CURLcode result) {
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
    auto& transfer = *static_cast<Transfer*>(self);
    const std::size_t bytes = size * count;
    transfer.too_long_ = transfer.body_.size() + bytes > Limits::kAnswer;
    if (transfer.too_long_) return 0;
    transfer.body_.append(data, bytes);
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
  Impl() {
    static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
    static_cast<void>(started);
    multi = curl_multi_init();
    thread = std::thread([this] { run(); });
    pthread_setname_np(thread.native_handle(), "onvif");
  }
  ~Impl() { curl_multi_cleanup(multi); }

  struct Job {
    Letter letter;
    Done done;
  };

  std::deque<Job> take(std::size_t most) {
    const std::lock_guard lock(mutex);
    std::deque<Job> out;
    for (; !jobs.empty() && out.size() < most; jobs.pop_front()) out.push_back(std::move(jobs.front()));
    return out;
  }

  void post(Letter letter, Done done) {
    {
      const std::lock_guard lock(mutex);
      if (!stopping && jobs.size() < kMostWaiting) {
        jobs.push_back({std::move(letter), std::move(done)});
        done = nullptr;
      }
    }
    if (done) return done(fail(ErrorKind::cancelled, stopping ? "the program ends" : "too many questions to cameras"));
    curl_multi_wakeup(multi);
  }

  void run() {
    while (!stopping) {
      for (Job& job : take(kAtOnce - under_way.size())) {
        auto transfer = std::make_unique<Transfer>(std::move(job.letter), std::move(job.done));
        CURL* const handle = transfer->handle();
        if (!handle) {
          transfer->cut_off();
          continue;
        }
        curl_multi_add_handle(multi, handle);
        under_way.emplace(handle, std::move(transfer));
      }
      int running = 0;
      curl_multi_perform(multi, &running);
      reap();
      if (!stopping) curl_multi_poll(multi, nullptr, 0, 1000, nullptr);
    }
    for (auto& [handle, transfer] : under_way) {
      curl_multi_remove_handle(multi, handle);
      transfer->cut_off();
    }
    under_way.clear();
    for (Job& job : take(kMostWaiting)) job.done(fail(ErrorKind::cancelled, "the program ends"));
  }

  void reap() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const CURLcode result = message->data.result;
      const auto at = under_way.find(message->easy_handle);
      curl_multi_remove_handle(multi, at->first);
      const auto transfer = std::move(at->second);
      under_way.erase(at);
      transfer->finish(result);
    }
  }

  CURLM* multi = nullptr;
  std::map<CURL*, std::unique_ptr<Transfer>> under_way;  ///< its own thread
  std::mutex mutex;                                      ///< guards jobs
  std::deque<Job> jobs;
  std::atomic<bool> stopping = false;
  std::thread thread;
};

CurlPost::CurlPost() : impl_(std::make_unique<Impl>()) {}

CurlPost::~CurlPost() { stop(); }

void CurlPost::stop() {
  if (!impl_->thread.joinable()) return;
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
  }
  curl_multi_wakeup(impl_->multi);
  impl_->thread.join();
}

asio::awaitable<Result<Reply>> CurlPost::send(Letter letter) {
  const auto executor = co_await asio::this_coro::executor;
  co_return co_await asio::async_initiate<decltype(asio::use_awaitable), void(Result<Reply>)>(
      [this, executor](auto handler, Letter what) {
        // shared: std::function wants copyable jobs
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        impl_->post(std::move(what), [shared, executor](Result<Reply> reply) mutable {
          auto held = std::make_shared<Result<Reply>>(std::move(reply));
          asio::post(executor, [shared = std::move(shared), held] { (*shared)(std::move(*held)); });
        });
      },
      asio::use_awaitable, std::move(letter));
}

}  // namespace qala::onvif
