/** What the LoRaWAN page shows: devices, device profiles, codecs, sources. Asked for when it is looked at. */
import type { Codec, LoraDevice, LoraSource, Profile } from '../api/lorawan-types';
import { loraApi } from '../api/lorawan';
import { fold, matches } from '../lib/fold';
import { Newest } from '../lib/newest';
import { unsaved } from '../lib/unsaved.svelte';
import { hexText } from './bytes';

export const views = ['devices', 'profiles', 'codecs', 'sources'] as const;
export type View = (typeof views)[number];
type Id = number | string;
/** Whom nobody knows comes first, then who has fallen silent. */
const rank = { unknown: 0, silent: 1, assigned: 2 } as const;

class Lorawan {
  view: View = $state('devices');
  devices: LoraDevice[] | null = $state.raw(null);
  profiles: Profile[] | null = $state.raw(null);
  codecs: Codec[] | null = $state.raw(null);
  sources: LoraSource[] | null = $state.raw(null);
  failed: unknown = $state(null);
  text = $state('');
  chosen: Record<View, Id | null> = $state({ devices: null, profiles: null, codecs: null, sources: null });
  /** A form for a new profile or codec instead of the chosen one. */
  making = $state(false);
  /** Bytes to try a decoder on: typed, or taken from an uplink. */
  sample = $state({ port: '1', bytes: '' });
  private readonly newest = { devices: new Newest(), profiles: new Newest(), codecs: new Newest(), sources: new Newest() };

  readonly deviceRows: LoraDevice[] = $derived.by(() => {
    const words = (one: LoraDevice): string => fold([one.name, one.dev_eui, one.source, this.profileName(one.profile)].join(' '));
    return this.found(this.devices, words).sort((a, b) => rank[a.state] - rank[b.state] || (a.name || a.dev_eui).localeCompare(b.name || b.dev_eui, 'ru', { numeric: true }));
  });
  readonly profileRows: Profile[] = $derived(this.found(this.profiles, (one) => fold([one.name, one.maker, one.model].join(' '))).sort((a, b) => a.name.localeCompare(b.name, 'ru')));
  /** Those that are disabled come first. */
  readonly codecRows: Codec[] = $derived(this.found(this.codecs, (one) => fold(one.name)).sort((a, b) => Number(b.disabled) - Number(a.disabled) || a.name.localeCompare(b.name, 'ru')));
  readonly sourceRows: LoraSource[] = $derived(this.found(this.sources, (one) => fold([one.name, one.kind].join(' '))));

  get device(): LoraDevice | null {
    return this.devices?.find(({ dev_eui }) => dev_eui === this.chosen.devices) ?? null;
  }
  get profile(): Profile | null {
    return this.profiles?.find(({ id }) => id === this.chosen.profiles) ?? null;
  }
  get codec(): Codec | null {
    return this.codecs?.find(({ id }) => id === this.chosen.codecs) ?? null;
  }
  get source(): LoraSource | null {
    return this.sources?.find((one) => sourceId(one) === this.chosen.sources) ?? null;
  }
  /** What is beside the list: one that is chosen, or a new one. */
  get open(): boolean {
    return this.making || { devices: this.device, profiles: this.profile, codecs: this.codec, sources: this.source }[this.view] !== null;
  }
  private found<T>(all: readonly T[] | null, words: (one: T) => string): T[] {
    const needle = fold(this.text);
    return (all ?? []).filter((one) => !needle || matches(words(one), needle));
  }
  get ids(): readonly Id[] {
    if (this.view === 'devices') return this.deviceRows.map(({ dev_eui }) => dev_eui);
    if (this.view === 'sources') return this.sourceRows.map(sourceId);
    return (this.view === 'profiles' ? this.profileRows : this.codecRows).map(({ id }) => id);
  }
  profileName(id: number | null): string {
    return this.profiles?.find((one) => one.id === id)?.name ?? '';
  }
  codecName(id: number | null): string {
    return this.codecs?.find((one) => one.id === id)?.name ?? '';
  }

  /** What the view shows; names that it needs come with it. */
  async load(view: View = this.view): Promise<void> {
    const devices = (): Promise<void> => this.newest.devices.ask(loraApi.devices, (all) => (this.devices = all));
    const profiles = (): Promise<void> => this.newest.profiles.ask(loraApi.profiles, (all) => (this.profiles = all));
    const codecs = (): Promise<void> => this.newest.codecs.ask(loraApi.codecs, (all) => (this.codecs = all));
    const sources = (): Promise<void> => this.newest.sources.ask(loraApi.sources, (all) => (this.sources = all));
    const needed = { devices: [devices, profiles, codecs], profiles: [profiles, codecs], codecs: [codecs], sources: [sources] }[view];
    try {
      await Promise.all(needed.map((one) => one()));
      this.failed = null;
    } catch (error) {
      this.failed = error;
    }
  }
  show(view: View): void {
    if (unsaved.keeps()) return;
    this.view = view;
    this.text = '';
    this.making = false;
    void this.load();
  }
  /** `sure`: what was typed is saved. */
  choose(id: Id, sure = false): void {
    if (!sure && unsaved.keeps()) return;
    this.chosen[this.view] = id;
    this.making = false;
  }
  move(step: number): void {
    const ids = this.ids;
    const at = ids.indexOf(this.chosen[this.view] ?? '');
    const next = ids[at < 0 ? 0 : Math.max(0, Math.min(ids.length - 1, at + step))];
    if (next !== undefined) this.choose(next);
  }
  /** False: there is nothing to make. */
  make(): boolean {
    if (unsaved.keeps()) return false;
    this.making = this.view === 'profiles' || this.view === 'codecs';
    return this.making;
  }
  /** Back to the list; false: it is shown already. */
  leave(sure = false): boolean {
    if (!this.open) return false;
    if (!sure && unsaved.keeps()) return true;
    this.making = false;
    this.chosen[this.view] = null;
    return true;
  }
  take(port: number, bytes: string): void {
    this.sample = { port: String(port), bytes: hexText(bytes) };
  }
}
export function sourceId(one: LoraSource): string {
  return `${one.way} ${one.kind} ${one.name}`;
}
export const lora = new Lorawan();
