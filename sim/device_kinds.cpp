#include "sim/device_kinds.h"

#include <fmt/format.h>

namespace qala::sim {

namespace {

std::string vehicle_name(unsigned number) {
  if (number <= 10) return fmt::format("Автобус {}", number);
  if (number <= 20) return fmt::format("Қар тазалағыш {}", number - 10);
  return fmt::format("Қоқыс тасығыш {}", number - 20);
}

}  // namespace

Code code_of(Model model) {
  switch (model) {
    case Model::air: return {"AB", "АБ", 1};
    case Model::electricity: return {"EM", "ЭЕ", 3};
    case Model::water: return {"WM", "СЕ", 3};
    case Model::heat: return {"HM", "ЖЕ", 3};
    case Model::lamp: return {"L", "Ш", 4};
    case Model::feeder: return {"F", "F", 2};
    case Model::substation: return {"ZhP", "ЖП", 1};
    case Model::boiler: return {"QZ", "Қазандық №", 1};
    case Model::bin: return {"QK", "ҚК", 3};
    case Model::stop: return {"ST", "", 2};
    case Model::bench: return {"OR", "ОР", 2};
    case Model::camera: return {"K", "К", 2};
    case Model::vehicle: return {"TR", "ТР", 2};
    case Model::gateway: return {"LG", "LG", 2};
    case Model::counter: return {"KS", "КС", 2};
    case Model::weather: return {"MS", "МС", 1};
    case Model::pump: return {"M", "М", 1};
    case Model::valve: return {"VN", "ВН", 1};
    case Model::transformer: return {"TP", "ТП", 1};
  }
  return {"X", "X", 1};
}

std::string with_number(std::string_view code, unsigned number, int digits) {
  return fmt::format("{}-{:0{}}", code, number, digits);
}

std::string display_name(Model model, unsigned number) {
  const Code code = code_of(model);
  switch (model) {
    case Model::stop:
      return number <= stop_names().size() ? fmt::format("«{}» аялдамасы", stop_names()[number - 1])
                                           : fmt::format("Аялдама {}", number);
    case Model::vehicle: return vehicle_name(number);
    case Model::boiler: return fmt::format("Қазандық №{}", number);
    default: return with_number(code.name, number, code.digits);
  }
}

Kind kind_of(Model model) {
  switch (model) {
    case Model::air: return Kind::air_station;
    case Model::electricity:
    case Model::water:
    case Model::heat: return Kind::meter;
    case Model::lamp: return Kind::lamp;
    case Model::feeder: return Kind::feeder;
    case Model::substation: return Kind::heat_substation;
    case Model::bin: return Kind::bin;
    case Model::stop: return Kind::bus_stop;
    case Model::bench: return Kind::bench;
    case Model::camera: return Kind::camera;
    case Model::vehicle: return Kind::vehicle;
    case Model::gateway: return Kind::gateway;
    case Model::counter: return Kind::traffic_counter;
    case Model::weather: return Kind::weather_station;
    case Model::pump:
    case Model::valve: return Kind::pump;
    case Model::boiler:
    case Model::transformer: return Kind::other;
  }
  return Kind::other;
}

Voice voice_of(Model model) {
  switch (model) {
    case Model::electricity:
    case Model::water:
    case Model::heat:
    case Model::lamp:
    case Model::bin: return Voice::gateway;
    case Model::stop:
    case Model::bench: return Voice::http;
    case Model::camera:
    case Model::vehicle: return Voice::line;
    default: return Voice::mqtt;
  }
}

std::uint32_t interval_of(Model model) {
  switch (model) {
    case Model::air: return 600;
    case Model::lamp: return 120;
    case Model::water:
    case Model::heat:
    case Model::stop: return 300;
    case Model::bench: return 600;
    case Model::bin: return 900;
    default: return 60;
  }
}

}  // namespace qala::sim
