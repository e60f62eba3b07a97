#include "sim/run.h"

#include <limits>

#include "base/log.h"
#include "sim/history.h"
#include "sim/live.h"
#include "sim/setup.h"

namespace qala::sim {

namespace {

/// Sends history until what is missing is less than a moment: while thirty days are sent, minutes go by.
Result<Seconds> catch_up(const Options& options, const Session& session, const Town& town, const Frame& frame,
                         const std::string& ingest_token, Seconds from) {
  Seconds last = std::numeric_limits<Seconds>::max();
  for (;;) {
    const Seconds until = std::min(session.now(), options.until.value_or(std::numeric_limits<Seconds>::max()));
    if (until - from < 5 || until - from >= last || session.stopping()) return from;
    last = until - from;
    const auto started = session.exact_now();
    TRY(const Sent sent, send_history(options, session, town, frame, ingest_token, from, until));
    const double took = session.exact_now() - started;
    log::info("history sent",
              {{"readings", sent.readings},
               {"requests", sent.requests},
               {"retries", sent.retries},
               {"refused", sent.refused_requests},
               {"seconds", static_cast<std::int64_t>(took)},
               {"per_second", static_cast<std::int64_t>(static_cast<double>(sent.readings) / std::max(took, 0.001))}});
    if (session.stopping()) return from;
    from = until;
  }
}

}  // namespace

Frame frame_of(const Options& options, Seconds now) {
  if (!options.evening) return {};
  return {Timeline{kPicturedEvening - now}, kPicturedEvening};
}

Result<> run(const Options& options, const Session& session) {
  const Town town = build_town(options.seed, options.things);
  const Frame frame = frame_of(options, session.now());
  HttpClient http(options.http);
  TRY_VOID(set_up_town(http, options, town, session));
  TRY(const Access access, make_access(http, options, town));

  const auto span = static_cast<Seconds>(options.days * static_cast<double>(kDay));
  Seconds from = session.now() - span;
  if (const auto newest = newest_reading(http, options))
    from = std::max(from, std::min(*newest, session.now()) - 6 * kHour);
  if (options.speed == 1) {
    TRY(from, catch_up(options, session, town, frame, access.ingest, from));
  }
  if (session.stopping() || (options.until && *options.until <= from)) return {};
  return live(options, session, town, frame, access, from);
}

}  // namespace qala::sim
