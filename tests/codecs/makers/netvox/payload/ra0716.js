function getDeviceName(dev) { var deviceName = { 54: "R72616" }; return deviceName[dev]; }
function getCmdId(name) { var commands = { 129: "ConfigReportRsp", 130: "ReadConfigReportRsp" }; return commands[name]; }
function padLeft(str, len) { str = '' + str; return str.length >= len ? str : padLeft("0" + str, len); }
function decodeUplink(input) {
  var data = {};
  switch (input.fPort) {
    case 6:
      data.Device = getDeviceName(input.bytes[1]);
      if (input.bytes[2] === 0x00) {
        data.SWver = input.bytes[3] / 10;
        data.HWver = input.bytes[4];
        data.Datecode = padLeft(input.bytes[5].toString(16), 2) + padLeft(input.bytes[6].toString(16), 2) + padLeft(input.bytes[7].toString(16), 2) + padLeft(input.bytes[8].toString(16), 2);
        return { data: data };
      }
      if (input.bytes[3] & 0x80) { data.Volt = (input.bytes[3] & 0x7F) / 10 + '(low battery)'; } else data.Volt = input.bytes[3] / 10;
      if (input.bytes[4] & 0x80) { var tmpval = (input.bytes[4] << 8 | input.bytes[5]); data.Temp = (0x10000 - tmpval) / 100 * -1; } else data.Temp = (input.bytes[4] << 8 | input.bytes[5]) / 100;
      data.Humi = (input.bytes[6] << 8 | input.bytes[7]) / 100;
      data.PM25 = (input.bytes[8] << 8 | input.bytes[9]);
      break;
    case 7:
      data.Cmd = getCmdId(input.bytes[0]);
      data.Device = getDeviceName(input.bytes[1]);
      data.Status = input.bytes[2] === 0x00 ? 'Success' : 'Failure';
      break;
    default:
      return { errors: ['unknown FPort'] };
  }
  return { data: data };
}
function encodeDownlink(input) {
  var ret = [], devid;
  for (var d in { 54: 1 }) devid = Number(d);
  if (input.data.Cmd === 'ConfigReportReq') ret = ret.concat(0x01, devid, input.data.MinTime >> 8, input.data.MinTime & 0xff, input.data.MaxTime >> 8, input.data.MaxTime & 0xff, 0x00, 0x00, 0x00, 0x00, 0x00);
  return { fPort: 7, bytes: ret };
}
