#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "alarms/board.h"
#include "alarms/rules.h"
#include "base/clock.h"
#include "base/threads.h"
#include "base/zone.h"
#include "http/server.h"
#include "readings/store.h"
#include "registry/registry.h"
#include "warnings/warning_book.h"

namespace qala::residents {

/// What the public page is made of. Everything outlives it.
struct PageContext {
  Worker& pool;
  const Clock& clock;
  const registry::Registry& registry;
  const readings::ReadingStore& store;
  const alarms::AlarmBoard& board;
  const alarms::RuleBook& rules;
  Zone zone;
  registry::LocalText town_name;
  const warnings::WarningBook* warnings = nullptr;  ///< none: in tests without public warnings
};

/// The residents' page: public warnings in force, the air now and in the last 24 h, what is out of order, the age of
/// each figure. One HTML document, no script, no other request, at most 60 KB; worked out at most every 10 s per
/// language.
class Page {
 public:
  explicit Page(PageContext context);
  ~Page();
  /// HTML in "kk", "ru" or "en". Any thread.
  std::string render(std::string_view language) const;
  /// The page as it was made less than 10 s ago; nullptr: there is none, and render() makes it. Any thread, at once.
  std::shared_ptr<const std::string> cached(std::string_view language) const;
  const PageContext& context() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// `/` (language by Accept-Language, Kazakh first), `/kk`, `/ru`, `/en`. `page` must outlive the router. `open`: how
/// the house marks what is for anybody.
void add_routes(http::Router& router, const Page& page, http::Handler (*open)(http::Handler) = nullptr);

}  // namespace qala::residents
