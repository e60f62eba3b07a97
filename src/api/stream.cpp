#include "api/stream.h"

#include <algorithm>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json.hpp>

#include "alarms/render.h"
#include "api/alarm_answers.h"
#include "api/authorize.h"
#include "api/health_facts.h"
#include "api/render.h"
#include "api/routes.h"

namespace qala::api {

namespace asio = boost::asio;
namespace json = boost::json;

/// One browser tab. Kept alive by its connection; the hub knows it from opened to closed.
class StreamHub::Tab final : public http::WebSocketHandler {
 public:
  /// `still_welcome`: is what opened it still good?
  Tab(StreamHub& hub, std::function<bool()> still_welcome) : hub_(hub), still_welcome_(std::move(still_welcome)) {}

  void opened(std::shared_ptr<http::WebSocket> socket) override {
    socket_ = std::move(socket);
    hub_.tabs_.insert(this);
    std::string text;
    JsonWriter out(text);
    out.object().field("type", "hello").field("sequence", hub_.context_.store.last_sequence());
    out.field("now", hub_.context_.clock.now().ms()).field("version", hub_.context_.town.version).end();
    send(std::make_shared<const std::string>(std::move(text)));
  }

  void received(std::string_view text) override {
    json::error_code ec;
    const json::value message = json::parse(text, ec);
    const auto* object = message.if_object();
    if (ec || !object) return;
    if (const auto* topics = object->if_contains("subscribe"); topics && topics->is_array()) {
      topics_ = 0;
      for (const auto& topic : topics->get_array()) {
        if (topic.is_string()) topics_ |= topic_of(topic.get_string());
      }
      const std::lock_guard lock(hub_.mutex_);
      hub_.wanted_ = hub_.wanted_ || (topics_ & kValues);
    }
    if (const auto* ping = object->if_contains("ping"); ping && ping->is_number()) {
      std::string answer;
      JsonWriter(answer).object().field("type", "pong").key("ping").raw(json::serialize(*ping)).end();
      send(std::make_shared<const std::string>(std::move(answer)));
    }
  }

  void closed() override {
    hub_.tabs_.erase(this);
    socket_.reset();
  }

  bool wants(unsigned topic) const { return (topics_ & topic) != 0; }
  std::size_t queued() const { return socket_ ? socket_->queued() : 0; }
  void send(const std::shared_ptr<const std::string>& text) {
    if (socket_) socket_->send(text);
  }
  void shut() {
    if (socket_) socket_->close(1001, "the server stops");
  }
  void end_if_unwelcome() {
    if (socket_ && !still_welcome_()) socket_->close(kSessionEnded, "the session has ended");
  }

 private:
  static unsigned topic_of(std::string_view name) {
    if (name == "values") return kValues;
    if (name == "alarms") return kAlarms;
    if (name == "health") return kHealth;
    if (name == "unclaimed") return kUnclaimed;
    if (name == "registry") return kRegistry;
    if (name == "warnings") return kWarnings;
    if (name == "rules") return kRules;
    return 0;
  }

  static constexpr std::uint16_t kSessionEnded = 4401;

  StreamHub& hub_;
  std::function<bool()> still_welcome_;
  std::shared_ptr<http::WebSocket> socket_;
  unsigned topics_ = 0;
};

StreamHub::StreamHub(Context& context)
    : context_(context), timer_(context.network), rules_sent_(context.rules.rules()) {}
StreamHub::~StreamHub() = default;

asio::awaitable<http::UpgradeDecision> StreamHub::accept(http::Request& request) {
  auto decision = authorize(context_, request, access::Role::viewer);
  if (auto* refusal = std::get_if<Refusal>(&decision)) co_return std::move(refusal->response);
  std::string scratch;
  if (std::get<Caller>(decision).token) {
    co_return std::make_shared<Tab>(*this, [this, text = std::string(token_text(request, scratch))] {
      return context_.access.find_token(text).has_value();
    });
  }
  co_return std::make_shared<Tab>(*this, [this, cookie = std::string(request.cookie(kSessionCookie))] {
    const auto session = context_.access.find_session(cookie);
    return session && !session->must_enrol;
  });
}

asio::awaitable<void> StreamHub::run() {
  constexpr auto kStep = std::chrono::milliseconds(25);
  for (unsigned step = 0; !stopping_; step++) {
    timer_.expires_after(kStep);
    auto [ec] = co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
    if (ec || stopping_) break;
    send_values();
    send_changes();
    if (step % 80 == 0) send_health();
    if (step % 20 == 0) end_unwelcome();
  }
  for (auto* tab : std::set<Tab*>(tabs_)) tab->shut();
}

/// Who was signed out, or whose token was withdrawn, sees nothing more within a second. A screen that is on is in use:
/// its session does not end for idleness.
void StreamHub::end_unwelcome() {
  for (auto* tab : std::set<Tab*>(tabs_)) tab->end_if_unwelcome();
}

void StreamHub::stop() {
  stopping_ = true;
  timer_.cancel();
}

std::size_t StreamHub::queued() const {
  std::size_t most = 0;
  for (const auto* tab : tabs_) most = std::max(most, tab->queued());
  return most;
}

void StreamHub::committed(std::uint64_t sequence, std::span<const readings::Batch* const> batches,
                          std::span<const readings::Outcome>, Instant) {
  const std::lock_guard lock(mutex_);
  sequence_ = sequence;
  if (!wanted_) return;
  if (dirty_.empty()) dirty_since_ns_ = context_.clock.monotonic_ns();
  for (const auto* batch : batches) {
    for (const auto& row : batch->rows) {
      const std::uint32_t id = row.datastream.value;
      if (id >= is_dirty_.size()) is_dirty_.resize(id + id / 2 + 64);
      if (is_dirty_[id]) continue;
      is_dirty_[id] = true;
      dirty_.push_back(row.datastream);
    }
  }
}

void StreamHub::send_values() {
  std::vector<DatastreamId> changed;
  std::uint64_t sequence = 0;
  std::int64_t since_ns = 0;
  const bool wanted = std::ranges::any_of(tabs_, [](const Tab* tab) { return tab->wants(kValues); });
  {
    const std::lock_guard lock(mutex_);
    wanted_ = wanted;
    changed.swap(dirty_);
    for (const auto id : changed) is_dirty_[id.value] = false;
    sequence = sequence_;
    since_ns = dirty_since_ns_;
  }
  if (!wanted || changed.empty()) return;
  std::string text;
  JsonWriter out(text);
  out.object().field("type", "values").field("sequence", sequence).key("values");
  render_latest(out, context_.store.latest(changed));
  out.end();
  broadcast(kValues, std::move(text));
  const std::int64_t sent_ns = context_.clock.monotonic_ns();
  lags_.add(static_cast<double>(sent_ns - since_ns) / 1e6, sent_ns);
}

void StreamHub::send_health() {
  if (!std::ranges::any_of(tabs_, [](const Tab* tab) { return tab->wants(kHealth); })) return;
  broadcast(kHealth, R"({"type":"health","health":)" + render_health(context_.health->fresh()) + "}");
}

void StreamHub::send_changes() {
  std::uint64_t generation = 0;
  context_.registry.read([&](const registry::Registry::View& view) { generation = view.generation(); });
  send_generation(kRegistry, "registry", generation, registry_sent_);
  send_generation(kWarnings, "warnings", warnings_(), warnings_sent_);
  if (context_.unclaimed.generation() != unclaimed_sent_) {
    unclaimed_sent_ = context_.unclaimed.generation();
    std::string text;
    JsonWriter(text).object().field("type", "unclaimed").field("count", context_.unclaimed.size()).end();
    broadcast(kUnclaimed, std::move(text));
  }
  if (auto running = context_.alarms.board().exercise(); running != exercise_sent_) {
    exercise_sent_ = std::move(running);
    broadcast(kAlarms, render_exercise(context_, true));
  }
  if (auto now = context_.rules.rules(); now != rules_sent_) {
    rules_sent_ = std::move(now);
    broadcast(kRules, R"({"type":"rules"})");
  }
}

void StreamHub::send_generation(unsigned topic, std::string_view type, std::uint64_t now, std::uint64_t& sent) {
  if (now == sent) return;
  sent = now;
  std::string text;
  JsonWriter(text).object().field("type", type).field("generation", now).end();
  broadcast(topic, std::move(text));
}

/// Copied on the writer, made into text on the network thread: a thousand alarms at once must not hold up readings.
void StreamHub::changed(std::span<const alarms::Alarm> alarms) {
  constexpr std::size_t kInOneMessage = 200;
  for (std::size_t from = 0; from < alarms.size(); from += kInOneMessage) {
    const auto some = alarms.subspan(from, std::min(kInOneMessage, alarms.size() - from));
    asio::post(context_.network, [this, told = std::vector<alarms::Alarm>(some.begin(), some.end())] {
      const auto now = context_.alarms.board().snapshot();
      std::string text;
      JsonWriter out(text);
      out.object().field("type", "alarms").key("alarms");
      alarms::render(out, told);
      out.key("counts");
      alarms::render(out, now->counts);
      out.key("aside");
      alarms::render(out, now->aside);
      out.end();
      broadcast(kAlarms, std::move(text));
    });
  }
}

void StreamHub::broadcast(unsigned topic, std::string text) {
  const auto shared = std::make_shared<const std::string>(std::move(text));
  for (auto* tab : std::set<Tab*>(tabs_)) {
    if (tab->wants(topic)) tab->send(shared);
  }
}

}  // namespace qala::api
