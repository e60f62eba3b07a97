#include "incidents/print_words.h"

namespace qala::incidents {

namespace {

using Row = std::array<std::string_view, 3>;  // kk, ru, en

constexpr std::array<Row, kPrints> kTexts{{
    {"Ауысым кітабы", "Журнал смены", "Shift book"},
    {"Ауысымда: {}", "На смене: {}", "On shift: {}"},
    {"{} – {}", "С {} по {}", "From {} to {}"},
    {"{} басталды, әлі жүріп жатыр", "Начата: {}, ещё идёт", "Began {}, still running"},
    {"Келесі ауысымға: {}", "Следующей смене: {}", "For the next shift: {}"},
    {"Жазбалар", "Записи", "Entries"},
    {"Уақыты", "Время", "Time"},
    {"Кім", "Кто", "Who"},
    {"Не жазылды", "Что записано", "What was written"},
    {"Тапсырған кезде ашық тұрғаны", "Что было открыто при сдаче", "What was open at the handover"},
    {"Ашық ештеңе болған жоқ", "Ничего не было открыто", "Nothing was open"},
    {"Қабылданбаған дабылдар", "Тревоги без ответа", "Unacknowledged alarms"},
    {"Қабылданған, әлі бар", "Приняты, ещё длятся", "Acknowledged, still active"},
    {"Кейінге қойылған", "Отложены", "Shelved"},
    {"Қызметтен шығарылған", "Выведены из работы", "Out of service"},
    {"Үнсіз құрылғылар", "Молчащие устройства", "Silent devices"},
    {"Басқа себеппен түсіндірілген", "Объяснены другой тревогой", "Explained by another alarm"},
    {"Назардан тыс ережелер", "Правила, на которые не смотрят", "Rules not heeded"},
    {"Жүйенің өзі", "Сама система", "The system itself"},
    {"Дәрежесі", "Приоритет", "Priority"},
    {"Не болды", "Что случилось", "What"},
    {"Қай жерде", "Где", "Where"},
    {"Мәні", "Значение", "Value"},
    {"Қашаннан", "Началась", "Since"},
    {"Кім, неге", "Кем, почему", "By whom, why"},
    {"1 · Қатерлі", "1 · Критическая", "1 · Critical"},
    {"2 · Жоғары", "2 · Высокая", "2 · High"},
    {"3 · Орташа", "3 · Средняя", "3 · Medium"},
    {"4 · Төмен", "4 · Низкая", "4 · Low"},
    {"5 · Хабар", "5 · Сведение", "5 · Info"},
    {"Тапсырды: {}, {}", "Сдал(а): {}, {}", "Handed over by {}, {}"},
    {"Тапсырушы {} қол қойған жоқ", "Сдающий {} не подписал", "{} did not sign the handover"},
    {"Қабылдады: {}, {}", "Принял(а): {}, {}", "Accepted by {}, {}"},
    {"Ешкім қабылдаған жоқ", "Никто не принял", "Nobody accepted"},
    {"{} · {} басып шығарылды", "{} · напечатано {}", "{} · printed {}"},
    {"ЖАТТЫҒУ", "УЧЕНИЕ", "EXERCISE"},
}};

}  // namespace

std::string_view text(Print what, words::Language language) {
  return kTexts[static_cast<std::size_t>(what)][static_cast<std::size_t>(language)];
}

}  // namespace qala::incidents
