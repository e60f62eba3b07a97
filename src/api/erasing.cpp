#include "api/erasing.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace qala::api {

boost::asio::awaitable<Result<>> erase_all_readings(Context& context, DatastreamId datastream) {
  boost::asio::steady_timer pause(co_await boost::asio::this_coro::executor);
  for (;;) {
    auto done = co_await run_on(context.writer, [&] { return context.store.erase_datastream(datastream); });
    if (!done) co_return std::move(done.error());
    if (*done) co_return Result<>();
    pause.expires_after(std::chrono::milliseconds(100));
    co_await pause.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  }
}

}  // namespace qala::api
