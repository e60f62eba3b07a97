function Decode(fPort, bytes, variables) {
  var view = new DataView(new Uint8Array(bytes).buffer);
  var status = view.byteLength > 3 ? view.getUint8(3) : 0;
  var decoded = {
    battery: ((bytes[0] & 0x1f) + 20) / 10,
    charging: (bytes[0] & 0x80) !== 0,
    sensorType: ['fillrate', 'level', 'distance'][status >> 4] || 'unknown',
    settingsAllowed: !(status & 1),
    distance: view.getUint16(1),
  };
  if (view.byteLength >= 8) {
    decoded.temperature = view.getInt16(4) / 100;
    decoded.relativeHumidity = view.getUint16(6) / 100;
  }
  decoded.valid = decoded.distance > 0;
  return decoded;
}
