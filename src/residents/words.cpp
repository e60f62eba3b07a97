#include "residents/words.h"

#include "base/assert.h"

namespace qala::residents {

namespace {

// clang-format off: one text a line
constexpr WordRow kRows[] = {
    {Word::title, "ауа және ақаулар", "воздух и неполадки", "air and faults"},
    {Word::languages, "Тіл", "Язык", "Language"},
    {Word::air_now, "Ауа қазір", "Воздух сейчас", "Air now"},
    {Word::stations, "Барлық бекеттер", "Все станции", "All stations"},
    {Word::band_1, "Таза", "Чисто", "Clean"},
    {Word::band_2, "Қалыпты", "Приемлемо", "Fair"},
    {Word::band_3, "Сәл лас", "Слегка грязно", "Slightly dirty"},
    {Word::band_4, "Лас", "Грязно", "Dirty"},
    {Word::band_5, "Өте лас", "Очень грязно", "Very dirty"},
    {Word::band_6, "Қауіпті", "Опасно", "Dangerous"},
    {Word::label_1, "таза", "чисто", "clean"},
    {Word::label_2, "қалыпты", "норма", "fair"},
    {Word::label_3, "сәл лас", "слегка грязно", "slightly dirty"},
    {Word::label_4, "лас", "грязно", "dirty"},
    {Word::label_5, "өте лас", "очень грязно", "very dirty"},
    {Word::label_6, "қауіпті", "опасно", "danger"},
    {Word::advice_1, "Серуендеуге, үйді желдетуге болады.", "Можно гулять и проветривать.", "Good for a walk and for airing the house."},
    {Word::advice_2, "Серуендеуге болады. Өкпесі ауыратындар далада ұзақ жаттықпағаны жөн.", "Можно гулять. Людям с болезнями лёгких лучше не заниматься на улице подолгу.", "Fine for a walk. People with lung disease should not exercise outdoors for long."},
    {Word::advice_3, "Балалар, қарттар, жүрегі мен өкпесі ауыратындар далада аз болсын.", "Детям, пожилым, людям с болезнями сердца и лёгких лучше меньше быть на улице.", "Children, older people and people with heart or lung disease should spend less time outdoors."},
    {Word::advice_4, "Терезені жабыңыз, далада ұзақ жүрмеңіз.", "Закройте окна и не оставайтесь долго на улице.", "Close the windows and do not stay outdoors for long."},
    {Word::advice_5, "Терезені ашпаңыз, балалар мен қарттар үйде болсын.", "Не открывайте окна; детям и пожилым лучше быть дома.", "Keep the windows closed; children and older people should stay in."},
    {Word::advice_6, "Қажет болмаса, үйден шықпаңыз, терезені ашпаңыз. Далада респиратор киіңіз.", "Без нужды не выходите, не открывайте окна. На улице наденьте респиратор.", "Stay in if you can and keep the windows closed. Wear a respirator outdoors."},
    {Word::scale, "Алты деңгейдің {}-деңгейі: {}", "Уровень {} из шести: {}", "Level {} of six: {}"},
    {Word::highest, "Қаладағы ең жоғары көрсеткіш", "Самое высокое показание в городе", "The highest reading in town"},
    {Word::micrograms, "мкг/м³", "мкг/м³", "µg/m³"},
    {Word::over_single_limit, "Бір реттік шекті мөлшерден (160 мкг/м³) {} есе жоғары.", "В {} раза выше предельной разовой концентрации (160 мкг/м³).", "{} times the single-sample limit (160 µg/m³)."},
    {Word::day_mean, "24 сағаттық орташа: {} мкг/м³, тәуліктік шек 35", "Среднее за 24 часа: {} мкг/м³, суточный предел 35", "Mean of 24 hours: {} µg/m³, daily limit 35"},
    {Word::last_24_hours, "Соңғы 24 сағат, әр сағаттың орташасы", "Последние 24 часа, среднее за каждый час", "The last 24 hours, mean of each hour"},
    {Word::bars_now, "қазір", "сейчас", "now"},
    {Word::bars_in_words, "Ең азы {}, ең көбі {} мкг/м³, ең көп сағат {}", "От {} до {} мкг/м³, больше всего в час, начавшийся в {}", "From {} to {} µg/m³, highest in the hour from {}"},
    {Word::no_bars, "Соңғы 24 сағатта дерек болған жоқ.", "За последние 24 часа данных не было.", "There were no readings in the last 24 hours."},
    {Word::no_data, "Дерек жоқ", "Нет данных", "No data"},
    {Word::no_data_since, "{} дерек жоқ", "нет данных {}", "no data {}"},
    {Word::no_data_yet, "дерек әлі келген жоқ", "данных ещё не было", "no data yet"},
    {Word::doubtful, "көрсеткіш күмәнді", "показание сомнительно", "reading in doubt"},
    {Word::all_silent, "Соңғы 2 сағатта бірде-бір бекеттен сенімді дерек келген жоқ.", "За последние 2 часа ни одна станция не прислала надёжных данных.", "No station has sent a reading to rely on in the last 2 hours."},
    {Word::no_stations, "Қалада ауа бекеті әлі жоқ.", "В городе пока нет станций наблюдения за воздухом.", "The town has no air station yet."},
    {Word::out_of_order, "Не істемей тұр", "Что не работает", "What is out of order"},
    {Word::heat, "Жылу", "Тепло", "Heating"},
    {Word::light, "Көше жарығы", "Уличный свет", "Street light"},
    {Word::water, "Су", "Вода", "Water"},
    {Word::stop, "Аялдамалар", "Остановки", "Bus stops"},
    {Word::bin, "Қоқыс контейнерлері", "Мусорные контейнеры", "Waste bins"},
    {Word::air, "Ауа", "Воздух", "Air"},
    {Word::weather, "Ауа райы", "Погода", "Weather"},
    {Word::no_faults, "ақау байқалмады", "сбоев не видно", "no fault seen"},
    {Word::unknown, "белгісіз", "неизвестно", "unknown"},
    {Word::heat_weak, "Жылу әлсіз", "Слабое тепло", "Heating is weak"},
    {Word::heat_fades, "Жылу азайып барады", "Тепло слабеет", "Heating is getting weaker"},
    {Word::light_gone, "Көше жарығы жоқ", "Нет уличного света", "No street light"},
    {Word::water_weak, "Су қысымы төмен", "Слабый напор воды", "Water pressure is low"},
    {Word::water_leaks, "Су ағып жатыр", "Утечка воды", "Water is leaking"},
    {Word::stop_cold, "Аялдама іші суық", "На остановке холодно", "Bus stop is cold inside"},
    {Word::bin_full, "Контейнер толды", "Контейнер полон", "Bin is full"},
    {Word::fault, "Ақау бар", "Неисправность", "Fault"},
    {Word::known, "кезекші біледі", "дежурный знает", "the duty desk knows"},
    {Word::reporting, "Байланыста {}, барлығы {}; соңғы дерек {}", "На связи {} из {}; последние данные {}", "{} of {} report; last reading {}"},
    {Word::and_more, "және тағы {}", "и ещё {}", "and {} more"},
    {Word::nothing_watched, "Қалада бақыланатын құрылғы әлі жоқ.", "В городе пока нет устройств, за которыми следят.", "The town watches no devices yet."},
    {Word::as_of, "Дерек уақыты: {}", "Данные на {}", "As of {}"},
    {Word::reload, "Жаңа дерек көру үшін бетті қайта ашыңыз.", "Чтобы увидеть новые данные, обновите страницу.", "Reload the page for newer figures."},
    {Word::no_cookies, "Бұл бет куки қоймайды, сізді бақыламайды.", "Страница не ставит куки и не следит за вами.", "This page sets no cookies and does not follow you."},
    {Word::bands_question, "Ауа туралы сөздер қайдан алынған?", "Откуда взяты слова о воздухе?", "Where do the words for the air come from?"},
    {Word::bands_answer,
     "Сөздер PM2.5 көрсеткішін АҚШ-тың 2024 жылғы ауа сапасы индексінің шектерімен салыстырады: 9; 35,4; 55,4; 125,4; 225,4 мкг/м³. Ол шектер тәуліктік орташаға арналған, мұнда соңғы көрсеткішке қолданылады. Қазақстан шектері: бір реттік 160, тәуліктік орташа 35 мкг/м³ (ҚР ДСМ-70 бұйрығы, 2022 жылғы 2 тамыз). 2 сағаттан ескі дерек «қазір» деп көрсетілмейді.",
     "Слова сравнивают PM2.5 с границами индекса качества воздуха США 2024 года: 9; 35,4; 55,4; 125,4; 225,4 мкг/м³. Эти границы заданы для среднего за сутки, здесь они применены к последнему показанию. Пределы Казахстана: разовый 160, среднесуточный 35 мкг/м³ (приказ ҚР ДСМ-70 от 2 августа 2022 года). То, что старше 2 часов, не показывается как «сейчас».",
     "The words compare PM2.5 with the limits of the United States' air quality index of 2024: 9, 35.4, 55.4, 125.4, 225.4 µg/m³. Those are made for the mean of a day and used here for the last reading. Limits of Kazakhstan: single sample 160, daily mean 35 µg/m³ (order KR DSM-70 of 2 August 2022). Nothing older than 2 hours is shown as now."},
    {Word::warning_extreme, "Төтенше қауіп", "Чрезвычайная опасность", "Extreme danger"},
    {Word::warning_severe, "Үлкен қауіп", "Большая опасность", "Severe danger"},
    {Word::warning_moderate, "Ескерту", "Предупреждение", "Warning"},
    {Word::warning_minor, "Хабарландыру", "Извещение", "Notice"},
    {Word::warning_unknown, "Қауіп деңгейі белгісіз", "Степень опасности неизвестна", "Danger not yet known"},
    {Word::warning_do, "Не істеу керек", "Что делать", "What to do"},
    {Word::warning_from, "Басталуы: {}", "Начало: {}", "From: {}"},
    {Word::warning_until, "Аяқталуы: {}", "Действует до: {}", "Until: {}"},
};
// clang-format on
static_assert(std::size(kRows) == kWords);
static_assert([] {
  for (std::size_t i = 0; i < kWords; i++) {
    if (kRows[i].word != static_cast<Word>(i)) return false;
  }
  return true;
}());

}  // namespace

std::span<const WordRow> all_words() { return kRows; }

std::string_view text(Word word, Language language) {
  const WordRow& row = kRows[static_cast<std::size_t>(word)];
  return language == Language::kk ? row.kk : language == Language::ru ? row.ru : row.en;
}

}  // namespace qala::residents
