#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <string>

#include "residents/page.h"
#include "residents/words.h"

namespace qala::residents {

constexpr std::int64_t kKept = 10 * Instant::kSecond;

/// The page of each language as it was last worked out.
struct Page::Impl {
  explicit Impl(PageContext given) : context(std::move(given)) {}

  /// nullptr: there is none, or it is too old.
  std::shared_ptr<const std::string> kept(Language language) const;
  /// Works it out if need be; who comes meanwhile waits and gets the same.
  std::shared_ptr<const std::string> up_to_date(Language language);

  struct Kept {
    mutable std::mutex mutex;  ///< guards html and made, held for the copy of a pointer
    std::mutex making;         ///< held while the page is worked out
    std::shared_ptr<const std::string> html;
    std::int64_t made = 0;  ///< monotonic ns
  };
  PageContext context;
  std::array<Kept, kLanguages.size()> slots;
};

}  // namespace qala::residents
