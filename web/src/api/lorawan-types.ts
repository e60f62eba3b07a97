/** Shapes of payload codecs, device profiles and LoRaWAN devices: docs/design/api.md. Times are ISO 8601. */
export type Routine = 'decodeUplink' | 'encodeDownlink' | 'decodeDownlink';

export interface Codec {
  id: number;
  name: string;
  sha256: string;
  bytes: number;
  changed: string;
  by: string;
  routines: Routine[];
  strikes: number;
  disabled: boolean;
  /** Why it is disabled. */
  reason: string | null;
  /** How many device profiles use it. */
  profiles: number;
  runs: number;
  failures: number;
  last_failure: { at: string; words: string; dev_eui: string } | null;
}
export interface CodecWhole extends Codec {
  script: string;
}
/** What is tried: a codec that is kept, a script that is not yet, or the format that the server knows itself. */
export interface Trial {
  codec?: number;
  script?: string;
  builtin?: 'cayenne-lpp';
  routine: Routine;
  fPort: number;
  bytes?: string;
  input?: unknown;
}
export type FieldKind = 'number' | 'text' | 'boolean' | 'json';
export interface Suggestion {
  name: string;
  unit: string;
  property: string | null;
  /** To that unit: millivolts to volts. */
  scale?: number;
}
export interface OutputField {
  path: string;
  value: unknown;
  kind: FieldKind;
  suggested: Suggestion | null;
}
export interface TrialAnswer {
  answer: { data?: unknown; warnings?: string[]; errors?: string[]; bytes?: string; fPort?: number };
  took_us: number;
  fields: OutputField[];
}
export interface MappedField {
  path: string;
  /** Key of the datastream. */
  datastream: string;
  unit: string;
  property: string | null;
  scale: number;
  offset: number;
  min: number | null;
  max: number | null;
}
export type DecoderKind = 'codec' | 'cayenne-lpp' | 'server';
export interface ProfileBody {
  name: string;
  maker: string;
  model: string;
  decoder: { kind: DecoderKind; codec: number | null };
  expected_s: number;
  variables: Record<string, string>;
  fields: MappedField[];
}
export interface Profile extends ProfileBody {
  id: number;
  devices: number;
}
export interface Rerun {
  uplinks: number;
  readings: number;
  failed: number;
}
export type DeviceState = 'unknown' | 'assigned' | 'silent';
export interface LoraDevice {
  dev_eui: string;
  name: string;
  source: string;
  thing: number | null;
  profile: number | null;
  last_seen: string | null;
  battery: number | null;
  rssi: number | null;
  snr: number | null;
  margin: number | null;
  f_cnt: number | null;
  received: number;
  lost: number;
  state: DeviceState;
  problem: string | null;
}
export interface Uplink {
  id: number;
  at: string;
  f_port: number;
  f_cnt: number;
  bytes: string;
  data: unknown;
  problem: string | null;
  rssi: number | null;
  snr: number | null;
}
export type DownlinkState = 'queued' | 'sent' | 'acknowledged' | 'failed' | 'expired';
export interface Downlink {
  id: number;
  at: string;
  by: string;
  f_port: number;
  bytes: string;
  confirmed: boolean;
  state: DownlinkState;
  words: string | null;
}
export type SourceState = 'connected' | 'connecting' | 'waiting' | 'refused';
export interface LoraSource {
  name: string;
  kind: 'chirpstack' | 'tts';
  way: 'webhook' | 'bridge';
  state: SourceState;
  words: string | null;
  last_message: string | null;
  received: number;
  refused: number;
  duplicates: number;
}
