#include "registry/catalogue.h"

#include <vector>

namespace qala::registry {

namespace {

// Vocabularies that others use for the same words.
constexpr const char* kAir = "http://dd.eionet.europa.eu/vocabulary/aq/pollutant/";
constexpr const char* kClimate = "http://vocab.nerc.ac.uk/standard_name/";
constexpr const char* kQuantity = "http://qudt.org/vocab/quantitykind/";

struct Row {
  std::uint32_t id;
  const char *key, *kk, *ru, *en, *vocabulary, *term, *unit;
  int decimals;
  double plausible_min, plausible_max;
};

// clang-format off: one property a line
constexpr Row kRows[] = {
    {1, "pm2_5", "Ұсақ бөлшектер PM2.5", "Мелкие частицы PM2.5", "Fine particles PM2.5", kAir, "6001", "µg/m³", 1, 0, 2000},
    {2, "pm10", "Қалқыма бөлшектер PM10", "Взвешенные частицы PM10", "Particles PM10", kAir, "5", "µg/m³", 1, 0, 5000},
    {3, "pm1", "Өте ұсақ бөлшектер PM1", "Мельчайшие частицы PM1", "Very fine particles PM1", kAir, "6002", "µg/m³", 1, 0, 2000},
    {4, "so2", "Күкірт диоксиді", "Диоксид серы", "Sulphur dioxide", kAir, "1", "µg/m³", 1, 0, 5000},
    {5, "no2", "Азот диоксиді", "Диоксид азота", "Nitrogen dioxide", kAir, "8", "µg/m³", 1, 0, 2000},
    {6, "no", "Азот оксиді", "Оксид азота", "Nitric oxide", kAir, "38", "µg/m³", 1, 0, 3000},
    {7, "nox", "Азот оксидтері", "Оксиды азота", "Nitrogen oxides", kAir, "9", "µg/m³", 1, 0, 5000},
    {8, "co", "Көміртек оксиді", "Оксид углерода", "Carbon monoxide", kAir, "10", "mg/m³", 2, 0, 200},
    {9, "o3", "Жер бетіндегі озон", "Приземный озон", "Ground-level ozone", kAir, "7", "µg/m³", 1, 0, 1000},
    {10, "h2s", "Күкіртсутек", "Сероводород", "Hydrogen sulphide", kAir, "11", "µg/m³", 1, 0, 2000},
    {11, "co2", "Көмірқышқыл газы", "Углекислый газ", "Carbon dioxide", kAir, "71", "ppm", 0, 0, 40000},
    {12, "tvoc", "Ұшпа органикалық қосылыстар", "Летучие органические соединения", "Volatile organic compounds", "", "", "ppb", 0, 0, 60000},
    {13, "temperature", "Ауа температурасы", "Температура воздуха", "Air temperature", kClimate, "air_temperature/", "°C", 1, -60, 60},
    {14, "humidity", "Ауа ылғалдылығы", "Влажность воздуха", "Relative humidity", kClimate, "relative_humidity/", "%", 0, 0, 100},
    {15, "pressure", "Атмосфералық қысым", "Атмосферное давление", "Air pressure", kClimate, "air_pressure/", "hPa", 1, 800, 1100},
    {16, "dew_point", "Шық нүктесі", "Точка росы", "Dew point", kClimate, "dew_point_temperature/", "°C", 1, -80, 40},
    {17, "wind_speed", "Жел жылдамдығы", "Скорость ветра", "Wind speed", kClimate, "wind_speed/", "m/s", 1, 0, 80},
    {18, "wind_gust", "Жел екпіні", "Порывы ветра", "Wind gusts", kClimate, "wind_speed_of_gust/", "m/s", 1, 0, 100},
    {19, "wind_direction", "Жел бағыты", "Направление ветра", "Wind direction", kClimate, "wind_from_direction/", "°", 0, 0, 360},
    {20, "rain", "Жауын-шашын", "Осадки", "Precipitation", kClimate, "thickness_of_rainfall_amount/", "mm", 1, 0, 500},
    {21, "snow_depth", "Қар қалыңдығы", "Высота снега", "Snow depth", kClimate, "surface_snow_thickness/", "cm", 0, 0, 500},
    {22, "solar_radiation", "Күн радиациясы", "Солнечная радиация", "Solar irradiance", kQuantity, "Irradiance", "W/m²", 0, 0, 1500},
    {23, "illuminance", "Жарықталыну", "Освещённость", "Illuminance", kQuantity, "Illuminance", "lx", 0, 0, 200000},
    {24, "visibility", "Көріну қашықтығы", "Дальность видимости", "Visibility", kClimate, "visibility_in_air/", "m", 0, 0, 100000},
    {25, "noise", "Шу деңгейі", "Уровень шума", "Noise level", kQuantity, "SoundPressureLevel", "dB", 1, 0, 150},
    {26, "radiation", "Радиациялық фон", "Радиационный фон", "Background radiation", kQuantity, "DoseEquivalent", "µSv/h", 2, 0, 1000},
    {27, "soil_moisture", "Топырақ ылғалдылығы", "Влажность почвы", "Soil moisture", "", "", "%", 0, 0, 100},
    {28, "road_temperature", "Жол бетінің температурасы", "Температура дорожного покрытия", "Road surface temperature", kQuantity, "Temperature", "°C", 1, -60, 90},
    {29, "water_level", "Су деңгейі", "Уровень воды", "Water level", kQuantity, "Height", "m", 2, -50, 200},
    {30, "battery", "Батарея заряды", "Заряд батареи", "Battery charge", kQuantity, "StateOfCharge", "%", 0, 0, 100},
    {31, "battery_voltage", "Батарея кернеуі", "Напряжение батареи", "Battery voltage", kQuantity, "Voltage", "V", 2, 0, 60},
    {32, "voltage", "Кернеу", "Напряжение", "Voltage", kQuantity, "Voltage", "V", 1, 0, 1000},
    {33, "current", "Ток күші", "Сила тока", "Current", kQuantity, "ElectricCurrent", "A", 2, -5000, 5000},
    {34, "power", "Электр қуаты", "Электрическая мощность", "Electric power", kQuantity, "ActivePower", "W", 0, -10000000, 10000000},
    {35, "reactive_power", "Реактивті қуат", "Реактивная мощность", "Reactive power", kQuantity, "ReactivePower", "var", 0, -10000000, 10000000},
    {36, "power_factor", "Қуат коэффициенті", "Коэффициент мощности", "Power factor", kQuantity, "PowerFactor", "", 2, -1, 1},
    {37, "frequency", "Желі жиілігі", "Частота сети", "Mains frequency", kQuantity, "Frequency", "Hz", 2, 0, 100},
    {38, "energy", "Электр энергиясы", "Электроэнергия", "Electric energy", kQuantity, "Energy", "kWh", 1, 0, 1000000000},
    {39, "water_flow", "Су шығыны", "Расход воды", "Water flow", kQuantity, "VolumeFlowRate", "m³/h", 2, -10000, 10000},
    {40, "water_volume", "Су көлемі", "Объём воды", "Water volume", kQuantity, "Volume", "m³", 2, 0, 1000000000},
    {41, "water_pressure", "Су қысымы", "Давление воды", "Water pressure", kQuantity, "Pressure", "bar", 2, 0, 40},
    {42, "water_leak", "Су ағуы", "Протечка воды", "Water leak", "", "", "", 0, 0, 1},
    {43, "gas_flow", "Газ шығыны", "Расход газа", "Gas flow", kQuantity, "VolumeFlowRate", "m³/h", 2, 0, 100000},
    {44, "gas_volume", "Газ көлемі", "Объём газа", "Gas volume", kQuantity, "Volume", "m³", 2, 0, 1000000000},
    {45, "heat_power", "Жылу қуаты", "Тепловая мощность", "Thermal power", kQuantity, "HeatFlowRate", "kW", 1, -1000000, 1000000},
    {46, "heat_energy", "Жылу энергиясы", "Тепловая энергия", "Heat energy", kQuantity, "Heat", "MWh", 2, 0, 1000000000},
    {47, "supply_temperature", "Берілетін су температурасы", "Температура подачи", "Supply temperature", kQuantity, "Temperature", "°C", 1, -40, 200},
    {48, "return_temperature", "Қайтатын су температурасы", "Температура обратного потока", "Return temperature", kQuantity, "Temperature", "°C", 1, -40, 200},
    {49, "flow", "Жылу тасығыш шығыны", "Расход теплоносителя", "Heating water flow", kQuantity, "VolumeFlowRate", "m³/h", 2, -10000, 10000},
    {50, "supply_pressure", "Берілетін су қысымы", "Давление подачи", "Supply pressure", kQuantity, "Pressure", "bar", 2, 0, 40},
    {51, "return_pressure", "Қайтатын су қысымы", "Давление обратного потока", "Return pressure", kQuantity, "Pressure", "bar", 2, 0, 40},
    {52, "pump_state", "Сорғы күйі", "Состояние насоса", "Pump state", "", "", "", 0, 0, 1},
    {53, "lamp_state", "Шам күйі", "Состояние фонаря", "Lamp state", "", "", "", 0, 0, 1},
    {54, "lamp_power", "Шам қуаты", "Мощность фонаря", "Lamp power", kQuantity, "ActivePower", "W", 0, 0, 2000},
    {55, "dimming", "Жарықтық деңгейі", "Уровень яркости", "Dimming level", kQuantity, "DimensionlessRatio", "%", 0, 0, 100},
    {56, "fill_level", "Толу деңгейі", "Уровень заполнения", "Fill level", kQuantity, "DimensionlessRatio", "%", 0, 0, 100},
    {57, "tilt", "Көлбеу бұрышы", "Угол наклона", "Tilt angle", kQuantity, "Angle", "°", 1, -180, 180},
    {58, "vehicle_count", "Көлік саны", "Число машин", "Vehicle count", kQuantity, "Count", "", 0, 0, 100000},
    {59, "vehicle_speed", "Ағынның орташа жылдамдығы", "Средняя скорость потока", "Average traffic speed", kQuantity, "Speed", "km/h", 0, 0, 250},
    {60, "occupancy", "Жол жүктемесі", "Загруженность дороги", "Road occupancy", kQuantity, "DimensionlessRatio", "%", 0, 0, 100},
    {61, "pedestrian_count", "Жаяу жүргінші саны", "Число пешеходов", "Pedestrian count", kQuantity, "Count", "", 0, 0, 100000},
    {62, "latitude", "Ендік", "Широта", "Latitude", kQuantity, "Latitude", "°", 5, -90, 90},
    {63, "longitude", "Бойлық", "Долгота", "Longitude", kQuantity, "Longitude", "°", 5, -180, 180},
    {64, "altitude", "Теңіз деңгейінен биіктік", "Высота над уровнем моря", "Altitude", kQuantity, "Altitude", "m", 0, -500, 9000},
    {65, "speed", "Жылдамдық", "Скорость", "Speed", kQuantity, "Speed", "km/h", 0, 0, 250},
    {66, "heading", "Қозғалыс бағыты", "Направление движения", "Heading", kQuantity, "Angle", "°", 0, 0, 360},
    {67, "ignition", "Тұтандыру", "Зажигание", "Ignition", "", "", "", 0, 0, 1},
    {68, "odometer", "Жүрілген жол", "Пробег", "Distance driven", kQuantity, "Distance", "km", 0, 0, 5000000},
    {69, "fuel_level", "Отын деңгейі", "Уровень топлива", "Fuel level", kQuantity, "DimensionlessRatio", "%", 0, 0, 100},
    {70, "passenger_count", "Жолаушы саны", "Число пассажиров", "Passenger count", kQuantity, "Count", "", 0, 0, 1000},
    {71, "bench_usage", "Орындықтың қолданылуы", "Использование скамейки", "Bench usage", kQuantity, "Count", "", 0, 0, 10000},
    {72, "wifi_clients", "Wi-Fi қолданушылары", "Пользователи Wi-Fi", "Wi-Fi users", kQuantity, "Count", "", 0, 0, 10000},
    {73, "charging_power", "Зарядтау қуаты", "Мощность зарядки", "Charging power", kQuantity, "ActivePower", "W", 1, 0, 500000},
    {74, "indoor_temperature", "Ішкі температура", "Температура внутри", "Indoor temperature", kQuantity, "Temperature", "°C", 1, -60, 80},
    {75, "heater_state", "Жылытқыш күйі", "Состояние обогревателя", "Heater state", "", "", "", 0, 0, 1},
    {76, "door_open", "Есік ашық", "Дверь открыта", "Door open", "", "", "", 0, 0, 1},
    {77, "motion", "Қозғалыс байқалды", "Обнаружено движение", "Motion detected", "", "", "", 0, 0, 1},
    {78, "rssi", "Сигнал деңгейі", "Уровень сигнала", "Signal strength", "", "", "dBm", 0, -200, 20},
    {79, "snr", "Сигнал-шу қатынасы", "Отношение сигнал/шум", "Signal-to-noise ratio", "", "", "dB", 1, -50, 60},
    {80, "uptime", "Үздіксіз жұмыс уақыты", "Время непрерывной работы", "Uptime", kQuantity, "Time", "s", 0, 0, 10000000000},
    {81, "status", "Құрылғы күйі", "Состояние устройства", "Device status", "", "", "", 0, 0, 0},
    {82, "solar_power", "Күн панелінің қуаты", "Мощность солнечной панели", "Solar panel power", kQuantity, "ActivePower", "W", 0, 0, 10000000},
    {83, "video_online", "Бейне келіп тұр", "Видео поступает", "Video arrives", "", "", "", 0, 0, 1},
    {84, "picture_brightness", "Кескін жарықтығы", "Яркость изображения", "Picture brightness", "", "", "%", 0, 0, 100},
    {85, "picture_faults", "Кескін ақаулары", "Неисправности изображения", "Faults of the picture", "", "", "", 0, 0, 10},
    {86, "video_bitrate", "Бейне ағыны", "Поток видео", "Video bit rate", "", "", "kbit/s", 0, 0, 200000},
    {87, "digital_input", "Сандық кіріс", "Цифровой вход", "Digital input", "", "", "", 0, 0, 1},
    {88, "codec_disabled", "Кодек ажыратылған", "Кодек отключён", "Codec disabled", "", "", "", 0, 0, 1},
    {89, "link_margin", "Радиоарна қоры", "Запас радиоканала", "Link margin", "", "", "dB", 1, -40, 60},
    {90, "frames_lost", "Жоғалған кадрлар", "Потерянные кадры", "Frames lost", "", "", "", 0, 0, 1000000},
};
// clang-format on

std::vector<ObservedProperty> build() {
  std::vector<ObservedProperty> properties;
  for (const Row& row : kRows)
    properties.push_back({.id = ObservedPropertyId(row.id),
                          .key = row.key,
                          .name = {.kk = row.kk, .ru = row.ru, .en = row.en},
                          .definition = std::string(row.vocabulary) + row.term,
                          .unit = row.unit,
                          .decimals = row.decimals,
                          .plausible_min = row.plausible_min,
                          .plausible_max = row.plausible_max});
  return properties;
}

}  // namespace

std::span<const ObservedProperty> catalogue() {
  static const std::vector<ObservedProperty> properties = build();
  return properties;
}

}  // namespace qala::registry
