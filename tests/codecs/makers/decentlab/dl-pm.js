'use strict';
class Sensor {
  static words = [1, 10, 2, 1];
  #bytes; #at = 5;
  constructor(bytes) { this.#bytes = bytes; }
  word(at) { return this.#bytes[at] * 256 + this.#bytes[at + 1]; }
  *groups() {
    const flags = this.word(3);
    for (const [i, length] of Sensor.words.entries()) {
      if (!(flags >> i & 1)) continue;
      yield [i, Array.from({ length }, (_, n) => this.word(this.#at + 2 * n))];
      this.#at += 2 * length;
    }
  }
}
const of = (displayName, unit, value) => ({ displayName, unit, value });
const sizes = ['1_0', '2_5', '4', '10'], label = (size) => 'PM' + size.replace('_', '.');
const tell = {
  0: ([v]) => ({ battery_voltage: of('Battery voltage', 'V', v / 1000) }),
  1: (x) => ({
    ...Object.fromEntries(sizes.map((size, i) => [`pm${size}_mass_concentration`, of(`${label(size)} mass concentration`, 'µg⋅m⁻³', x[i] * 10 / 100)])),
    typical_particle_size: of('Typical particle size', 'nm', x[4]),
    ...Object.fromEntries(['0_5', ...sizes].map((size, i) => [`pm${size}_number_concentration`, of(`${label(size)} number concentration`, '1⋅cm⁻³', x[5 + i] / 10)])),
  }),
  2: ([t, h]) => ({ air_temperature: of('Air temperature', '°C', 175.72 * t / 65536 - 46.85), air_humidity: of('Air humidity', '%', 125 * h / 65536 - 6) }),
  3: ([p]) => ({ barometric_pressure: of('Barometric pressure', 'Pa', p * 2) }),
};
const decodeUplink = ({ bytes }) => {
  const sensor = new Sensor(bytes), data = { protocol_version: bytes[0], device_id: sensor.word(1) };
  for (const [i, words] of sensor.groups()) Object.assign(data, tell[i](words));
  return { data };
};
