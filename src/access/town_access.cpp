#include "access/town_access.h"

#include <algorithm>

#include "access/schema.h"
#include "base/json_writer.h"
#include "base/log.h"
#include "base/schema.h"

namespace qala::access {

namespace {

constexpr std::chrono::milliseconds kLookEvery{500};  // for changes of other processes, while all is found
constexpr std::chrono::milliseconds kLookOnMiss{0};  // it may have been made this moment; one look is one short SELECT

/// Made at the first start, by whichever process comes first.
Result<std::array<std::byte, 32>> key_of(sqlite::Database& db, Random& random) {
  std::array<std::byte, 32> key;
  random.fill(key);
  TRY(auto put, db.prepare("INSERT INTO access_key VALUES (1, ?) ON CONFLICT (only) DO NOTHING"));
  TRY(auto get, db.prepare("SELECT key FROM access_key"));
  TRY(bool any, get.step());
  if (!any) {
    TRY_VOID(put.bind_blob(1, key).run());
    TRY(any, get.step());
  }
  const auto stored = any ? get.blob(0) : std::vector<std::byte>();
  if (stored.size() != key.size()) return fail(ErrorKind::corrupt, "town.db: access_key cannot be read");
  std::ranges::copy(stored, key.begin());
  return key;
}

}  // namespace

Result<> TownAccess::load(const std::string& path) {
  TRY_VOID(sqlite::upgrade_room(db_, "access", kSchemaSteps));
  TRY(const auto key, key_of(db_, random_));
  secrets_.emplace(key);
  if (!path.empty()) {
    TRY(reader_, sqlite::Database::open(path, {.read_only = true, .cache_kib = 256}));
  }
  TRY(auto failures, db_.prepare("SELECT who, failures, last, user FROM sign_in_failure"));
  while (true) {
    TRY(const bool more, failures.step());
    if (!more) break;
    Lockout::Row row{.failures = static_cast<std::uint32_t>(failures.integer(1)),
                     .last = Instant::from_ms(failures.integer(2)),
                     .user = UserId(static_cast<std::uint32_t>(failures.integer(3)))};
    const auto who = failures.blob(0);
    std::ranges::copy_n(who.begin(), static_cast<std::ptrdiff_t>(std::min(who.size(), row.who.size())),
                        row.who.begin());
    lockout_.restore(row);
  }
  return refresh();
}

void TownAccess::set_policy(SignInPolicy policy) {
  policy_ = std::move(policy);
  directory_.set_lifetimes(policy_.idle, policy_.longest);
  std::lock_guard guard(lockout_lock_);
  lockout_.set_rules(policy_.free_failures, policy_.first_wait, policy_.longest_wait);
  factor_key_ = FactorKey(policy_.key_file);
}

Result<> TownAccess::refresh() {
  std::lock_guard guard(refresh_lock_);
  TRY(auto snapshot, read_snapshot(reader_ ? *reader_ : db_, seen_).context("reading users and tokens"));
  looked_ns_ = clock_.monotonic_ns();
  if (snapshot.change == seen_) return {};
  seen_ = snapshot.change;
  directory_.take_over(std::move(snapshot));
  return {};
}

void TownAccess::look_for_changes(std::chrono::milliseconds at_most_every) {
  if (!reader_) return;  // nobody else has this database
  const std::int64_t now = clock_.monotonic_ns();
  std::int64_t looked = looked_ns_;
  if (now - looked < std::chrono::nanoseconds(at_most_every).count()) return;
  if (!looked_ns_.compare_exchange_strong(looked, now)) return;  // another thread looks
  if (auto done = refresh(); !done) log::warn("users and tokens not reread", {{"reason", done.error().message}});
}

std::optional<Grant> TownAccess::find_credential(const Digest& digest) {
  look_for_changes(kLookEvery);
  auto grant = directory_.find_credential(digest, clock_.now());
  if (grant) return grant;
  look_for_changes(kLookOnMiss);
  grant = directory_.find_credential(digest, clock_.now());
  if (!grant) refused_tokens_++;
  return grant;
}

std::vector<TokenId> TownAccess::take_withdrawn() {
  look_for_changes(kLookEvery);
  return directory_.take_withdrawn(clock_.now());
}

std::vector<TokenId> TownAccess::good_credentials() {
  look_for_changes(kLookEvery);
  return directory_.good_credentials(clock_.now());
}

std::optional<Grant> TownAccess::find_token(std::string_view text) {
  return find_credential(secrets_->digest(Purpose::token, text));
}

std::optional<Grant> TownAccess::find_login(std::string_view user, std::string_view password) {
  return find_credential(secrets_->digest(Purpose::login, user, password));
}

std::optional<Grant> TownAccess::find_certificate(std::string_view sha256_hex) {
  return find_credential(secrets_->digest(Purpose::certificate, folded(sha256_hex)));
}

Counters TownAccess::counters() const {
  return {.sign_ins = sign_ins_,
          .wrong_passwords = wrong_passwords_,
          .locked = locked_,
          .unreadable_factors = unreadable_factors_,
          .refused_tokens = refused_tokens_};
}

Result<> TownAccess::change(const Actor& actor, std::string_view action,
                            const std::function<Result<Done>(std::int64_t)>& work) {
  TRY(auto transaction, sqlite::Transaction::begin(db_));
  TRY(auto raise, db_.prepare("UPDATE access_change SET number = number + 1 RETURNING number"));
  TRY(const bool any, raise.step());
  if (!any) return fail(ErrorKind::corrupt, "town.db: access_change is empty");
  const std::int64_t number = raise.integer(0);
  TRY([[maybe_unused]] const bool more, raise.step());
  TRY(const Done done, work(number));
  TRY_VOID(audit_.record(actor, action, done.object, done.detail).context("recording in the audit chain"));
  TRY_VOID(transaction.commit());
  return refresh();
}

Result<std::unique_ptr<Access>> Access::open(sqlite::Database& db, const std::string& path, const Clock& clock,
                                             Random& random, AuditSink& audit) {
  auto access = std::make_unique<TownAccess>(db, clock, random, audit);
  TRY_VOID(access->load(path));
  return std::unique_ptr<Access>(std::move(access));
}

}  // namespace qala::access
