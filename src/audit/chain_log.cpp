#include "audit/chain_log.h"

#include <algorithm>

#include "audit/schema.h"
#include "base/hex.h"
#include "base/schema.h"

namespace qala::audit {

namespace {

std::string key_object(const SigningKey& key) { return "key " + to_hex(key.public_key); }

template <std::size_t N>
bool copy_blob(const std::vector<std::byte>& from, std::array<std::byte, N>& to) {
  if (from.size() != N) return false;
  std::copy(from.begin(), from.end(), to.begin());
  return true;
}

}  // namespace

template <std::size_t N>
std::array<std::byte, N> ChainLog::random_bytes() {
  std::array<std::byte, N> bytes;
  random_.fill(bytes);
  return bytes;
}

Result<> ChainLog::prepare() {
  TRY(add_entry_, db_.prepare("INSERT INTO entry VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"));
  TRY(add_actor_, db_.prepare("INSERT INTO actor_name VALUES (?1, ?2, ?3, ?4)"));
  TRY(add_detail_, db_.prepare("INSERT INTO detail VALUES (?1, ?2, ?3)"));
  TRY(find_subject_, db_.prepare("SELECT id FROM subject WHERE kind=?1 AND name=?2"));
  TRY(add_subject_, db_.prepare("INSERT INTO subject VALUES (?1, ?2, ?3)"));
  TRY(newest_, db_.prepare("SELECT sequence, hash, (SELECT text FROM head) FROM entry ORDER BY sequence DESC LIMIT 1"));
  TRY(put_head_, db_.prepare("INSERT INTO head VALUES (1, ?1) ON CONFLICT (only) DO UPDATE SET text=?1"));
  return {};
}

Result<> ChainLog::load(bool new_key) {
  TRY_VOID(prepare());
  TRY(const bool any, newest_.step());
  newest_.reset();
  const Event begun{.actor = {"system", "qala"}, .action = "audit.begun", .object = key_object(key_)};
  if (!any) return append(std::span(&begun, 1));
  if (!new_key) return catch_up();
  TRY_VOID(read_tip());
  const Event replaced{.actor = {"system", "qala"}, .action = "audit.key_replaced", .object = key_object(key_)};
  tip_known_ = true;  // signed by the key before: the next entry says so
  return append(std::span(&replaced, 1));
}

/// The newest entry and its head, as they stand in the file; the head's signature is not looked at.
Result<Head> ChainLog::read_tip() {
  TRY(const bool any, newest_.step());
  if (!any) return fail(ErrorKind::corrupt, "audit.db: the chain is gone");
  Tip tip;
  tip.sequence = static_cast<std::uint64_t>(newest_.integer(0));
  const bool fits = copy_blob(newest_.blob(1), tip.hash);
  const std::string text = newest_.text(2);
  newest_.reset();
  const auto head = parse_head(text);
  if (!fits || !head || head->sequence != tip.sequence || head->hash != tip.hash)
    return fail(ErrorKind::corrupt, "audit.db: its newest entry is not the signed one; see qala audit verify");
  if (tip.sequence < tip_.sequence || (tip.sequence == tip_.sequence && tip.hash != tip_.hash))
    return fail(ErrorKind::corrupt, "audit.db was rewritten while it was open; see qala audit verify");
  tip_ = tip;
  std::lock_guard guard(head_lock_);
  head_ = text;
  return *head;
}

Result<> ChainLog::catch_up() {
  if (tip_.sequence == 0 && !chain_begun()) return {};
  TRY(const auto head, read_tip());
  if (tip_known_) {
    tip_known_ = false;
    return {};
  }
  if (!is_signed_by(head, key_.public_key))
    return fail(ErrorKind::corrupt, "audit.key does not belong to audit.db: restore both from the same backup");
  return {};
}

bool ChainLog::chain_begun() {
  const auto any = newest_.step();
  newest_.reset();
  return !any || *any;
}

Result<> ChainLog::append(std::span<const Event> events) {
  if (events.empty()) return {};
  TRY(auto transaction, sqlite::Transaction::begin(db_));
  TRY_VOID(catch_up());  // `qala token create` may have appended meanwhile
  Tip tip = tip_;
  for (const Event& event : events) {
    TRY(tip, add(tip, event));
  }
  return finish(transaction, tip);
}

Result<> ChainLog::finish(sqlite::Transaction& transaction, const Tip& tip) {
  std::string head = to_text(sign_head(tip.sequence, tip.hash, key_.secret));
  TRY_VOID(put_head_.bind(1, head).run());
  TRY_VOID(transaction.commit().context("recording in audit.db"));
  tip_ = tip;
  std::lock_guard guard(head_lock_);
  head_ = std::move(head);
  return {};
}

Result<ChainLog::Tip> ChainLog::add(const Tip& tip, const Event& event) {
  const Salt actor_salt = random_bytes<16>(), detail_salt = random_bytes<16>();
  Link link{.sequence = tip.sequence + 1, .at_ms = clock_.now().ms(), .action = event.action, .object = event.object};
  TRY(link.subject, subject_of(event.actor));
  link.actor_commitment = commit_actor(actor_salt, event.actor);
  link.detail_commitment = commit_detail(detail_salt, event.detail);
  const Tip next{.sequence = link.sequence, .hash = hash_of(tip.hash, link)};
  const auto sequence = static_cast<std::int64_t>(link.sequence);
  add_entry_.bind(1, sequence).bind(2, link.at_ms).bind_blob(3, link.subject).bind(4, link.action).bind(5, link.object);
  TRY_VOID(add_entry_.bind_blob(6, link.actor_commitment)
               .bind_blob(7, link.detail_commitment)
               .bind_blob(8, next.hash)
               .run()
               .context("recording in audit.db"));
  add_actor_.bind(1, sequence).bind_blob(2, actor_salt).bind(3, event.actor.kind).bind(4, event.actor.subject);
  TRY_VOID(add_actor_.run());
  TRY_VOID(add_detail_.bind(1, sequence).bind_blob(2, detail_salt).bind(3, event.detail).run());
  return next;
}

Result<SubjectId> ChainLog::subject_of(const Actor& actor) {
  TRY(const bool known, find_subject_.bind(1, actor.kind).bind(2, actor.subject).step());
  SubjectId id;
  if (known) {
    const bool fits = copy_blob(find_subject_.blob(0), id);
    find_subject_.reset();
    if (fits) return id;
    return fail(ErrorKind::corrupt, "audit.db: a subject id has not 16 bytes");
  }
  id = random_bytes<16>();
  TRY_VOID(add_subject_.bind_blob(1, id).bind(2, actor.kind).bind(3, actor.subject).run());
  return id;
}

std::string ChainLog::head() const {
  std::lock_guard guard(head_lock_);
  return head_;
}

Result<std::uint64_t> ChainLog::erase_actor(const Actor& actor, const Actor& by) {
  TRY(const bool known, find_subject_.bind(1, actor.kind).bind(2, actor.subject).step());
  if (!known) return fail(ErrorKind::not_found, "nobody of that name is in the audit record");
  const auto subject = find_subject_.blob(0);
  find_subject_.reset();
  TRY(auto transaction, sqlite::Transaction::begin(db_));
  TRY_VOID(catch_up());
  TRY(auto names, db_.prepare("DELETE FROM actor_name WHERE sequence IN (SELECT sequence FROM entry WHERE subject=?)"));
  TRY_VOID(names.bind_blob(1, subject).run());
  const auto erased = static_cast<std::uint64_t>(db_.changes());
  TRY(auto mapping, db_.prepare("DELETE FROM subject WHERE id=?"));
  TRY_VOID(mapping.bind_blob(1, subject).run());
  TRY(const Tip tip, add(tip_, {.actor = by, .action = "audit.actor_erased", .object = "subject " + to_hex(subject)}));
  TRY_VOID(finish(transaction, tip));
  TRY_VOID(forget_bytes());
  return erased;
}

Result<std::uint64_t> ChainLog::erase_details(std::span<const std::uint64_t> sequences, const Actor& by) {
  TRY(auto transaction, sqlite::Transaction::begin(db_));
  TRY_VOID(catch_up());
  TRY(auto remove, db_.prepare("DELETE FROM detail WHERE sequence=?"));
  std::uint64_t erased = 0;
  std::string object = "entries";
  for (const std::uint64_t sequence : sequences) {
    TRY_VOID(remove.bind(1, static_cast<std::int64_t>(sequence)).run());
    if (db_.changes() == 0) continue;
    erased++;
    object += " " + std::to_string(sequence);
  }
  if (erased == 0) return 0;
  TRY(const Tip tip, add(tip_, {.actor = by, .action = "audit.details_erased", .object = object}));
  TRY_VOID(finish(transaction, tip));
  TRY_VOID(forget_bytes());
  return erased;
}

Result<> ChainLog::forget_bytes() {
  // secure_delete overwrites the pages; what was erased still stands in the write-ahead log until it is emptied
  return db_.exec("PRAGMA wal_checkpoint(TRUNCATE)");
}

Result<std::unique_ptr<Log>> Log::open(const std::string& folder, const Clock& clock, Random& random) {
  const std::string key_path = folder + "/audit.key";
  auto key = load_key(key_path);
  const bool new_key = !key && key.error().kind == ErrorKind::not_found;
  if (new_key) key = make_key(key_path, random);
  if (!key) return std::move(key.error());
  TRY(auto db, sqlite::Database::open(folder + "/audit.db", {.cache_kib = 512}));
  TRY_VOID(sqlite::upgrade_room(db, "audit", kSchemaSteps));
  auto log = std::make_unique<ChainLog>(std::move(db), *key, clock, random);
  TRY_VOID(log->load(new_key));
  return std::unique_ptr<Log>(std::move(log));
}

}  // namespace qala::audit
