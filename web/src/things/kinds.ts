/** The kinds of registry/model.h, and a guess at a device's kind from what it sends. */
export const kinds = [
  'air_station', 'weather_station', 'meter', 'lamp', 'feeder', 'heat_substation', 'pump', 'bin', 'bus_stop', 'bench',
  'traffic_counter', 'camera', 'vehicle', 'gateway', 'other',
] as const;

const signs: [RegExp, (typeof kinds)[number]][] = [
  [/pm2_5|pm25|pm10|no2|so2/i, 'air_station'],
  [/supply_temperature|return_temperature/i, 'heat_substation'],
  [/fill/i, 'bin'],
  [/vehicle/i, 'traffic_counter'],
  [/lamp|dimming/i, 'lamp'],
  [/wind|humidity|rain|snow/i, 'weather_station'],
  [/latitude|longitude/i, 'vehicle'],
  [/energy|volume|power|flow/i, 'meter'],
  [/temperature/i, 'weather_station'],
];
export function likelyKind(keys: readonly string[]): (typeof kinds)[number] {
  const all = keys.join(' ');
  return signs.find(([sign]) => sign.test(all))?.[1] ?? 'other';
}
