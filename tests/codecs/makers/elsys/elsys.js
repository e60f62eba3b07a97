var TYPE_TEMP = 0x01, TYPE_RH = 0x02, TYPE_ACC = 0x03, TYPE_PULSE1 = 0x0a, TYPE_EXT_DISTANCE = 0x0e, TYPE_WATERLEAK = 0x12, TYPE_PRESSURE = 0x14;
function bin16dec(bin) { var num = bin & 0xffff; if (0x8000 & num) num = -(0x010000 - num); return num; }
function bin8dec(bin) { var num = bin & 0xff; if (0x80 & num) num = -(0x0100 - num); return num; }
function hexToBytes(hex) { for (var bytes = [], c = 0; c < hex.length; c += 2) bytes.push(parseInt(hex.substr(c, 2), 16)); return bytes; }
function bytesToHex(bytes) { for (var hex = [], i = 0; i < bytes.length; i++) { hex.push((bytes[i] >>> 4).toString(16)); hex.push((bytes[i] & 0xf).toString(16)); } return hex.join(""); }
function DecodeElsysPayload(data) {
  var obj = new Object();
  for (i = 0; i < data.length; i++) {
    switch (data[i]) {
      case TYPE_TEMP: var temp = (data[i + 1] << 8) | data[i + 2]; temp = bin16dec(temp); obj.temperature = temp / 10; i += 2; break;
      case TYPE_RH: var rh = data[i + 1]; obj.humidity = rh; i += 1; break;
      case TYPE_ACC: obj.x = bin8dec(data[i + 1]); obj.y = bin8dec(data[i + 2]); obj.z = bin8dec(data[i + 3]); i += 3; break;
      case TYPE_PULSE1: obj.pulse1 = (data[i + 1] << 8) | data[i + 2]; i += 2; break;
      case TYPE_EXT_DISTANCE: obj.distance = (data[i + 1] << 8) | data[i + 2]; i += 2; break;
      case TYPE_WATERLEAK: obj.waterleak = data[i + 1]; i += 1; break;
      case TYPE_PRESSURE: var p = (data[i + 1] << 24) | (data[i + 2] << 16) | (data[i + 3] << 8) | data[i + 4]; obj.pressure = p / 1000; i += 4; break;
      default: i = data.length; break;
    }
  }
  return obj;
}
function decodeUplink(input) {
  return { data: DecodeElsysPayload(hexToBytes(bytesToHex(input.bytes))) };
}
