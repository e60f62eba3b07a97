/** What a person pastes into a shell to try a new credential: for this town, this thing, as it is reached from here. */
import type { Listening } from '../../api/types';

export interface Where {
  /** As in the browser's address. */
  protocol: string;
  hostname: string;
  host: string;
}

const quoted = (text: string): string => `'${text.replace(/'/g, `'\\''`)}'`;

/** A gateway names the device behind it. */
export function sample(key: string, gateway: boolean): string {
  const values = { [key]: 1 };
  return JSON.stringify(gateway ? { device: [{ values }] } : values);
}
/** null: this town does not listen for MQTT. */
export function mqttLine(where: Where, ports: Partial<Listening>, token: string, key: string, gateway: boolean): string | null {
  const port = ports.mqtt || ports.mqtts;
  if (!port) return null;
  const secure = ports.mqtt ? '' : ' --capath /etc/ssl/certs';
  const topic = gateway ? 'v1/gateway/telemetry' : 'v1/devices/me/telemetry';
  return `mosquitto_pub -h ${where.hostname} -p ${port}${secure} -u ${quoted(token)} -q 1 -t ${topic} -m ${quoted(sample(key, gateway))}`;
}
/** null: over HTTP only things themselves speak. */
export function curlLine(where: Where, token: string, key: string, gateway: boolean): string | null {
  if (gateway) return null;
  return `curl -H 'Content-Type: application/json' -d ${quoted(sample(key, false))} ${where.protocol}//${where.host}/api/v1/${encodeURIComponent(token)}/telemetry`;
}
