#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "alarms/feed.h"
#include "audit/sink.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/sqlite.h"
#include "base/steady.h"
#include "base/zone.h"
#include "notify/book.h"
#include "notify/courier.h"
#include "notify/outbox.h"
#include "notify/texts.h"

namespace qala::notify {

/// Who people are and what they may see. Called on the writer thread.
class Audience {
 public:
  virtual ~Audience() = default;
  virtual bool knows(UserId user) const = 0;
  virtual bool may_hear(UserId user, const alarms::Alarm& alarm) const = 0;
};

struct Settings {
  std::string address = {};    ///< of the control room, for links; empty: none
  std::string contact = {};    ///< for push services: "mailto:…"; empty: not told
  std::string mail_from = {};  ///< empty: there is no mail
  std::int64_t give_up_s = 24 * 3600;
  /// So many messages at once, then one in so many seconds; what comes faster waits for a summary. A web-hook, which is
  /// a program, gets one a second.
  std::int64_t burst = 5, gap_s = 60;
};

/// For the health page and /metrics.
struct Health {
  std::size_t recipients = 0, failing = 0, waiting = 0;
  std::size_t given_up = 0;  ///< messages of the last 24 hours
  std::uint64_t left_out = 0;  ///< events beyond the queues, not reported yet
  std::array<std::uint64_t, 3> delivered{}, failed{};  ///< attempts since the start, by channel
  std::uint64_t given_up_total = 0, left_out_total = 0;
};

/// A recipient and how it fares.
struct Listed {
  Recipient recipient;
  Standing standing;
};

/// Follows the alarms in town.db and tells the recipients. Everything but health() on the writer thread; what is
/// referred to must outlive it, and `post` brings what the carrier says back to the writer.
///
/// Of what happened to an alarm, items are made, one per recipient, together with the step they came from: after a
/// crash it goes on from there. Items become a message, which has a key (town, recipient, step) and does not change any
/// more; the message is sent until it is delivered or given up. One message at a time per recipient, so the order
/// holds. What became of it is noted before the next; if that fails it is tried again without sending. When the clock
/// is set while it runs, what waits moves with it: it has waited as long as it has. Errors of
/// changes: `invalid` begins with the field, `conflict` with a code ("too_many: …"). A change that cannot be recorded
/// by `audit` or stored does not happen.
class Notifier {
 public:
  using Post = std::function<void(std::function<void()>)>;
  struct Parts {
    sqlite::Database& db;
    const Clock& clock;
    Random& random;
    audit::AuditSink& audit;
    Carrier& carrier;
    const Audience& audience;
    Zone zone;
    Names names;
    Post post;
  };
  /// The tables of alarms exist already.
  static Result<std::unique_ptr<Notifier>> open(Parts parts, Settings settings);

  /// A step of what there is to do, once a second: true: there is more, call again soon. Each is one transaction of a
  /// few hundred rows at most.
  bool work();

  std::vector<Listed> list() const;
  Result<Listed> find(RecipientId id) const;
  /// Gives a web-hook without one a secret. A browser that is known already (same address, same user) is changed.
  Result<Recipient> add(Recipient recipient, const audit::Actor& by);
  /// Channel and owner stay. Paused: what waits is forgotten; afterwards it hears what happens from then on.
  Result<Recipient> change(Recipient recipient, const audit::Actor& by);
  Result<> remove(RecipientId id, const audit::Actor& by);
  /// Sends a message that says it is a test, now. `done` is called on a thread of the carrier's.
  Result<> test(RecipientId id, Carrier::Done done);
  /// Newest first; no recipient: of all.
  Result<std::vector<Message>> messages(RecipientId id, std::size_t limit);
  std::string vapid_public() const;  ///< base64url, for the browser
  bool has_mail() const { return !settings_.mail_from.empty(); }

  Health health() const;  ///< any thread

  static constexpr std::size_t kMostRecipients = 200, kMostBrowsers = 10, kQueue = 500, kHookEvents = 100;

 private:
  struct Added {
    std::size_t items = 0;
    std::uint64_t left_out = 0;
    std::optional<Instant> due = {};
  };
  /// A recipient and what is under way for it.
  struct Line {
    Recipient recipient;
    std::optional<Message> current;
    bool in_flight = false;
    std::optional<Outcome> unkept = {};  ///< what became of `current`, until town.db has it
    Standing standing = {};  ///< but for what waits
    std::optional<Instant> due;  ///< of its next item
    std::size_t queued = 0;
    Added added = {};  ///< by the transaction that runs
    double tokens = 0;
    std::int64_t tokens_ns = 0;  ///< monotonic, when they were counted
  };
  struct Composed {
    std::vector<Told> told;
    std::vector<std::uint64_t> taken;  ///< steps that need not wait any longer
    std::vector<AlarmId> over;  ///< over before anybody was told
  };

  Notifier(Parts parts, Settings settings);
  Result<> load();
  void follow_clock();
  Result<> keep_jump();
  Result<bool> step(Instant now);
  Result<bool> take_steps();
  Result<bool> make_items(std::span<const alarms::FeedStep> feed, Instant now);
  Result<bool> make_items_of(const alarms::FeedStep& told, Instant now);
  Result<> make_item(Line& line, const alarms::FeedStep& told, Event event, Instant now);
  void settle_added(bool kept);
  Result<bool> wants_end(const Line& line, AlarmId alarm);
  Result<bool> compose_one(Instant now);
  Result<> compose(Line& line, Instant now);
  Result<Composed> select(const Line& line, Instant now);
  Result<bool> is_news(const Line& line, const Item& item, const alarms::Alarm& alarm, Composed& into);
  Message message_of(const Line& line, std::span<const Told> told, std::uint64_t left_out, Instant now) const;
  Result<> keep(Line& line, Composed& composed, std::optional<Message> message);
  void dispatch(Instant now);
  Result<Parcel> parcel_of(const Recipient& recipient, const Message& message) const;
  Parcel mail_parcel(const Recipient& recipient, const Message& message) const;
  Result<Parcel> push_parcel(const Recipient& recipient, const Message& message) const;
  Letter letter(const Recipient& recipient, Instant now) const;
  void noted(RecipientId recipient, std::int64_t message, const Outcome& outcome);
  Result<> note(Line& line, const Outcome& outcome);
  void remember(Line& line, const Outcome& outcome);
  Duration wait_after(const Outcome& outcome, std::int64_t attempts);
  Result<> note_later(Line& line, const Outcome& outcome, Instant now);
  Result<> note_gone(Line& line, const Outcome& outcome);
  void tested(RecipientId id, const Outcome& outcome);
  Result<> maintain(Instant now);
  Result<> refresh(Line& line);
  double capacity(const Line& line) const;
  void refill(Line& line) const;
  Result<> record(const audit::Actor& by, std::string_view action, const Recipient& recipient);
  static Listed listed(const Line& line);
  Line make_line(const Recipient& recipient) const;
  Result<> check(const Recipient& recipient) const;
  void publish_health();

  Parts parts_;
  Settings settings_;
  Book book_;
  Outbox outbox_;
  Book::Facts facts_;
  std::uint64_t position_ = 0;
  std::map<RecipientId, Line> lines_;
  WallWatch wall_;
  std::int64_t unkept_jump_ = 0;  ///< ns by which the clock was set, until what waits in town.db has followed
  std::int64_t maintained_ns_ = 0;  ///< monotonic
  std::string complained_;  ///< the last failure that was logged
  Health counters_;  ///< the totals
  mutable std::mutex mutex_;  ///< guards health_, held for a copy
  Health health_;
};

}  // namespace qala::notify
