#include "sensorthings/steps.h"

#include "base/threads.h"

namespace qala::sensorthings {

Answer run_at_once(Steps& steps) {
  while (steps.next() != Steps::Next::done) steps.step();
  return steps.answer();
}

boost::asio::awaitable<Answer> take_steps(Steps& steps, Worker& pool, Worker& writer) {
  for (auto next = steps.next(); next != Steps::Next::done; next = steps.next())
    co_await run_job_on(next == Steps::Next::write ? writer : pool, [&steps] { steps.step(); }, "request");
  co_return co_await run_on(pool, [&steps] { return steps.answer(); });
}

}  // namespace qala::sensorthings
