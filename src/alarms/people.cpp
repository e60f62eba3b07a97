// What people do with alarms: durable before the answer, and never a change of the condition.
#include "alarms/engine_impl.h"

namespace qala::alarms {

namespace {

constexpr std::size_t kLongestComment = 4000;

Result<> check_comment(std::string_view text) {
  if (text.size() <= kLongestComment) return {};
  return fail(ErrorKind::invalid, "text: must not be longer than 4000 bytes");
}

}  // namespace

Result<Alarm> Engine::acknowledge(AlarmId id, std::string_view by, std::string_view text) {
  TRY_VOID(check_comment(text));
  if (!ledger_.get(id)) {
    TRY([[maybe_unused]] const auto closed, board_->find(id));
    return fail(ErrorKind::conflict, "alarm " + std::to_string(id.value) + " is closed");
  }
  const auto [key, before] = ledger_.entry(id);
  if (before->handling == Handling::acknowledged) {
    return fail(ErrorKind::conflict,
                "alarm " + std::to_string(id.value) + " was acknowledged by " + before->acknowledged_by);
  }
  now_ns_ = clock_.now().ns;
  Alarm after = *before;
  after.handling = Handling::acknowledged;
  after.acknowledged = now_ns_;
  after.acknowledged_by = by;
  if (!text.empty()) after.comments.push_back({Instant{now_ns_}, std::string(by), std::string(text)});
  ledger_.replace(id, after);
  if (auto written = apply(); !written) {
    ledger_.take_back(key, before);
    return std::move(written.error());
  }
  finish();
  return after;
}

Result<Alarm> Engine::comment(AlarmId id, std::string_view by, std::string_view text) {
  if (text.empty()) return fail(ErrorKind::invalid, "text: must not be empty");
  TRY_VOID(check_comment(text));
  now_ns_ = clock_.now().ns;
  const Comment comment{Instant{now_ns_}, std::string(by), std::string(text)};
  if (!ledger_.get(id)) {
    TRY_VOID(apply());
    TRY(Alarm closed, board_->find(id));
    TRY_VOID(journal_->add_comment(id, closed.comments.size(), comment).context("writing a comment"));
    closed.comments.push_back(comment);
    return closed;
  }
  const auto [key, before] = ledger_.entry(id);
  Alarm after = *before;
  after.comments.push_back(comment);
  ledger_.replace(id, after);
  if (auto written = apply(); !written) {
    ledger_.take_back(key, before);
    return std::move(written.error());
  }
  finish();
  return after;
}

}  // namespace qala::alarms
