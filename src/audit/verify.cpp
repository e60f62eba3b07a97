#include <algorithm>

#include "audit/audit.h"
#include "audit/chain.h"
#include "audit/key.h"
#include "base/sqlite.h"

namespace qala::audit {

namespace {

constexpr std::string_view kAll =
    "SELECT entry.sequence, at, subject, action, object, actor_commitment, detail_commitment, hash, "
    "actor_name.salt, actor_name.kind, actor_name.name, detail.salt, detail.text "
    "FROM entry LEFT JOIN actor_name USING (sequence) LEFT JOIN detail USING (sequence) ORDER BY entry.sequence";

template <std::size_t N>
std::array<std::byte, N> fixed(const sqlite::Statement& row, int column) {
  std::array<std::byte, N> bytes{};
  const auto blob = row.blob(column);
  if (blob.size() == N) std::copy(blob.begin(), blob.end(), bytes.begin());
  return bytes;
}

/// Walks the entries in order and remembers what the heads are compared with.
class Walk {
 public:
  explicit Walk(std::optional<Head> published) : published_(std::move(published)) {}

  /// What is wrong with this entry, or nothing.
  std::string take(const sqlite::Statement& row) {
    const Link link{.sequence = static_cast<std::uint64_t>(row.integer(0)),
                    .at_ms = row.integer(1),
                    .subject = fixed<16>(row, 2),
                    .actor_commitment = fixed<32>(row, 5),
                    .detail_commitment = fixed<32>(row, 6),
                    .action = row.text(3),
                    .object = row.text(4)};
    if (link.sequence != entries + 1) return "is missing";
    if (hash_of(hash_, link) != fixed<32>(row, 7)) return "does not fit its hash: it or an earlier one was changed";
    if (auto problem = check_personal(row, link); !problem.empty()) return problem;
    const Hash hash = fixed<32>(row, 7);
    if (published_ && published_->sequence == link.sequence && published_->hash != hash)
      return "is not the one that the given head vouches for: the chain was rewritten";
    entries++;
    hash_ = hash;
    if (link.action == "audit.begun" || link.action == "audit.key_replaced") remember_key(link.object);
    return {};
  }

  bool known_key_signed(const Head& head) const {
    return std::ranges::any_of(keys_, [&](const PublicKey& key) { return is_signed_by(head, key); });
  }
  const std::vector<PublicKey>& keys() const { return keys_; }
  const Hash& hash() const { return hash_; }

  std::uint64_t entries = 0, erased = 0;

 private:
  std::string check_personal(const sqlite::Statement& row, const Link& link) {
    if (row.is_null(8)) erased++;
    else if (commit_actor(fixed<16>(row, 8), {row.text(9), row.text(10)}) != link.actor_commitment)
      return "names another actor than the one who was recorded";
    if (row.is_null(11)) erased++;
    else if (commit_detail(fixed<16>(row, 11), row.text(12)) != link.detail_commitment)
      return "has another detail than was recorded";
    return {};
  }

  void remember_key(std::string_view object) {
    PublicKey key;
    if (object.starts_with("key ") && from_hex(object.substr(4), key)) keys_.push_back(key);
  }

  std::optional<Head> published_;
  std::vector<PublicKey> keys_;
  Hash hash_{};
};

std::string check_stored_head(const Walk& walk, const std::string& text) {
  const auto head = parse_head(text);
  if (!head) return "the signed head in audit.db is damaged";
  if (head->sequence > walk.entries)
    return "the chain was cut: the signed head stands at entry " + std::to_string(head->sequence);
  if (head->sequence < walk.entries || head->hash != walk.hash())
    return "entries were added that nobody signed, after " + std::to_string(head->sequence);
  if (walk.keys().empty() || !is_signed_by(*head, walk.keys().back()))
    return "the head is not signed by the key of this chain";
  return {};
}

std::string check_published_head(const Walk& walk, const Head& head) {
  if (head.sequence > walk.entries)
    return "the chain was cut: the given head stands at entry " + std::to_string(head.sequence);
  if (!walk.known_key_signed(head)) return "the given head is not signed by any key of this chain";
  return {};
}

/// The chain must end with the key that lies in the folder; a folder without the key (a copy) is verified without it.
std::string check_key(const Walk& walk, const std::string& folder) {
  const auto key = load_key(folder + "/audit.key");
  if (!key) return key.error().kind == ErrorKind::not_found ? std::string() : key.error().message;
  if (walk.keys().empty() || walk.keys().back() != key->public_key)
    return "the chain is signed by another key than audit.key";
  return {};
}

Verdict judge(Verdict verdict, std::uint64_t first_bad, std::string problem) {
  verdict.ok = problem.empty();
  verdict.first_bad = verdict.ok ? 0 : first_bad;
  verdict.problem = std::move(problem);
  return verdict;
}

}  // namespace

Result<Verdict> verify(const std::string& folder, std::optional<std::string_view> published_head) {
  std::optional<Head> published;
  if (published_head) {
    published = parse_head(*published_head);
    if (!published) return fail(ErrorKind::invalid, "a head looks like 17.<64 hex digits>.<86 characters>");
  }
  TRY(auto db, sqlite::Database::open(folder + "/audit.db", {.read_only = true}));
  TRY_VOID(db.exec("BEGIN"));  // one moment of the chain, even while the server writes
  Walk walk(published);
  TRY(auto rows, db.prepare(kAll));
  while (true) {
    TRY(const bool more, rows.step());
    if (!more) break;
    if (std::string problem = walk.take(rows); !problem.empty()) {
      const std::uint64_t bad = walk.entries + 1;
      return judge({.entries = walk.entries, .erased = walk.erased}, bad,
                   "entry " + std::to_string(bad) + " " + problem);
    }
  }
  TRY(auto stored, db.prepare("SELECT text FROM head"));
  TRY(const bool has_head, stored.step());
  Verdict verdict{.entries = walk.entries, .erased = walk.erased, .head = has_head ? stored.text(0) : std::string()};
  std::string problem = check_stored_head(walk, verdict.head);
  if (problem.empty()) problem = check_key(walk, folder);
  if (problem.empty() && published) problem = check_published_head(walk, *published);
  return judge(std::move(verdict), walk.entries + 1, std::move(problem));
}

}  // namespace qala::audit
