/** The shapes of the cameras' part of docs/design/api.md. Times are milliseconds since 1970, points are shares of the picture. */
import type { Severity } from './types';

export type CameraState = 'live' | 'lost' | 'waiting' | 'off';
export interface Camera {
  id: number;
  thing: number;
  key: string;
  name: string;
  group: string;
  /** 0: none. */
  zone: number;
  lon: number | null;
  lat: number | null;
  state: CameraState;
  /** Code of why there is no picture; "none" or empty while there is one. */
  reason: string | null;
  words: string | null;
  /** Is being written now; `record`: what is wanted. */
  recording: boolean;
  record: RecordMode;
  off: boolean;
  has_sub: boolean;
  may_look: boolean;
  may_edit: boolean;
  /** What is wrong with the picture itself: "covered", "frozen" … */
  conditions: string[];
  motion: boolean;
  /** For who may change them only. */
  main?: KnownAddress | null;
  sub?: KnownAddress | null;
  width: number | null;
  height: number | null;
  codec: string | null;
  fps: number | null;
  kbit: number | null;
  key_distance_s: number | null;
  last_frame_ms: number | null;
  masks: number;
  ptz: boolean;
  /** Can be turned from here now: by ONVIF, switched on, without masks. */
  steerable: boolean;
  /** What it notices itself; null: it is not listened to. */
  events: { state: 'on' | 'lost' | 'denied' | 'waiting'; words: string; since: number; messages: number } | null;
  /** For who may change it only. */
  onvif?: KnownOnvif | null;
  since: number | null;
}
/** How it is spoken with about everything but pictures. */
export interface KnownOnvif {
  url: string;
  user: string;
  profile: string;
  events: boolean;
  password_set: boolean;
}
export interface OnvifChange {
  url: string;
  user?: string;
  password?: string;
  profile?: string;
  events?: boolean;
}
export interface KnownAddress {
  url: string;
  user: string;
  udp: boolean;
  password_set: boolean;
}
/** The program that fetches the pictures. */
export interface VideoWorker {
  running: boolean;
  restarts: number;
  words: string;
  load: number;
  load_words: string;
}
export interface CamerasAnswer {
  cameras: Camera[];
  worker: VideoWorker;
}
export type RecordMode = 'always' | 'motion' | 'never';
export interface StreamAddress {
  url: string;
  user: string;
  password?: string;
  udp?: boolean;
}
export interface CameraChange {
  name: string;
  key?: string;
  group: string;
  lon?: number;
  lat?: number;
  ptz?: boolean;
  off?: boolean;
  /** Left out: as it was. */
  main?: StreamAddress;
  sub?: StreamAddress | null;
  onvif?: OnvifChange | null;
  record: RecordMode;
}
export interface Probe {
  codec: string;
  width: number;
  height: number;
  fps: number;
  kbit: number;
  key_distance_s: number;
  audio: string | null;
  advice: string[];
  /** A data: address. */
  picture: string | null;
}
export interface DiscoveredProfile {
  token: string;
  name: string;
  url: string;
  codec: string;
  width: number;
  height: number;
}
export interface Discovered {
  /** Of its ONVIF service. */
  address: string;
  name: string;
  hardware: string;
  location: string;
  ptz: boolean;
  profiles: DiscoveredProfile[];
  /** The camera that it is already. */
  camera: number | null;
  /** Kind of error; "denied": it wants another name or password. */
  refused: string | null;
}
export interface DiscoverAnswer {
  found: Discovered[];
  silent: string[];
}
export type Turn = { pan?: number; tilt?: number; zoom?: number } | { stop: true } | { preset: string } | { save: string };
export interface PtzState {
  holder: { name: string; mine: boolean } | null;
  presets: { preset: string; name: string }[];
  position: { pan: number; tilt: number; zoom: number; moving: boolean } | null;
}
export type Point = [x: number, y: number];
export interface Mask {
  name: string;
  points: Point[];
}
export interface Span {
  from: number;
  to: number;
  motion: boolean;
}
/** What happened there: an alarm of the camera itself or of a thing that it may see. */
export interface Mark {
  at: number;
  kind: string;
  alarm?: number;
  rule?: string;
  severity?: Severity;
  thing?: number;
}
export interface Recordings {
  spans: Span[];
  marks?: Mark[];
  oldest: number | null;
  newest?: number;
  bytes_per_day?: number;
  days_until_full?: number | null;
}
export interface ExportWish {
  from: number;
  to: number;
  case: string;
  reason: string;
}
export interface Evidence {
  id: number;
  from: number;
  to: number;
  bytes: number;
  masked: boolean;
  /** Of the key it is signed with. */
  fingerprint: string;
  damaged?: boolean;
}
export interface Look {
  camera: number;
  id: number;
  who: string;
  by: string;
  began: number;
  ended: number | null;
  /** Of the pictures, by the town's clock. */
  from: number;
  to: number | null;
  kind: string;
  masked: boolean;
  reason: string;
  case: string;
}
export interface LookSum {
  camera: number;
  name: string;
  looks: number;
  people: number;
  seconds: number;
  exports: number;
  unmaskings: number;
}
