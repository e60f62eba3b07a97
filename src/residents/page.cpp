#include "residents/page.h"

#include <array>
#include <mutex>

#include "residents/page_cache.h"
#include "residents/parts.h"

namespace qala::residents {

void Draft::moment(std::int64_t at, std::string_view words) {
  html.raw("<time datetime=\"").text(to_iso(Instant::from_seconds(Instant{at}.seconds()))).raw("\">").text(words);
  html.raw("</time>");
}

namespace {

void write_head(Draft draft, const std::string& town) {
  draft.html.raw("<!doctype html>\n<html lang=\"")
      .raw(code_of(draft.language))
      .raw("\"><head><meta charset=\"utf-8\">");
  draft.html.raw("<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>");
  draft.html.text(town).raw(": ").text(draft.word(Word::title)).raw("</title>");
  draft.html.raw("<link rel=\"icon\" href=\"data:,\"><style>").raw(style_sheet()).raw("</style></head><body>\n");
}

void write_header(Draft draft, const std::string& town) {
  Html& html = draft.html;
  html.raw("<header><div><h1>").text(town).raw("</h1> ");
  draft.moment(draft.time.now().ns, draft.time.weekday(draft.language) + ", " + draft.time.clock(draft.time.now()));
  html.raw("</div> <nav aria-label=\"").text(draft.word(Word::languages)).raw("\">");
  constexpr std::array<const char*, 3> names{"Қаз", "Рус", "Eng"};
  for (const Language language : kLanguages) {
    const auto code = code_of(language);
    html.raw("<a href=\"/").raw(code).raw("\" lang=\"").raw(code).raw("\" hreflang=\"").raw(code).raw("\"");
    html.raw(language == draft.language ? " aria-current=\"true\">" : ">");
    html.raw(names[static_cast<std::size_t>(language)]).raw("</a> ");
  }
  html.raw("</nav></header>\n");
}

void write_footer(Draft draft) {
  Html& html = draft.html;
  html.raw("<footer><p>").text(fill(draft.word(Word::as_of), {draft.time.clock(draft.time.now())})).raw(". ");
  html.text(draft.word(Word::reload)).raw(" ").text(draft.word(Word::no_cookies)).raw("</p><details><summary>");
  html.text(draft.word(Word::bands_question)).raw("</summary><p>").text(draft.word(Word::bands_answer));
  html.raw("</p></details></footer>\n</body></html>\n");
}

}  // namespace

std::string write_page(const Picture& picture, const registry::LocalText& town, const Zone& zone, Language language) {
  Html html;
  const LocalTime time(zone, picture.now);
  const Draft draft{html, language, time};
  const std::string& name = pick(town, language);
  write_head(draft, name);
  write_header(draft, name);
  html.raw("<main>\n");
  write_warnings(draft, picture);
  write_notices(draft, picture);
  write_air(draft, picture.air);
  write_services(draft, picture);
  write_stations(draft, picture.air);
  html.raw("</main>\n");
  write_footer(draft);
  return html.take();
}

Page::Page(PageContext context) : impl_(std::make_unique<Impl>(std::move(context))) {}
Page::~Page() = default;

const PageContext& Page::context() const { return impl_->context; }

std::string Page::render(std::string_view language) const {
  return *impl_->up_to_date(language_from(language).value_or(Language::kk));
}

std::shared_ptr<const std::string> Page::cached(std::string_view language) const {
  return impl_->kept(language_from(language).value_or(Language::kk));
}

std::shared_ptr<const std::string> Page::Impl::kept(Language language) const {
  const Kept& slot = slots[static_cast<std::size_t>(language)];
  const std::lock_guard lock(slot.mutex);
  const bool young = slot.html && context.clock.monotonic_ns() - slot.made < kKept;
  return young ? slot.html : nullptr;
}

std::shared_ptr<const std::string> Page::Impl::up_to_date(Language language) {
  Kept& slot = slots[static_cast<std::size_t>(language)];
  const std::lock_guard making(slot.making);
  if (auto html = kept(language)) return html;
  auto html =
      std::make_shared<const std::string>(write_page(take_picture(context), context.town_name, context.zone, language));
  const std::lock_guard lock(slot.mutex);
  slot.html = html;
  slot.made = context.clock.monotonic_ns();
  return html;
}

}  // namespace qala::residents
