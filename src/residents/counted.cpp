#include "residents/counted.h"

#include <array>

namespace qala::residents {

namespace {

struct CountedRow {
  const char *kk, *ru_one, *ru_few, *ru_many, *en_one, *en_other;
};

constexpr std::array<CountedRow, 4> kCounted{{
    {"{} шам жанбай тұр", "не горит {} фонарь", "не горят {} фонаря", "не горят {} фонарей", "{} lamp is dark",
     "{} lamps are dark"},
    {"{} шам", "{} фонарь", "{} фонаря", "{} фонарей", "{} lamp", "{} lamps"},
    {"{} контейнер", "{} контейнер", "{} контейнера", "{} контейнеров", "{} bin", "{} bins"},
    {"{} жерде", "в {} месте", "в {} местах", "в {} местах", "in {} place", "in {} places"},
}};

const char* russian(const CountedRow& row, std::uint64_t n) {
  switch (words::russian_plural(n)) {
    case words::Plural::one: return row.ru_one;
    case words::Plural::few: return row.ru_few;
    case words::Plural::many: return row.ru_many;
  }
  return row.ru_many;
}

}  // namespace

std::string counted(Counted what, std::uint64_t n, Language language) {
  const CountedRow& row = kCounted[static_cast<std::size_t>(what)];
  const auto amount = number(static_cast<double>(n), 0, language);
  if (language == Language::kk) return fill(row.kk, {amount});
  if (language == Language::ru) return fill(russian(row, n), {amount});
  return fill(n == 1 ? row.en_one : row.en_other, {amount});
}

}  // namespace qala::residents
