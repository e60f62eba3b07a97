#include "notify/courier.h"

#include <pthread.h>

#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

#include "notify/transfer.h"

namespace qala::notify {

struct Courier::Impl {
  explicit Impl(CourierOptions with) : options(std::move(with)) {
    static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
    static_cast<void>(started);
    multi = curl_multi_init();
    thread = std::thread([this] { run(); });
    pthread_setname_np(thread.native_handle(), "courier");
  }
  ~Impl() { curl_multi_cleanup(multi); }

  struct Job {
    Parcel parcel;
    Done done;
  };

  std::deque<Job> take(std::size_t most) {
    const std::lock_guard lock(mutex);
    std::deque<Job> out;
    while (!jobs.empty() && out.size() < most) {
      out.push_back(std::move(jobs.front()));
      jobs.pop_front();
    }
    return out;
  }

  void run() {
    while (!over()) {
      if (!stopping) {
        for (auto& job : take(kAtOnce - under_way.size())) start(std::move(job));
      }
      int running = 0;
      curl_multi_perform(multi, &running);
      reap();
      if (!over()) curl_multi_poll(multi, nullptr, 0, stopping ? 50 : 1000, nullptr);
    }
    for (auto& [handle, transfer] : under_way) {
      curl_multi_remove_handle(multi, handle);
      transfer->finish(Outcome{.fate = Fate::later, .words = "cut off: the program ends"});
    }
    under_way.clear();
    for (auto& job : take(kMostWaiting)) job.done({.fate = Fate::later, .words = "the program ends"});
  }

  bool over() const { return stopping && (under_way.empty() || std::chrono::steady_clock::now() >= until.load()); }

  void start(Job job) {
    auto transfer = std::make_unique<Transfer>(std::move(job.parcel), std::move(job.done), options);
    if (!transfer->refusal().empty()) {
      transfer->finish(Outcome{.fate = Fate::later, .words = transfer->refusal()});
      return;
    }
    CURL* const handle = transfer->handle();
    curl_multi_add_handle(multi, handle);
    under_way.emplace(handle, std::move(transfer));
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

  const CourierOptions options;
  CURLM* multi = nullptr;
  std::map<CURL*, std::unique_ptr<Transfer>> under_way;  ///< courier's thread
  std::mutex mutex;                                      ///< guards jobs
  std::deque<Job> jobs;
  std::atomic<bool> stopping = false;
  std::atomic<std::chrono::steady_clock::time_point> until{};
  std::thread thread;
};

Courier::Courier(CourierOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}

Courier::~Courier() { stop(std::chrono::milliseconds(0)); }

void Courier::send(Parcel parcel, Done done) {
  if (!impl_->options.sends) return done({.fate = Fate::never, .words = "this is a training copy: nothing is sent"});
  {
    const std::lock_guard lock(impl_->mutex);
    if (!impl_->stopping && impl_->jobs.size() < kMostWaiting) {
      impl_->jobs.push_back({std::move(parcel), std::move(done)});
      done = nullptr;
    }
  }
  if (done) return done({.fate = Fate::later, .words = "too much is waiting to be sent"});
  curl_multi_wakeup(impl_->multi);
}

void Courier::stop(std::chrono::milliseconds grace) {
  if (!impl_->thread.joinable()) return;
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->until = std::chrono::steady_clock::now() + grace;
    impl_->stopping = true;
  }
  curl_multi_wakeup(impl_->multi);
  impl_->thread.join();
}

}  // namespace qala::notify
