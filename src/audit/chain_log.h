#pragma once

#include <mutex>
#include <string>

#include "audit/audit.h"
#include "audit/chain.h"
#include "audit/key.h"
#include "base/sqlite.h"

namespace qala::audit {

/// Log over audit.db. The lock guards only the text of the head, which other threads ask for.
class ChainLog final : public Log {
 public:
  ChainLog(sqlite::Database db, SigningKey key, const Clock& clock, Random& random)
      : db_(std::move(db)), key_(key), clock_(clock), random_(random) {}
  /// Reads the newest entry; begins the chain if there is none. `new_key`: the chain records it.
  Result<> load(bool new_key);

  Result<> append(std::span<const Event> events) override;
  std::string head() const override;
  Result<std::uint64_t> erase_actor(const Actor& actor, const Actor& by) override;
  Result<std::uint64_t> erase_details(std::span<const std::uint64_t> sequences, const Actor& by) override;

 private:
  struct Tip {
    std::uint64_t sequence = 0;
    Hash hash = {};
  };
  Result<> prepare();
  /// Takes over what another process appended since; inside the transaction that appends. `corrupt` if the chain was
  /// cut or rewritten, or its head is not signed by our key.
  Result<> catch_up();
  Result<Head> read_tip();
  bool chain_begun();
  Result<Tip> add(const Tip& tip, const Event& event);
  Result<SubjectId> subject_of(const Actor& actor);
  /// Signs, stores and commits; only then the chain in memory moves on.
  Result<> finish(sqlite::Transaction& transaction, const Tip& tip);
  Result<> forget_bytes();
  template <std::size_t N>
  std::array<std::byte, N> random_bytes();

  sqlite::Database db_;
  SigningKey key_;
  const Clock& clock_;
  Random& random_;
  Tip tip_;
  bool tip_known_ = false;  ///< the next catch_up() does not ask who signed
  sqlite::Statement add_entry_, add_actor_, add_detail_, find_subject_, add_subject_, put_head_, newest_;
  mutable std::mutex head_lock_;
  std::string head_;
};

}  // namespace qala::audit
