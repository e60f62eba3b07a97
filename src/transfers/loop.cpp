#include "transfers/loop.h"

#include <curl/curl.h>
#include <pthread.h>

#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

namespace qala::transfers {

using Errand = std::unique_ptr<Transfer>;

struct Loop::Impl {
  explicit Impl(LoopOptions with) : options(std::move(with)) {
    static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
    static_cast<void>(started);
    multi = curl_multi_init();
    thread = std::thread([this] { run(); });
    pthread_setname_np(thread.native_handle(), options.name.c_str());
  }
  ~Impl() { curl_multi_cleanup(multi); }

  std::deque<Errand> take(std::size_t most) {
    const std::lock_guard lock(mutex);
    std::deque<Errand> out;
    for (; !waiting.empty() && out.size() < most; waiting.pop_front()) out.push_back(std::move(waiting.front()));
    return out;
  }

  void run() {
    while (!over()) {
      if (!stopping) {
        for (Errand& errand : take(options.at_once - under_way.size())) start(std::move(errand));
      }
      int running = 0;
      curl_multi_perform(multi, &running);
      reap();
      if (!over()) curl_multi_poll(multi, nullptr, 0, stopping ? 50 : 1000, nullptr);
    }
    for (auto& [handle, errand] : under_way) {
      curl_multi_remove_handle(multi, handle);
      errand->cut_off();
    }
    under_way.clear();
    for (Errand& errand : take(options.most_waiting)) errand->cut_off();
  }

  bool over() const { return stopping && (under_way.empty() || std::chrono::steady_clock::now() >= until.load()); }

  void start(Errand errand) {
    CURL* const handle = errand->handle();
    if (!handle) return errand->finish(CURLE_FAILED_INIT);
    curl_multi_add_handle(multi, handle);
    under_way.emplace(handle, std::move(errand));
  }

  void reap() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const CURLcode result = message->data.result;
      const auto at = under_way.find(message->easy_handle);
      curl_multi_remove_handle(multi, at->first);
      const Errand errand = std::move(at->second);
      under_way.erase(at);
      errand->finish(result);
    }
  }

  const LoopOptions options;
  CURLM* multi = nullptr;
  std::map<CURL*, Errand> under_way;  ///< the loop's thread
  std::mutex mutex;                   ///< guards waiting
  std::deque<Errand> waiting;
  std::atomic<bool> stopping = false;
  std::atomic<std::chrono::steady_clock::time_point> until{};
  std::thread thread;
};

Loop::Loop(LoopOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}

Loop::~Loop() { stop(std::chrono::milliseconds(0)); }

Loop::Taken Loop::send(std::unique_ptr<Transfer>& transfer) {
  {
    const std::lock_guard lock(impl_->mutex);
    if (impl_->stopping) return Taken::ending;
    if (impl_->waiting.size() >= impl_->options.most_waiting) return Taken::full;
    impl_->waiting.push_back(std::move(transfer));
  }
  curl_multi_wakeup(impl_->multi);
  return Taken::yes;
}

void Loop::stop(std::chrono::milliseconds grace) {
  if (!impl_->thread.joinable()) return;
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->until = std::chrono::steady_clock::now() + grace;
    impl_->stopping = true;
  }
  curl_multi_wakeup(impl_->multi);
  impl_->thread.join();
}

}  // namespace qala::transfers
