/**
 * One script for all network servers.
 */
// The Things Stack, ChirpStack v4
function decodeUplink(input) {
  var decoded = milesight(input.bytes);
  return { data: decoded };
}
// ChirpStack v3
function Decode(fPort, bytes) {
  return milesight(bytes);
}
// The Things Network v2
function Decoder(bytes, port) {
  return milesight(bytes);
}
function milesight(bytes) {
  var decoded = {};
  for (var i = 0; i < bytes.length; ) {
    var channel_id = bytes[i++];
    var channel_type = bytes[i++];
    if (channel_id === 0x01 && channel_type === 0x75) { decoded.battery = bytes[i]; i += 1; }
    else if (channel_id === 0x03 && channel_type === 0x67) { decoded.temperature = readInt16LE(bytes.slice(i, i + 2)) / 10; i += 2; }
    else if (channel_id === 0x04 && channel_type === 0x68) { decoded.humidity = bytes[i] / 2; i += 1; }
    else if (channel_id === 0x05 && channel_type === 0x6a) { decoded.activity = readUInt16LE(bytes.slice(i, i + 2)); i += 2; }
    else if (channel_id === 0x06 && channel_type === 0x65) {
      decoded.illumination = readUInt16LE(bytes.slice(i, i + 2));
      decoded.infrared_and_visible = readUInt16LE(bytes.slice(i + 2, i + 4));
      decoded.infrared = readUInt16LE(bytes.slice(i + 4, i + 6));
      i += 6;
    } else if (channel_id === 0x07 && channel_type === 0x7d) { decoded.co2 = readUInt16LE(bytes.slice(i, i + 2)); i += 2; }
    else if (channel_id === 0x08 && channel_type === 0x7d) { decoded.tvoc = readUInt16LE(bytes.slice(i, i + 2)); i += 2; }
    else if (channel_id === 0x09 && channel_type === 0x73) { decoded.pressure = readUInt16LE(bytes.slice(i, i + 2)) / 10; i += 2; }
    else break;
  }
  return decoded;
}
function readUInt16LE(bytes) { var value = (bytes[1] << 8) + bytes[0]; return value & 0xffff; }
function readInt16LE(bytes) { var ref = readUInt16LE(bytes); return ref > 0x7fff ? ref - 0x10000 : ref; }
