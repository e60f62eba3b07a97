/** The town, its plan, and everything that stands in it. Replaced whole when the registry changes; never edited. */
import { api } from '../api/api';
import type { Datastream, Plan, Property, Rule, Thing, ThingsAnswer, Town, Zone } from '../api/types';
import { pick } from '../i18n/i18n.svelte';
import { useZone } from '../i18n/dates';
import { fold } from '../lib/fold';
import { Newest } from '../lib/newest';
import { type Layer, layerOf } from '../lib/layers';
import { clock } from './clock.svelte';

export interface Place extends Thing {
  layer: Layer;
  search: string;
}
export interface Stream extends Datastream {
  thing: number;
  info: Property | null;
}
export interface Registry {
  generation: number;
  things: Place[];
  byId: Map<number, Place>;
  children: Map<number, number[]>;
  streams: Map<number, Stream>;
  zones: Map<number, Zone>;
  properties: Map<number, Property>;
  cameras: Place[];
}

export function indexed(answer: ThingsAnswer): Registry {
  const properties = new Map(answer.properties.map((property) => [property.id, property]));
  const zones = new Map(answer.zones.map((zone) => [zone.id, zone]));
  const streams = new Map<number, Stream>();
  const children = new Map<number, number[]>();
  const things = answer.things.map((thing): Place => {
    for (const stream of thing.datastreams) {
      streams.set(stream.id, { ...stream, thing: thing.id, info: properties.get(stream.property ?? -1) ?? null });
    }
    if (thing.parent) children.set(thing.parent, [...(children.get(thing.parent) ?? []), thing.id]);
    const zone = zones.get(thing.zone ?? -1);
    const words = [thing.key, thing.name, thing.street, zone?.name.kk, zone?.name.ru, zone?.name.en];
    return { ...thing, layer: layerOf(thing), search: fold(words.filter(Boolean).join(' ')) };
  });
  return { generation: answer.generation, things, byId: new Map(things.map((thing) => [thing.id, thing])), children, streams, zones, properties, cameras: things.filter(({ kind }) => kind === 'camera') };
}

const nothing = indexed({ generation: 0, zones: [], properties: [], things: [] });

class TownStore {
  town: Town | null = $state.raw(null);
  plan: Plan | null = $state.raw(null);
  registry: Registry = $state.raw(nothing);
  rules: Map<string, Rule> = $state.raw(new Map());
  loaded = $state(false);
  private readonly registries = new Newest();
  private readonly ruleLists = new Newest();

  async load(): Promise<void> {
    const town = api.town().then((answer) => {
      const now = Date.parse(answer.now);
      useZone(answer.zone, answer.utc_offset_minutes, now);
      clock.set(now);
      this.town = answer;
    });
    const plan = api.plan().then(
      (answer) => (this.plan = answer),
      () => (this.plan = { type: 'FeatureCollection', features: [] }),
    );
    await Promise.all([town, plan, this.loadThings(), this.loadRules()]);
    this.loaded = true;
  }
  async loadThings(): Promise<void> {
    await this.registries.ask(api.things, (answer) => (this.registry = indexed(answer)));
  }
  async loadRules(): Promise<void> {
    await this.ruleLists.ask(api.rules, ({ rules }) => (this.rules = new Map(rules.map((rule) => [rule.key, rule]))));
  }
  zoneName(id: number | null | undefined): string {
    return pick(this.registry.zones.get(id ?? -1)?.name);
  }
  /** "Жағалау, Мектеп көшесі": where a thing is, as far as it is known. */
  whereabouts(thing: Thing | undefined): string {
    return thing ? [this.zoneName(thing.zone), thing.street].filter(Boolean).join(', ') : '';
  }
}
export const town = new TownStore();
