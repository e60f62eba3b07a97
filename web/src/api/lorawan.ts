/** Requests about LoRaWAN, fetched with its page. */
import { query, request, root } from './api';
import type { Codec, CodecWhole, Downlink, LoraDevice, LoraSource, Profile, ProfileBody, Rerun, Trial, TrialAnswer, Uplink } from './lorawan-types';

const device = (eui: string): string => `/lorawan/devices/${encodeURIComponent(eui)}`;

export const loraApi = {
  codecs: () => request<Codec[]>('GET', '/codecs'),
  codec: (id: number) => request<CodecWhole>('GET', `/codecs/${id}`),
  addCodec: (codec: { name: string; script: string }) => request<Codec>('POST', '/codecs', codec),
  putCodec: (id: number, codec: { name: string; script: string }) => request<Codec>('PUT', `/codecs/${id}`, codec),
  removeCodec: (id: number) => request<void>('DELETE', `/codecs/${id}`),
  enableCodec: (id: number) => request<Codec>('POST', `/codecs/${id}/enable`, {}),
  tryOut: (trial: Trial) => request<TrialAnswer>('POST', '/codecs/try', trial),

  profiles: () => request<Profile[]>('GET', '/device-profiles'),
  addProfile: (profile: ProfileBody) => request<Profile>('POST', '/device-profiles', profile),
  putProfile: (id: number, profile: ProfileBody) => request<Profile>('PUT', `/device-profiles/${id}`, profile),
  removeProfile: (id: number) => request<void>('DELETE', `/device-profiles/${id}`),
  profileFile: (id: number) => `${root}/device-profiles/${id}/file`,
  takeProfile: (file: unknown) => request<Profile>('POST', '/device-profiles/file', file, 60_000),
  rerun: (id: number, from: string, to: string) => request<Rerun>('POST', `/device-profiles/${id}/rerun`, { from, to }, 600_000),

  devices: () => request<LoraDevice[]>('GET', '/lorawan/devices'),
  assign: (eui: string, wish: { profile: number | null; thing: number | null; name: string }) => request<LoraDevice>('PUT', device(eui), wish),
  uplinks: (eui: string, limit = 50) => request<Uplink[]>('GET', `${device(eui)}/uplinks` + query({ limit })),
  downlinks: (eui: string) => request<Downlink[]>('GET', `${device(eui)}/downlinks`),
  send: (eui: string, wish: { f_port: number; confirmed: boolean } & ({ bytes: string } | { data: unknown })) => request<unknown>('POST', `${device(eui)}/downlinks`, wish),
  sources: () => request<LoraSource[]>('GET', '/lorawan/sources'),
};
