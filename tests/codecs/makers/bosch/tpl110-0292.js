function decodeUplink(input) {
  switch (input.fPort) {
    case 1:
      return { data: { type: "parking status", occupied: (input.bytes[0] & 0x1) === 0x1 } };
    case 2:
      return { data: { type: "heartbeat", occupied: (input.bytes[0] & 0x1) === 0x1, temperature: input.bytes.length > 1 ? (input.bytes[1] << 24) >> 24 : undefined } };
    case 3: {
      const codes = [0, 4, 8].map((i) => input.bytes[i] | input.bytes[i + 1] << 8 | input.bytes[i + 2] << 16 | input.bytes[i + 3] << 24);
      const causes = { 1: "watchdog", 2: "power on", 3: "system request" };
      return {
        data: {
          type: "startup",
          debugCodes: codes.filter((code) => code !== 0),
          firmwareVersion: input.bytes.slice(12, 15).join("."),
          resetCause: causes[input.bytes[15]] ?? "other",
          occupied: Boolean(input.bytes[16] & 1),
        },
      };
    }
    default:
      return { errors: ["unknown FPort"] };
  }
}
