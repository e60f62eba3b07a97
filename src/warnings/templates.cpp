#include "warnings/templates.h"

#include "warnings/check.h"

namespace qala::warnings {

namespace {

// clang-format off: one text a line
const std::array<registry::LocalText, kHazards> kEvents{{
    {"Ауаның ластануы", "Загрязнение воздуха", "Air pollution"},
    {"Қатты аяз", "Сильный мороз", "Severe frost"},
    {"Сумен жабдықтаудағы іркіліс", "Перебои с водой", "Water supply disruption"},
    {"Электр қуатының өшуі", "Отключение электричества", "Power cut"},
    {"Ескерту", "Предупреждение", "Warning"},
}};

const std::array<Template, kHazards> kTemplates{{
    {.hazard = Hazard::air, .urgency = Urgency::immediate, .severity = Severity::moderate, .certainty = Certainty::observed, .hours = 12,
     .texts = {{{"Ауа қатты ластанған", "Ауадағы ұсақ шаңның мөлшері шектен асты. Жел тұрғанша жағдай өзгермейді.", "Терезені жабыңыз, далада ұзақ жүрмеңіз. Балалар, қарттар, жүрегі мен өкпесі ауыратындар үйде болсын."},
                {"Воздух сильно загрязнён", "Мелкой пыли в воздухе больше допустимого. До ветра положение не изменится.", "Закройте окна и не оставайтесь долго на улице. Детям, пожилым, людям с болезнями сердца и лёгких лучше быть дома."},
                {"The air is heavily polluted", "Fine dust in the air is above the limit. It will stay so until the wind rises.", "Close the windows and do not stay outdoors for long. Children, older people and people with heart or lung disease should stay in."}}}},
    {.hazard = Hazard::frost, .urgency = Urgency::expected, .severity = Severity::severe, .certainty = Certainty::likely, .hours = 24,
     .texts = {{{"Түнде қатты аяз болады", "Түнде ауа температурасы −35 °C-тан төмен түседі деп күтіледі.", "Қажет болмаса, жолға шықпаңыз. Жылы киініңіз, балалар мен қарттарды далаға шығармаңыз. Жалғыз тұратын көршілеріңізден хабар алыңыз."},
                {"Ночью ожидается сильный мороз", "Ночью температура воздуха опустится ниже −35 °C.", "Без нужды не выезжайте. Оденьтесь тепло, не выпускайте на улицу детей и пожилых. Узнайте, как дела у одиноких соседей."},
                {"Severe frost is expected tonight", "The temperature will fall below −35 °C during the night.", "Do not travel if you can avoid it. Dress warmly and keep children and older people indoors. Look in on neighbours who live alone."}}}},
    {.hazard = Hazard::water, .urgency = Urgency::immediate, .severity = Severity::moderate, .certainty = Certainty::observed, .hours = 12,
     .texts = {{{"Су уақытша берілмейді", "Су құбырындағы ақауға байланысты су уақытша берілмейді. Жөндеу жүріп жатыр.", "Шүмектерді жабыңыз. Ауызсуды су таситын көліктен алыңыз. Су қайта берілгенде алғашқы суды ағызып жіберіңіз."},
                {"Вода временно отключена", "Из-за повреждения водопровода воды временно нет. Идёт ремонт.", "Закройте краны. Питьевую воду берите из водовозки. Когда воду дадут, сначала слейте первую воду."},
                {"Water is cut off for now", "A water main is damaged and there is no water for now. It is being repaired.", "Close the taps. Fetch drinking water from the water truck. When the water is back, let the first of it run off."}}}},
    {.hazard = Hazard::power, .urgency = Urgency::immediate, .severity = Severity::moderate, .certainty = Certainty::observed, .hours = 8,
     .texts = {{{"Электр қуаты өшті", "Электр желісіндегі ақауға байланысты жарық жоқ. Жөндеу жүріп жатыр.", "Электр құралдарын розеткадан суырыңыз. Үзілген сымға жақындамаңыз, ол туралы 112 нөміріне хабарлаңыз."},
                {"Отключено электричество", "Из-за аварии в электросети нет света. Идёт ремонт.", "Отключите приборы от розеток. Не подходите к оборванным проводам, сообщите о них по номеру 112."},
                {"There is no electricity", "A fault in the grid has cut the power. It is being repaired.", "Unplug appliances. Keep away from fallen wires and report them by calling 112."}}}},
    {.hazard = Hazard::other, .urgency = Urgency::expected, .severity = Severity::minor, .certainty = Certainty::likely, .hours = 12,
     .texts = {{{"", "", "Қосымша хабар күтіңіз. Қауіп төнсе, 112 нөміріне қоңырау шалыңыз."},
                {"", "", "Ждите дальнейших сообщений. При опасности звоните 112."},
                {"", "", "Wait for further messages. If you are in danger, call 112."}}}},
}};

constexpr std::array<std::string_view, 3> kOver{"Күші жойылды: ", "Отменено: ", "Cancelled: "};
constexpr std::array<std::string_view, 3> kNoMore{"Бұл ескерту енді күшінде емес.", "Это предупреждение больше не действует.", "This warning no longer holds."};
// clang-format on

/// At most so many characters, whole ones.
std::string shortened(const std::string& text, std::size_t most) {
  std::size_t n = 0;
  for (std::size_t i = 0; i < text.size(); i++) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0) == 0x80) continue;
    if (n == most) return text.substr(0, i);
    n++;
  }
  return text;
}

}  // namespace

const Template& template_of(Hazard hazard) { return kTemplates[static_cast<std::size_t>(hazard)]; }
const registry::LocalText& event_of(Hazard hazard) { return kEvents[static_cast<std::size_t>(hazard)]; }

Texts cancelled_texts(const Texts& texts) {
  Texts out;
  for (std::size_t i = 0; i < texts.size(); i++) {
    if (texts[i].empty()) continue;
    out[i].headline = shortened(std::string(kOver[i]) + texts[i].headline, TextLimits::kHeadline);
    out[i].description = kNoMore[i];
  }
  return out;
}

}  // namespace qala::warnings
