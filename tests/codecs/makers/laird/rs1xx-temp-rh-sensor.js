(function (root, factory) {
  if (typeof module === 'object' && module.exports) module.exports = factory();
  else root.decodeUplink = factory().decodeUplink;
})(this, function () {
  const levels = ['0-5%', '5-20%', '20-40%', '40-60%', '60-80%', '80-100%'], options = ['Sensor request for server time', 'Sensor configuration error', 'Sensor alarm flag', 'Sensor reset flag', 'Sensor fault flag'];
  const months = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];
  const u16 = (b, i) => b[i] << 8 | b[i + 1], u32 = (b, i) => u16(b, i) * 65536 + u16(b, i + 2);
  const pair = (b, i) => b[i + 1] + b[i] / 100;
  function optionsOf(byte) {
    let named = [];
    for (let i = 0; i < options.length; i++) if (byte >> i & 1) named.push(options[i]);
    return named.length ? named : ['None'];
  }
  function timeOf(seconds) {
    const date = new Date(Date.UTC(2015, 0, 1) + seconds * 1000);
    return { year: date.getFullYear(), month: months[date.getMonth()], day: date.getDate(), hours: date.getHours(), minutes: date.getMinutes(), seconds: date.getSeconds() };
  }
  function decode(bytes) {
    const head = { options: optionsOf(bytes[1]) };
    switch (bytes[0]) {
      case 1: return { msgType: 'Laird_Internal_TH', ...head, batteryCapacity: levels[bytes[6]], humidity: pair(bytes, 2), temperature: pair(bytes, 4), alarmMsgCount: u16(bytes, 7), backlogMsgCount: u16(bytes, 9) };
      case 2: {
        const out = { msgType: 'Laird_Agg_TH', ...head, alarmMsgCount: u16(bytes, 2), backlogMsgCount: bytes[4], batteryCapacity: levels[bytes[5]], numberOfReadings: bytes[6], timestamp: timeOf(u32(bytes, 7)), readings: [] };
        for (let i = 11; i + 4 <= bytes.length; i += 4) out.readings.push({ humidity: pair(bytes, i), temperature: pair(bytes, i + 2) });
        return out;
      }
      case 3: return { msgType: 'SendBackLogMessage', ...head, timestamp: timeOf(u32(bytes, 2)), humidity: pair(bytes, 6), temperature: pair(bytes, 8) };
    }
    throw new Error(`message type ${bytes[0]}`);
  }
  return { decodeUplink: (input) => ({ data: decode(input.bytes) }) };
});
