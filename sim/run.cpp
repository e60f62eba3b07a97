#include "sim/run.h"

#include <limits>

#include "base/log.h"
#include "sim/cameras/town_cameras.h"
#include "sim/history.h"
#include "sim/live.h"
#include "sim/setup.h"

namespace qala::sim {

namespace {

/// What the setting-up of a town and its history take at most on a slow machine: the evening begins after that.
Seconds lead_of(const Options& options) { return options.days > 0 ? 6 + static_cast<Seconds>(2 * options.days) : 1; }

Seconds town_time(const Frame& frame, Seconds stamp) {
  return static_cast<Seconds>(frame.timeline.town(static_cast<double>(stamp)));
}

/// Sends history until what is missing is less than a moment: while thirty days are sent, minutes go by. All in stamps.
Result<Seconds> catch_up(const Options& options, const Session& session, const Town& town, const Frame& frame,
                         const std::string& ingest_token, Seconds from) {
  Seconds last = std::numeric_limits<Seconds>::max();
  for (;;) {
    const Seconds until = std::min(session.now(), options.until.value_or(std::numeric_limits<Seconds>::max()));
    if (until - from < 5 || until - from >= last || session.stopping()) return from;
    last = until - from;
    const auto started = session.exact_now();
    TRY(const Sent sent,
        send_history(options, session, town, frame, ingest_token, town_time(frame, from), town_time(frame, until)));
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

Result<Frame> frame_of(const Options& options, const Town& town, Seconds start) {
  Frame frame;
  if (!options.evening) return frame;
  const Evening& evening = *options.evening;
  const Seconds begin = options.at ? evening.midnight + *options.at : evening.begin;
  frame.timeline = Timeline(start, begin, evening.end, options.speed);
  TRY(frame.plot, Plot::make(evening, town));
  return frame;
}

Result<> run(const Options& options, const Session& session) {
  const Town town = build_town(options.seed, options.things);
  TRY_VOID(frame_of(options, town, 0));  // a mistake in the evening is told before anything is sent
  HttpClient http(options.http);
  TRY_VOID(set_up_town(http, options, town, session));
  const TownCameras cameras(options, session, town);
  TRY(const Access access, make_access(http, options, town, session));
  TRY(const Frame frame, frame_of(options, town, session.now() + lead_of(options)));

  const auto span = static_cast<Seconds>(options.days * static_cast<double>(kDay));
  Seconds from = session.now() - span;
  // An evening's readings of an hour are not the ordinary ones: what is there stays.
  const Seconds overlap = options.evening ? -1 : 6 * kHour;
  if (const auto newest = newest_reading(http, options))
    from = std::max(from, std::min(*newest, session.now()) - overlap);
  if (options.speed == 1 || options.evening) {
    TRY(from, catch_up(options, session, town, frame, access.ingest, from));
  }
  if (session.stopping() || (options.until && *options.until <= from)) return {};
  return live(options, session, town, frame, access, from);
}

}  // namespace qala::sim
