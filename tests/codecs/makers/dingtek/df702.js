function le32(bytes, i) { return (bytes[i] | bytes[i + 1] << 8 | bytes[i + 2] << 16 | bytes[i + 3] << 24) >>> 0; }
// IEEE 754 by hand, as makers do
function toFloat(bits) {
  var sign = bits >>> 31 ? -1 : 1;
  var e = (bits >>> 23) & 0xff;
  var m = bits & 0x7fffff;
  return sign * Math.pow(2, e - 127) * (1 + m / 0x7fffff);
}
function Decoder(bytes, port) {
  if (port !== 3) return {};
  if (bytes[3] === 3) {
    return {
      periodic_interval: bytes[7] + " hours", detection_interval: bytes[8] + " minutes", full_alarm_threshold: bytes[9] + " cm",
      fire_alarm_threshold: bytes[10] + " ℃", tilt_alarm_threshold: bytes[11] + " °", tilt_enable: bytes[12] !== 0,
      ultrasonic_range: (bytes[13] ? 8000 : 2000) + " mm",
    };
  }
  var data = { level: (bytes[5] << 8 | bytes[6]) + " mm" };
  i = 7; // without var, on purpose
  if (bytes[i++] === 1) {
    data.longitude = toFloat(le32(bytes, i)).toFixed(6);
    data.latitude = toFloat(le32(bytes, i + 4)).toFixed(6);
    i += 8;
  }
  data.temperature = (bytes[i] > 127 ? bytes[i] - 256 : bytes[i]) + " ℃";
  data.angle = bytes[i + 1] + " °";
  data.full = bytes[i + 3] >> 4 > 0;
  data.fire = (bytes[i + 3] & 15) > 0;
  data.tilt = bytes[i + 4] >> 4 > 0;
  data.battery = (bytes[i + 4] & 15) > 0;
  return data;
}
