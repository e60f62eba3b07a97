#include "alarms/rules.h"
#include "base/assert.h"

namespace qala::alarms {

namespace {

constexpr std::string_view kDefaults = R"toml(
# The rules that a town starts with. A file in the folder rules/ with the same key replaces one.

# --- Air. Limits: Kazakhstan's largest single (20 to 30 min) concentrations, order KR DSM-70 of 2 August 2022:
# PM2.5 0.16, PM10 0.3, SO2 0.5, NO2 0.2, CO 5, O3 0.16, H2S 0.008 mg/m3. They clear at three quarters.
[[rule]]
key = "pm2_5_high"
name = {kk = "PM2.5 шектен асты", ru = "PM2.5 выше предела", en = "PM2.5 above the limit"}
kind = "air_station"
property = "pm2_5"
comparison = ">"
limit = 160
clear = 120
unit = "µg/m³"
severity = 3

[[rule]]
key = "pm10_high"
name = {kk = "PM10 шектен асты", ru = "PM10 выше предела", en = "PM10 above the limit"}
kind = "air_station"
property = "pm10"
comparison = ">"
limit = 300
clear = 225
unit = "µg/m³"
severity = 3
explained_by = ["pm2_5_high"]  # smoke is both; dust raises this one alone

[[rule]]
key = "so2_high"
name = {kk = "Күкірт диоксиді шектен асты", ru = "Диоксид серы выше предела", en = "Sulphur dioxide above the limit"}
kind = "air_station"
property = "so2"
comparison = ">"
limit = 500
clear = 375
unit = "µg/m³"
severity = 3

[[rule]]
key = "no2_high"
name = {kk = "Азот диоксиді шектен асты", ru = "Диоксид азота выше предела", en = "Nitrogen dioxide above the limit"}
kind = "air_station"
property = "no2"
comparison = ">"
limit = 200
clear = 150
unit = "µg/m³"
severity = 3

[[rule]]
key = "co_high"
name = {kk = "Көміртек оксиді шектен асты", ru = "Оксид углерода выше предела", en = "Carbon monoxide above the limit"}
kind = "air_station"
property = "co"
comparison = ">"
limit = 5000
clear = 3750
unit = "µg/m³"
severity = 3

[[rule]]
key = "o3_high"
name = {kk = "Озон шектен асты", ru = "Озон выше предела", en = "Ozone above the limit"}
kind = "air_station"
property = "o3"
comparison = ">"
limit = 160
clear = 120
unit = "µg/m³"
severity = 3

[[rule]]
key = "h2s_high"
name = {kk = "Күкіртсутек шектен асты", ru = "Сероводород выше предела", en = "Hydrogen sulphide above the limit"}
kind = "air_station"
property = "h2s"
comparison = ">"
limit = 8
clear = 6
unit = "µg/m³"
severity = 3

# A rise of 100 µg/m3 in ten minutes is a fire nearby or a faulty sensor (start value of the QARTOD rate test).
[[rule]]
key = "pm2_5_jump"
name = {kk = "PM2.5 күрт өсті", ru = "PM2.5 резко выросло", en = "PM2.5 rose sharply"}
kind = "air_station"
property = "pm2_5"
comparison = "rate"
limit = 100
clear = 50
unit = "µg/m³"
per_s = 600
severity = 5
explained_by = ["pm2_5_high"]

# QARTOD's flat line test calls six hours a failure. Dust is never the same for long while other stations see it change.
[[rule]]
key = "pm2_5_frozen"
name = {kk = "PM2.5 мәні тұрып қалды", ru = "Показание PM2.5 застыло", en = "PM2.5 reading stands still"}
kind = "air_station"
property = "pm2_5"
comparison = "frozen"
limit = 0
for_s = 21600
severity = 3

[[rule]]
key = "pm10_frozen"
name = {kk = "PM10 мәні тұрып қалды", ru = "Показание PM10 застыло", en = "PM10 reading stands still"}
kind = "air_station"
property = "pm10"
comparison = "frozen"
limit = 0
for_s = 21600
severity = 3

# --- Heat. Below 70 °C in the supply, flats cool at -20 °C outside (temperature graph 95/70 of most small networks).
[[rule]]
key = "heat_supply_low"
name = {kk = "Жылу беру температурасы төмен", ru = "Температура подачи тепла низкая", en = "Heat supply temperature low"}
kind = "heat_substation"
property = "supply_temperature"
comparison = "<"
limit = 70
clear = 74
for_s = 600
when = "heating_season"
severity = 1
explained_by = ["heat_pressure_low"]

# Networks run at 5 to 7 bar. Below 4 the upper floors go dry: a burst, a frozen pipe or a stopped pump, long before the
# temperature tells. A substation behind another on the same main loses its pressure by the same cause.
[[rule]]
key = "heat_pressure_low"
name = {kk = "Жылу желісінің қысымы төмен", ru = "Давление в теплосети низкое", en = "Heat network pressure low"}
kind = "heat_substation"
property = "supply_pressure"
comparison = "<"
limit = 4
clear = 4.5
for_s = 120
when = "heating_season"
severity = 1
explained_by = ["heat_pressure_low"]

# Fifteen degrees in half an hour is a burst or a stopped pump, seen before the limit is reached.
[[rule]]
key = "heat_supply_falling"
name = {kk = "Жылу беру температурасы тез түсіп барады", ru = "Температура подачи тепла быстро падает", en = "Heat supply temperature falling fast"}
kind = "heat_substation"
property = "supply_temperature"
comparison = "rate"
limit = -15
clear = -5
per_s = 1800
when = "heating_season"
severity = 2
explained_by = ["heat_supply_low", "heat_pressure_low"]

# A temperature to a tenth of a degree moves all the time while others on the network do: six hours are a stuck sensor.
[[rule]]
key = "heat_supply_frozen"
name = {kk = "Жылу беру температурасының мәні тұрып қалды", ru = "Показание температуры подачи застыло", en = "Heat supply reading stands still"}
kind = "heat_substation"
property = "supply_temperature"
comparison = "frozen"
limit = 0
for_s = 21600
when = "heating_season"
severity = 4

[[rule]]
key = "stop_cold"
name = {kk = "Аялдама іші суық", ru = "На остановке холодно", en = "Bus stop is cold inside"}
kind = "bus_stop"
property = "temperature"
comparison = "<"
limit = 5
clear = 8
for_s = 600
when = "heating_season"
severity = 4

# --- Light. A lit lamp draws 30 W or more, its driver alone about 1 W. Judged only while it must be lit.
[[rule]]
key = "feeder_dead"
name = {kk = "Фидерде ток жоқ", ru = "Нет тока на фидере", en = "No current on the feeder"}
kind = "feeder"
property = "current"
comparison = "<"
limit = 0.5
clear = 1
when = "night"
severity = 2
explained_by = ["feeder_no_voltage"]

# The line itself is dead, by day as by night; the cabinet's controller lives on its battery long enough to say so.
[[rule]]
key = "feeder_no_voltage"
name = {kk = "Фидерде кернеу жоқ", ru = "Нет напряжения на фидере", en = "No voltage on the feeder"}
kind = "feeder"
property = "voltage"
comparison = "<"
limit = 150
clear = 190
severity = 2

[[rule]]
key = "lamp_dark"
name = {kk = "Шам жанбай тұр", ru = "Светильник не горит", en = "Lamp is dark"}
kind = "lamp"
property = "power"
comparison = "<"
limit = 5
clear = 10
for_s = 600
when = "night"
severity = 4
explained_by = ["feeder_dead", "feeder_no_voltage"]

# --- Waste. A bin is emptied on the next round when it passes nine tenths.
[[rule]]
key = "bin_full"
name = {kk = "Контейнер толды", ru = "Контейнер полон", en = "Bin is full"}
kind = "bin"
property = "fill_level"
comparison = ">"
limit = 90
clear = 70
severity = 4

# --- Cameras. A picture that is away is seen at once; a covered, moved, dark, blurred or frozen one after a minute, since
# a lorry may stand before it for as long.
[[rule]]
key = "camera_lost"
name = {kk = "Камерадан бейне келмейді", ru = "Нет видео с камеры", en = "No picture from the camera"}
kind = "camera"
property = "video_online"
comparison = "<"
limit = 0.5
severity = 3
explained_by = ["feeder_dead", "feeder_no_voltage"]

[[rule]]
key = "camera_fault"
name = {kk = "Камера кескіні ақаулы", ru = "Неисправное изображение камеры", en = "Camera picture at fault"}
kind = "camera"
property = "picture_faults"
comparison = ">"
limit = 0.5
for_s = 60
severity = 4

# --- Devices. Below 15 % lithium cells fail in the cold within weeks.
[[rule]]
key = "battery_low"
name = {kk = "Батарея заряды аз", ru = "Батарея разряжена", en = "Battery low"}
property = "battery"
comparison = "<"
limit = 15
clear = 25
severity = 4

# Whoever maintains the town's devices must see to it: nothing of theirs is decoded meanwhile, though all is kept.
[[rule]]
key = "codec_disabled"
name = {kk = "Кодек ажыратылды", ru = "Кодек отключён", en = "Payload codec disabled"}
property = "codec_disabled"
comparison = ">"
limit = 0.5
severity = 2

[[rule]]
key = "gateway_silent"
name = {kk = "Шлюз үнсіз", ru = "Шлюз молчит", en = "Gateway is silent"}
kind = "gateway"
comparison = "silent"
limit = 3
for_s = 180
severity = 3

[[rule]]
key = "silent"
name = {kk = "Құрылғы үнсіз", ru = "Устройство молчит", en = "Device is silent"}
comparison = "silent"
limit = 3
for_s = 600
severity = 4
explained_by = ["gateway_silent", "feeder_dead", "feeder_no_voltage"]
)toml";

std::vector<Rule> read_defaults() {
  auto rules = parse_rules(kDefaults, "built-in rules");
  QALA_ASSERT(rules.has_value(), rules ? "" : rules.error().message.c_str());
  return std::move(*rules);
}

}  // namespace

std::string_view default_rules_toml() { return kDefaults; }

const std::vector<Rule>& default_rules() {
  static const std::vector<Rule> rules = read_defaults();
  return rules;
}

}  // namespace qala::alarms
