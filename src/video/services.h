#pragma once

#include <memory>
#include <string>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "base/clock.h"
#include "base/random.h"
#include "base/threads.h"
#include "video/analysis_budget.h"
#include "video/footage_writer.h"
#include "video/link.h"

namespace qala::video {

/// What the parts of the worker share. Lives as long as the worker; the io_context's thread, but for the pools.
struct Services {
  boost::asio::io_context& io;
  const Clock& clock;
  Random& random;
  Link& link;
  FootageWriter& footage;
  Worker& stills;                   ///< JPEGs somebody waits for
  Worker& analysis;                 ///< may wait
  std::vector<Worker*> transcoding; ///< one thread each
  std::string ffmpeg;               ///< path of the program; empty: not installed
  int load = 0;                     ///< Status::load
  int masked_now = 0, masked_budget = 4;
  std::size_t next_transcoder = 0;
  AnalysisBudget analysis_budget = {};

  Worker& a_transcoder() { return *transcoding[next_transcoder++ % transcoding.size()]; }
};

/// Runs `work` on `worker`, then `then(owner, result)` on the io_context, if the owner still lives.
template <class Owner, class Work, class Then>
void run_then(Services& services, Worker& worker, std::weak_ptr<Owner> owner, Work work, Then then, const char* what) {
  using Value = decltype(work());
  worker.post(
      [&io = services.io, owner = std::move(owner), work = std::make_shared<Work>(std::move(work)),
       then = std::move(then)]() mutable {
        auto value = std::make_shared<Value>((*work)());
        work.reset();
        boost::asio::post(io, [owner = std::move(owner), value = std::move(value), then = std::move(then)]() mutable {
          if (const auto still_there = owner.lock()) then(*still_there, std::move(*value));
        });
      },
      what);
}

}  // namespace qala::video
