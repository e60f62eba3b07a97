function decodeUplink(input) {
  const bytes = input['bytes'];
  const hex = bytes2HexString(bytes).toLocaleUpperCase();
  const result = { 'err': 0, 'payload': hex, 'valid': true, messages: [] };
  const frames = [];
  for (let i = 0; i + 14 <= hex.length - 4; i += 14) {
    frames.push({ channel: strTo10SysNub(hex.substring(i, i + 2)), id: loraWANV2DataFormat(hex.substring(i + 2, i + 6)), value: hex.substring(i + 6, i + 14) });
  }
  let low = '';
  frames.forEach(({ channel, id, value }) => {
    if (id > 4096) return result.messages.push({ type: 'report_telemetry', measurementId: id, measurementValue: loraWANV2DataFormat(value, 1000) });
    switch (id) {
      case 0: {
        const v = value.match(/../g).map((x) => parseInt(x, 16));
        result.messages.push({ type: 'upload_version', hardwareVersion: `${v[3]}.${v[2]}`, softwareVersion: `${v[1]}.${v[0]}` });
        break;
      }
      case 7: result.messages.push({ type: 'upload_battery', battery: loraWANV2DataFormat(value.substring(0, 4)) }, { type: 'upload_interval', interval: loraWANV2DataFormat(value.substring(4)) * 60 }); break;
      case 2: low = reverse(value); break;
      case 3: result.messages.push({ type: 'upload_sensor_id', channel: channel, sensorId: (reverse(value) + low).toUpperCase() }); break;
      case 0x120: result.messages.push({ type: 'report_remove_sensor', channel }); break;
    }
  });
  return { data: result };
}
function reverse(str) { return str.match(/.{2}/g).reverse().join(''); }
function strTo10SysNub(str) { return parseInt(str, 16); }
function toBinary(arr) {
  let binaryData = arr.map((item) => { let data = parseInt(item, 16).toString(2); for (let i = data.length; i < 8; i++) data = '0' + data; return data; });
  return binaryData.toString().replace(/,/g, '');
}
function loraWANV2DataFormat(str, divisor = 1) {
  const str2 = toBinary(reverse(str).match(/.{2}/g));
  if (str2.substring(0, 1) === '1' && str.length === 8) {
    let arr = str2.split('').map((item) => (parseInt(item) === 1 ? 0 : 1));
    return parseFloat('-' + (parseInt(arr.join(''), 2) + 1) / divisor);
  }
  return parseInt(str2, 2) / divisor;
}
function bytes2HexString(arrBytes) {
  var str = '';
  for (var i = 0; i < arrBytes.length; i++) {
    var tmp, num = arrBytes[i];
    if (num < 0) tmp = (255 + num + 1).toString(16); else tmp = num.toString(16);
    if (tmp.length === 1) tmp = '0' + tmp;
    str += tmp;
  }
  return str;
}
