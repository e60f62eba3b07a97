#include "api/erasing.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace qala::api {

namespace {
bool is_erasing(const readings::ReadingStore& store, DatastreamId datastream) {
  const auto all = store.erasing();
  return std::ranges::find(all, datastream) != all.end();
}
}  // namespace

Result<bool> begin_erasing(readings::ReadingStore& store, DatastreamId datastream) {
  if (is_erasing(store, datastream)) return true;
  TRY(const bool gone, store.erase_datastream(datastream));
  return gone || is_erasing(store, datastream);
}

boost::asio::awaitable<Result<>> erase_all_readings(Context& context, DatastreamId datastream) {
  boost::asio::steady_timer pause(co_await boost::asio::this_coro::executor);
  bool begun = false;
  for (;;) {
    auto done = co_await run_on(context.writer, [&]() -> Result<bool> {
      // Once begun, the last step may be another's; a further one would begin anew.
      if (begun && !is_erasing(context.store, datastream)) return true;
      auto gone = context.store.erase_datastream(datastream);
      begun = begun || is_erasing(context.store, datastream);
      return gone;
    });
    if (!done) co_return std::move(done.error());
    if (*done) co_return Result<>();
    pause.expires_after(std::chrono::milliseconds(100));
    co_await pause.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  }
}

}  // namespace qala::api
