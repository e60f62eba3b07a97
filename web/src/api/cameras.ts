/** Requests about cameras, fetched with the pages that show them. */
import { query, request, requestPicture, root, socketPath } from './api';
import type { Camera, CameraChange, CamerasAnswer, DiscoverAnswer, Evidence, ExportWish, Look, LookSum, Mask, Probe, PtzState, Recordings, StreamAddress, Turn } from './camera-types';

/** How a picture is asked for: with the reason of the session, and the key that lifts a mask. */
export interface Asked {
  reason?: string | undefined;
  unmasked?: string | undefined;
}
const one = (id: number): string => `/cameras/${id}`;

export const cameraApi = {
  list: () => request<CamerasAnswer>('GET', '/cameras'),
  add: (camera: CameraChange) => request<Camera>('POST', '/cameras', camera, 60_000),
  change: (id: number, change: Partial<CameraChange>) => request<Camera>('PATCH', one(id), change, 60_000),
  remove: (id: number) => request<void>('DELETE', one(id)),
  /** `camera`: of one that is known; its password need not be given again. */
  probe: (address: StreamAddress & { camera?: number }) => request<Probe>('POST', '/cameras/probe', address, 60_000),
  /** Without hosts: everybody in the network. A password goes only to hosts that are named. */
  discover: (hosts: string[], by?: { user: string; password: string }) => request<DiscoverAnswer>('POST', '/cameras/discover', hosts.length ? { hosts, ...by } : {}, 90_000),
  masks: (id: number) => request<{ masks: Mask[] }>('GET', `${one(id)}/masks`),
  putMasks: (id: number, masks: readonly Mask[]) => request<unknown>('PUT', `${one(id)}/masks`, { masks }),
  /** `at`: of the recording; else of now. */
  still: (id: number, width: number, asked: Asked, at?: number) => requestPicture(`${one(id)}/still` + query({ width: Math.round(width), at, ...asked })),
  recordings: (id: number, from: number, to: number) => request<Recordings>('GET', `${one(id)}/recordings` + query({ from: Math.floor(from), to: Math.ceil(to) })),
  exportVideo: (id: number, wish: ExportWish, asked: Asked) => request<Evidence>('POST', `${one(id)}/export` + query({ unmasked: asked.unmasked }), wish, 600_000),
  evidence: (id: number, part: 'video' | 'manifest' | 'signature') => `${root}/evidence/${id}/${part}`,
  unmask: (id: number, wish: { case: string; reason: string }) => request<{ token: string; until: number }>('POST', `${one(id)}/unmask`, wish),
  looks: (camera: number | undefined, month: string) => request<{ looks: Look[]; more: boolean }>('GET', '/looks' + query({ camera, month, limit: 1000 })),
  lookSums: (month: string) => request<{ cameras: LookSum[] }>('GET', '/looks/summary' + query({ month })),
  ptz: (id: number, turn: Turn) => request<unknown>('POST', `${one(id)}/ptz`, turn, 15_000),
  ptzState: (id: number) => request<PtzState>('GET', `${one(id)}/ptz`, undefined, 15_000),
  livePath: (id: number, stream: 'main' | 'sub', asked: Asked) => socketPath(`${one(id)}/live`, { stream, ...asked }),
  playbackPath: (id: number, from: number, asked: Asked) => socketPath(`${one(id)}/playback`, { from: Math.floor(from), ...asked }),
};
