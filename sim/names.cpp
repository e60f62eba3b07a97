#include "sim/names.h"

#include <array>
#include <vector>

namespace qala::sim {

namespace {

struct Words {
  const char* key;
  Text name;
  std::vector<Text> rows;
  std::vector<Text> columns;
};

const std::array<Words, kAreas>& words() {
  static const std::array<Words, kAreas> all{{
      {"orta",
       {"Орталық", "Центр", "Centre"},
       {{"Жеңіс көшесі", "ул. Жениса", "Zhenis Street"},
        {"Ыбырай Алтынсарин көшесі", "ул. Ыбырая Алтынсарина", "Altynsarin Street"},
        {"Мектеп көшесі", "ул. Мектеп", "Mektep Street"},
        {"Бөгенбай батыр көшесі", "ул. Богенбай батыра", "Bogenbai batyr Street"},
        {"Абай даңғылы", "пр. Абая", "Abai Avenue"},
        {"Кенесары көшесі", "ул. Кенесары", "Kenesary Street"},
        {"Қаныш Сәтбаев көшесі", "ул. Каныша Сатпаева", "Satbayev Street"},
        {"Бейбітшілік көшесі", "ул. Бейбитшилик", "Beibitshilik Street"}},
       {{"Сарыарқа көшесі", "ул. Сарыарка", "Saryarka Street"},
        {"Шоқан Уәлиханов көшесі", "ул. Шокана Уалиханова", "Ualikhanov Street"},
        {"Мағжан Жұмабаев көшесі", "ул. Магжана Жумабаева", "Zhumabayev Street"},
        {"Әл-Фараби көшесі", "ул. Аль-Фараби", "Al-Farabi Street"},
        {"Жамбыл көшесі", "ул. Жамбыла", "Zhambyl Street"},
        {"Тәуелсіздік даңғылы", "пр. Тауелсиздик", "Tauelsizdik Avenue"},
        {"Мұхтар Әуезов көшесі", "ул. Мухтара Ауэзова", "Auezov Street"},
        {"Сәкен Сейфуллин көшесі", "ул. Сакена Сейфуллина", "Seifullin Street"},
        {"Ақан сері көшесі", "ул. Акан сери", "Akan seri Street"},
        {"Біржан сал көшесі", "ул. Биржан сала", "Birzhan sal Street"}}},
      {"shyg",
       {"Шығыс", "Восток", "East"},
       {{"Наурыз көшесі", "ул. Наурыз", "Nauryz Street"},
        {"Достық көшесі", "ул. Достык", "Dostyk Street"},
        {"Құрманғазы көшесі", "ул. Курмангазы", "Kurmangazy Street"},
        {"Абай даңғылы", "пр. Абая", "Abai Avenue"},
        {"Дина Нұрпейісова көшесі", "ул. Дины Нурпеисовой", "Nurpeissova Street"},
        {"Ғабит Мүсірепов көшесі", "ул. Габита Мусрепова", "Musrepov Street"},
        {"Бейбітшілік көшесі", "ул. Бейбитшилик", "Beibitshilik Street"}},
       {{"Біржан сал көшесі", "ул. Биржан сала", "Birzhan sal Street"},
        {"Қажымұқан көшесі", "ул. Кажымукана", "Kazhymukan Street"},
        {"Тың игерушілер көшесі", "ул. Тын игерушилер", "Tyn igerushiler Street"},
        {"Әлия Молдағұлова көшесі", "ул. Алии Молдагуловой", "Moldagulova Street"},
        {"Мәншүк Мәметова көшесі", "ул. Маншук Маметовой", "Mametova Street"},
        {"Бауыржан Момышұлы көшесі", "ул. Бауыржана Момышулы", "Momyshuly Street"},
        {"Ақжол көшесі", "ул. Акжол", "Akzhol Street"}}},
      {"zhagalau",
       {"Жағалау", "Жагалау", "Zhagalau"},
       {{"Терек көшесі", "ул. Терек", "Terek Street"},
        {"Тал көшесі", "ул. Тал", "Tal Street"},
        {"Бұлақ көшесі", "ул. Булак", "Bulak Street"},
        {"Шағала көшесі", "ул. Шагала", "Shagala Street"},
        {"Аққу көшесі", "ул. Акку", "Akku Street"},
        {"Жағалау көшесі", "ул. Жагалау", "Zhagalau Street"},
        {"Өзен көшесі", "ул. Озен", "Ozen Street"}},
       {{"Қамыс көшесі", "ул. Камыс", "Kamys Street"},
        {"Балықшы көшесі", "ул. Балыкшы", "Balykshy Street"},
        {"Көпір көшесі", "ул. Копир", "Kopir Street"},
        {"Тоғай көшесі", "ул. Тогай", "Togai Street"},
        {"Қайың көшесі", "ул. Кайын", "Kaiyn Street"},
        {"Мойыл көшесі", "ул. Мойыл", "Moiyl Street"},
        {"Долана көшесі", "ул. Долана", "Dolana Street"},
        {"Итмұрын көшесі", "ул. Итмурын", "Itmuryn Street"},
        {"Шие көшесі", "ул. Шие", "Shiye Street"},
        {"Қарақат көшесі", "ул. Каракат", "Karakat Street"}}},
      {"koktem",
       {"Көктем", "Коктем", "Koktem"},
       {{"Көктем көшесі", "ул. Коктем", "Koktem Street"},
        {"Гүлдер көшесі", "ул. Гулдер", "Gulder Street"},
        {"Бәйшешек көшесі", "ул. Байшешек", "Baishesek Street"},
        {"Жауқазын көшесі", "ул. Жауказын", "Zhaukazyn Street"},
        {"Айнакөл көшесі", "ул. Айнаколь", "Ainakol Street"}},
       {{"Алма көшесі", "ул. Алма", "Alma Street"},
        {"Өрік көшесі", "ул. Орик", "Orik Street"},
        {"Шырша көшесі", "ул. Шырша", "Shyrsha Street"},
        {"Емен көшесі", "ул. Емен", "Emen Street"},
        {"Үйеңкі көшесі", "ул. Уйенки", "Uienki Street"},
        {"Арша көшесі", "ул. Арша", "Arsha Street"},
        {"Жиде көшесі", "ул. Жиде", "Zhide Street"},
        {"Бүлдірген көшесі", "ул. Бульдирген", "Buldirgen Street"},
        {"Таңқурай көшесі", "ул. Танкурай", "Tankurai Street"}}},
      {"zhana",
       {"Жаңа қоныс", "Жана коныс", "Zhana konys"},
       {{"Қызғалдақ көшесі", "ул. Кызгалдак", "Kyzgaldak Street"},
        {"Ақ қайың көшесі", "ул. Ак кайын", "Ak kaiyn Street"},
        {"Балауса көшесі", "ул. Балауса", "Balausa Street"},
        {"Абай даңғылы", "пр. Абая", "Abai Avenue"},
        {"Жастар көшесі", "ул. Жастар", "Zhastar Street"},
        {"Самал көшесі", "ул. Самал", "Samal Street"},
        {"Арай көшесі", "ул. Арай", "Arai Street"}},
       {{"Алтын дән көшесі", "ул. Алтын дан", "Altyn dan Street"},
        {"Бірлік көшесі", "ул. Бирлик", "Birlik Street"},
        {"Болашақ көшесі", "ул. Болашак", "Bolashak Street"},
        {"Шаңырақ көшесі", "ул. Шанырак", "Shanyrak Street"},
        {"Ынтымақ көшесі", "ул. Ынтымак", "Yntymak Street"},
        {"Отырар көшесі", "ул. Отырар", "Otyrar Street"},
        {"Атамекен көшесі", "ул. Атамекен", "Atameken Street"},
        {"Ұлы дала көшесі", "ул. Улы дала", "Uly dala Street"},
        {"Сарыарқа көшесі", "ул. Сарыарка", "Saryarka Street"}}},
      {"temir",
       {"Теміржол", "Темиржол", "Temirzhol"},
       {{"Бекет көшесі", "ул. Бекет", "Beket Street"},
        {"Теміржолшылар көшесі", "ул. Темиржолшылар", "Temirzholshylar Street"},
        {"Машинистер көшесі", "ул. Машинистер", "Mashinister Street"},
        {"Депо көшесі", "ул. Депо", "Depo Street"},
        {"Түркісіб көшесі", "ул. Турксиб", "Turksib Street"},
        {"Дала көшесі", "ул. Дала", "Dala Street"}},
       {{"Ақмола көшесі", "ул. Акмола", "Akmola Street"},
        {"Көкшетау көшесі", "ул. Кокшетау", "Kokshetau Street"},
        {"Бурабай көшесі", "ул. Бурабай", "Burabai Street"},
        {"Есіл көшесі", "ул. Есиль", "Esil Street"},
        {"Нұра көшесі", "ул. Нура", "Nura Street"},
        {"Торғай көшесі", "ул. Торгай", "Torgai Street"},
        {"Ырғыз көшесі", "ул. Ыргыз", "Yrgyz Street"},
        {"Балқаш көшесі", "ул. Балхаш", "Balkash Street"},
        {"Қарқаралы көшесі", "ул. Каркаралы", "Karkaraly Street"},
        {"Баянауыл көшесі", "ул. Баянаул", "Bayanaul Street"},
        {"Ұлытау көшесі", "ул. Улытау", "Ulytau Street"},
        {"Сырдария көшесі", "ул. Сырдария", "Syrdariya Street"},
        {"Жайық көшесі", "ул. Жайык", "Zhaiyk Street"}}},
      {"ondiris",
       {"Өндіріс аймағы", "Промзона", "Industrial area"},
       {{"Зауыт көшесі", "ул. Зауыт", "Zauyt Street"},
        {"Құрылысшылар көшесі", "ул. Курылысшылар", "Kurylysshylar Street"},
        {"Энергетиктер көшесі", "ул. Энергетиктер", "Energetikter Street"},
        {"Элеватор көшесі", "ул. Элеватор", "Elevator Street"}},
       {{"Қазандық көшесі", "ул. Казандык", "Kazandyk Street"},
        {"Бетоншылар көшесі", "ул. Бетоншылар", "Betonshylar Street"},
        {"Автокөлікшілер көшесі", "ул. Автоколикшилер", "Avtokolikshiler Street"},
        {"Қойма көшесі", "ул. Койма", "Koima Street"},
        {"Механизаторлар көшесі", "ул. Механизаторлар", "Mekhanizatorlar Street"},
        {"Өнеркәсіп көшесі", "ул. Онеркасип", "Onerkasip Street"}}},
  }};
  return all;
}

constexpr std::array<const char*, 30> kStops{
    "Базар",     "Вокзал",  "Мектеп", "Әкімдік",  "Аурухана",      "Стадион",  "Кітапхана", "Мешіт",
    "Саябақ",    "Колледж", "Көпір",  "Элеватор", "Қазандық",      "Депо",     "Емхана",    "Пошта",
    "Балабақша", "Театр",   "Зауыт",  "Айнакөл",  "Жағалау",       "Көктем",   "Достық",    "Абай",
    "Наурыз",    "Бірлік",  "Самал",  "Шағала",   "Теміржолшылар", "Автобекет"};

const Words& of(Area area) { return words()[static_cast<std::size_t>(area)]; }

}  // namespace

const char* key_of(Area area) { return of(area).key; }
const Text& name_of(Area area) { return of(area).name; }
std::span<const Text> rows_of(Area area) { return of(area).rows; }
std::span<const Text> columns_of(Area area) { return of(area).columns; }
std::span<const char* const> stop_names() { return kStops; }

}  // namespace qala::sim
