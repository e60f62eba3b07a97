/** The shapes of the cameras' part of the interface. Times are milliseconds since 1970, points are shares of the picture. */
import type { components } from './schema';

type Shapes = components['schemas'];

export type CameraState = Shapes['CameraState'];
export type Camera = Shapes['Camera'];
/** How it is spoken with about everything but pictures. */
export type KnownOnvif = Shapes['KnownOnvif'];
export type OnvifChange = Shapes['OnvifChange'] & { url: string };
export type KnownAddress = Shapes['KnownAddress'];
/** The program that fetches the pictures. */
export type VideoWorker = Shapes['VideoWorker'];
export type CamerasAnswer = Shapes['CamerasAnswer'];
export type RecordMode = Shapes['RecordMode'];
export type StreamAddress = Shapes['StreamAddress'] & { url: string; user: string };
/** What the form knows of a camera. */
export type CameraChange = Pick<Shapes['CameraChange'], 'key' | 'lon' | 'lat' | 'ptz' | 'off'> & {
  name: string;
  group: string;
  /** Left out: as it was. */
  main?: StreamAddress;
  sub?: StreamAddress | null;
  onvif?: OnvifChange | null;
  record: RecordMode;
};
export type Probe = Shapes['Probe'];
export type DiscoveredProfile = Shapes['DiscoveredProfile'];
export type Discovered = Shapes['Discovered'];
export type DiscoverAnswer = Shapes['DiscoverAnswer'];
export type Turn = { pan?: number; tilt?: number; zoom?: number } | { stop: true } | { preset: string } | { save: string };
export type PtzState = Shapes['PtzState'];
export type Point = [x: number, y: number];
export type Mask = Shapes['Mask'];
export type Span = Shapes['Span'];
/** What happened there: an alarm of the camera itself or of a thing that it may see. */
export type Mark = { at: number; kind: string } & Partial<Omit<Shapes['Mark'], 'at' | 'kind'>>;
export type Recordings = Shapes['Recordings'];
export type ExportWish = Shapes['ExportWish'];
export type Evidence = Shapes['Evidence'];
export type Look = Shapes['Look'];
export type LookSum = Shapes['LookSum'];
