#include <algorithm>

#include "access/totp.h"
#include "access/town_access.h"
#include "base/json_writer.h"
#include "base/log.h"

namespace qala::access {

namespace {

constexpr std::chrono::minutes kTicketLives{5}, kOfferLives{30};
constexpr std::size_t kRecoveryCodes = 10;
constexpr const char* kEverywhere = "second step";  // a place that no address is

std::string object_of(UserId id) { return "user " + std::to_string(id.value); }

std::int64_t number_of(UserId id) { return static_cast<std::int64_t>(id.value); }

}  // namespace

std::string TownAccess::make_ticket(const SignIn& attempt, const StoredUser& user) {
  std::string text = make_cookie(random_);
  const Instant now = clock_.now();
  std::lock_guard guard(tickets_lock_);
  std::erase_if(tickets_, [now](const auto& entry) { return entry.second.until <= now; });
  if (tickets_.size() >= kMostTickets) {
    tickets_.erase(std::ranges::min_element(tickets_, {}, [](const auto& entry) { return entry.second.until; }));
  }
  tickets_[secrets_->digest(Purpose::ticket, text)] = {.user = user.user.id,
                                                       .name = user.user.name,
                                                       .password_hash = user.password_hash,
                                                       .visit = {.peer = attempt.peer,
                                                                 .browser = attempt.browser,
                                                                 .method = SignInMethod::totp,
                                                                 .replaces = attempt.replaces},
                                                       .until = now + kTicketLives};
  return text;
}

SecondStep TownAccess::begin_second_step(std::string_view ticket, std::string_view code, std::string_view peer) {
  SecondStep attempt{.ticket = std::string(ticket), .code = std::string(code), .peer = std::string(peer)};
  std::string name;
  UserId user;
  {
    std::lock_guard guard(tickets_lock_);
    const auto found = tickets_.find(secrets_->digest(Purpose::ticket, ticket));
    if (found != tickets_.end()) name = found->second.name, user = found->second.user;
  }
  if (name.empty()) return attempt;  // finish_second_step() says so
  const Digest here = who(name, peer), everywhere = who(name, kEverywhere);
  std::lock_guard guard(lockout_lock_);
  attempt.retry_after = std::max(lockout_.wait(here, clock_.now()), lockout_.wait(everywhere, clock_.now()));
  if (attempt.retry_after.count() > 0) {
    locked_++;
    return attempt;
  }
  lockout_.fail(here, user, clock_.now());
  lockout_.fail(everywhere, user, clock_.now());
  return attempt;
}

Result<NewSession> TownAccess::finish_second_step(const SecondStep& attempt) {
  const Digest key = secrets_->digest(Purpose::ticket, attempt.ticket);
  Ticket ticket;
  {
    std::lock_guard guard(tickets_lock_);
    const auto found = tickets_.find(key);
    if (found != tickets_.end()) ticket = found->second;
  }
  const auto stored = directory_.user(ticket.user);
  const bool valid = stored && ticket.until > clock_.now() && stored->password_hash == ticket.password_hash;
  if (!valid || attempt.retry_after.count() > 0)
    return fail(ErrorKind::not_found, "this sign-in was begun too long ago: begin again");
  const Digest here = who(ticket.name, attempt.peer), everywhere = who(ticket.name, kEverywhere);
  ticket.visit.peer = attempt.peer;
  auto made = begin_session(stored->user, ticket.visit, [&]() -> Result<> {
    TRY_VOID(use_code(ticket.user, attempt.code));
    TRY_VOID(forget_failure(here));
    return forget_failure(everywhere);
  });
  if (!made) {
    if (made.error().kind != ErrorKind::denied) return made;
    wrong_passwords_++;
    TRY_VOID(note_failure(here, ticket.user, attempt.peer));
    TRY_VOID(note_failure(everywhere, ticket.user, attempt.peer));
    return made;
  }
  forgive(here);
  forgive(everywhere);
  std::lock_guard guard(tickets_lock_);
  tickets_.erase(key);
  return made;
}

Result<std::vector<std::byte>> TownAccess::secret_of(UserId user) {
  TRY(auto find, db_.prepare("SELECT sealed FROM second_factor WHERE user=?"));
  TRY(const bool any, find.bind(1, number_of(user)).step());
  if (!any) return fail(ErrorKind::denied, "this user has no second factor");
  auto secret = factor_key_.open(find.blob(0), user);
  if (secret) return secret;
  unreadable_factors_++;
  log::error("second factor cannot be read", {{"user", user.value}, {"why", secret.error().message}});
  return fail(ErrorKind::unavailable, secret.error().message);
}

Result<> TownAccess::use_code(UserId user, std::string_view code) {
  if (const std::string recovery = plain_recovery_code(code); !recovery.empty()) {
    TRY(auto remove, db_.prepare("DELETE FROM recovery_code WHERE digest=? AND user=?"));
    const Digest digest = secrets_->digest(Purpose::recovery, std::to_string(user.value), recovery);
    TRY_VOID(remove.bind_blob(1, digest).bind(2, number_of(user)).run());
    if (db_.changes() == 1) {
      return audit_.record({"system", "qala"}, "session.recovery_code_used", object_of(user), "{}");
    }
  }
  TRY(const auto secret, secret_of(user));
  TRY(auto find, db_.prepare("SELECT last_step FROM second_factor WHERE user=?"));
  TRY([[maybe_unused]] const bool any, find.bind(1, number_of(user)).step());
  const auto step = totp_match(secret, code, clock_.now().ms() / 1000, find.integer(0));
  find.reset();
  if (!step) return fail(ErrorKind::denied, "the code is wrong, too old, or was used already");
  TRY(auto note, db_.prepare("UPDATE second_factor SET last_step=?2 WHERE user=?1"));
  return note.bind(1, number_of(user)).bind(2, *step).run();
}

Result<> TownAccess::confirm_person(const SignIn& attempt, bool password_matched, bool with_code,
                                    std::string_view code) {
  const auto stored = directory_.user(attempt.user);
  const Digest pair = who(attempt.name, attempt.peer);
  const bool unchanged = stored && stored->password_hash == attempt.password_hash;
  if (!password_matched || !unchanged || attempt.retry_after.count() > 0) {
    wrong_passwords_++;
    TRY_VOID(note_failure(pair, attempt.user, attempt.peer));
    return fail(ErrorKind::denied, "wrong password");
  }
  if (with_code && stored->user.second_factor) {
    TRY(auto transaction, sqlite::Transaction::begin(db_));
    auto used = use_code(attempt.user, code);
    if (!used) {
      if (used.error().kind == ErrorKind::denied) TRY_VOID(note_failure(pair, attempt.user, attempt.peer));
      TRY_VOID(transaction.commit());
      return used;
    }
    TRY_VOID(transaction.commit());
  }
  TRY_VOID(forget_failure(pair));
  forgive(pair);
  return {};
}

Result<OfferedFactor> TownAccess::offer_second_factor(UserId id, std::string_view town) {
  const auto stored = directory_.user(id);
  if (!stored) return fail(ErrorKind::not_found, "there is no such user");
  if (stored->user.provider)
    return fail(ErrorKind::conflict, "this user signs in at the provider, also with two steps");
  if (stored->user.second_factor) return fail(ErrorKind::conflict, "this user has a second factor already");
  const Instant now = clock_.now();
  std::erase_if(offers_, [now](const auto& entry) { return entry.second.until <= now; });
  std::vector<std::byte> secret(kTotpSecretBytes);
  random_.fill(secret);
  OfferedFactor offered{.secret = base32(secret)};
  offered.uri = totp_uri(town, stored->user.name, offered.secret);
  offers_[id.value] = {.secret = std::move(secret), .until = now + kOfferLives};
  return offered;
}

Result<std::vector<std::string>> TownAccess::put_recovery_codes(UserId user) {
  TRY(auto clear, db_.prepare("DELETE FROM recovery_code WHERE user=?"));
  TRY_VOID(clear.bind(1, number_of(user)).run());
  std::vector<std::string> codes;
  TRY(auto insert, db_.prepare("INSERT INTO recovery_code VALUES (?, ?)"));
  while (codes.size() < kRecoveryCodes) {
    std::array<std::byte, 7> bytes;
    random_.fill(bytes);
    codes.push_back(make_recovery_code(bytes));
    const auto plain = plain_recovery_code(codes.back());
    insert.bind_blob(1, secrets_->digest(Purpose::recovery, std::to_string(user.value), plain));
    TRY_VOID(insert.bind(2, number_of(user)).run());
  }
  return codes;
}

Result<std::vector<std::string>> TownAccess::confirm_second_factor(UserId id, std::string_view code, std::uint64_t keep,
                                                                   const Actor& actor) {
  const auto offer = offers_.find(id.value);
  if (offer == offers_.end() || offer->second.until <= clock_.now())
    return fail(ErrorKind::not_found, "nothing was offered, or too long ago: begin again");
  const auto step = totp_match(offer->second.secret, code, clock_.now().ms() / 1000, 0);
  if (!step) return fail(ErrorKind::denied, "this is not the code of the app at this moment");
  std::vector<std::string> codes;
  TRY_VOID(change(actor, "user.second_factor_added", [&](std::int64_t) -> Result<Done> {
    TRY(auto others, db_.prepare("SELECT count(*) FROM second_factor"));
    TRY([[maybe_unused]] const bool any, others.step());
    // a fresh key beside factors of a lost one would make the loss look like wrong codes
    const bool first = others.integer(0) == 0;
    others.reset();
    TRY(const auto sealed, factor_key_.seal(offer->second.secret, id, random_, first));
    TRY(auto insert, db_.prepare("INSERT INTO second_factor VALUES (?1, ?2, ?3, ?4)"));
    insert.bind(1, number_of(id)).bind_blob(2, sealed).bind(3, *step);
    TRY_VOID(insert.bind(4, clock_.now().ms()).run());
    TRY(codes, put_recovery_codes(id));
    TRY_VOID(end_all_but(id, keep));
    return Done{object_of(id)};
  }));
  offers_.erase(id.value);
  return codes;
}

Result<std::vector<std::string>> TownAccess::renew_recovery_codes(UserId id, const Actor& actor) {
  const auto stored = directory_.user(id);
  if (!stored || !stored->user.second_factor) return fail(ErrorKind::conflict, "this user has no second factor");
  std::vector<std::string> codes;
  TRY_VOID(change(actor, "user.recovery_codes_renewed", [&](std::int64_t) -> Result<Done> {
    TRY(codes, put_recovery_codes(id));
    return Done{object_of(id)};
  }));
  return codes;
}

Result<> TownAccess::drop_second_factor(UserId id, const Actor& actor, std::string_view action, bool end_sessions) {
  return change(actor, action, [&](std::int64_t) -> Result<Done> {
    TRY(auto codes, db_.prepare("DELETE FROM recovery_code WHERE user=?"));
    TRY_VOID(codes.bind(1, number_of(id)).run());
    TRY(auto factor, db_.prepare("DELETE FROM second_factor WHERE user=?"));
    TRY_VOID(factor.bind(1, number_of(id)).run());
    if (db_.changes() == 0) return fail(ErrorKind::not_found, object_of(id) + " has no second factor");
    if (end_sessions) TRY_VOID(end_all_but(id, 0));
    return Done{object_of(id)};
  });
}

Result<> TownAccess::remove_second_factor(UserId id, const Actor& actor) {
  const auto stored = directory_.user(id);
  if (stored && must_have_factor(stored->user))
    return fail(ErrorKind::conflict, "a second factor is required for this role");
  return drop_second_factor(id, actor, "user.second_factor_removed", false);
}

Result<> TownAccess::reset_second_factor(UserId id, const Actor& actor) {
  return drop_second_factor(id, actor, "user.second_factor_reset", true);
}

}  // namespace qala::access
