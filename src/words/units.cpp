#include <algorithm>
#include <array>

#include "words/format.h"

namespace qala::words {

namespace {

struct UnitRow {
  std::string_view symbol, kk, ru;
};

/// The same as the screens' catalogues (web/src/i18n, "unit.").
constexpr std::array kUnits = std::to_array<UnitRow>({{"ms", "мс", "мс"},
                                                      {"s", "с", "с"},
                                                      {"min", "мин", "мин"},
                                                      {"h", "сағ", "ч"},
                                                      {"m", "м", "м"},
                                                      {"km", "км", "км"},
                                                      {"cm", "см", "см"},
                                                      {"mm", "мм", "мм"},
                                                      {"µg/m³", "мкг/м³", "мкг/м³"},
                                                      {"mg/m³", "мг/м³", "мг/м³"},
                                                      {"m³", "м³", "м³"},
                                                      {"m³/h", "м³/сағ", "м³/ч"},
                                                      {"l/h", "л/сағ", "л/ч"},
                                                      {"m/s", "м/с", "м/с"},
                                                      {"km/h", "км/сағ", "км/ч"},
                                                      {"veh/h", "көлік/сағ", "авт./ч"},
                                                      {"W", "Вт", "Вт"},
                                                      {"kW", "кВт", "кВт"},
                                                      {"MW", "МВт", "МВт"},
                                                      {"var", "вар", "вар"},
                                                      {"Wh", "Вт·сағ", "Вт·ч"},
                                                      {"kWh", "кВт·сағ", "кВт·ч"},
                                                      {"MWh", "МВт·сағ", "МВт·ч"},
                                                      {"Gcal", "Гкал", "Гкал"},
                                                      {"Gcal/h", "Гкал/сағ", "Гкал/ч"},
                                                      {"V", "В", "В"},
                                                      {"A", "А", "А"},
                                                      {"Hz", "Гц", "Гц"},
                                                      {"Pa", "Па", "Па"},
                                                      {"hPa", "гПа", "гПа"},
                                                      {"kPa", "кПа", "кПа"},
                                                      {"bar", "бар", "бар"},
                                                      {"lx", "лк", "лк"},
                                                      {"dB", "дБ", "дБ"},
                                                      {"dBm", "дБм", "дБм"},
                                                      {"kbit/s", "кбит/с", "кбит/с"},
                                                      {"W/m²", "Вт/м²", "Вт/м²"},
                                                      {"µSv/h", "мкЗв/сағ", "мкЗв/ч"},
                                                      {"B", "Б", "Б"},
                                                      {"kB", "КБ", "КБ"},
                                                      {"MB", "МБ", "МБ"},
                                                      {"GB", "ГБ", "ГБ"},
                                                      {"TB", "ТБ", "ТБ"}});

}  // namespace

std::string_view unit(std::string_view symbol, Language language) {
  const auto row = std::ranges::find(kUnits, symbol, &UnitRow::symbol);
  if (row == kUnits.end() || language == Language::en) return symbol;
  return language == Language::kk ? row->kk : row->ru;
}

}  // namespace qala::words
