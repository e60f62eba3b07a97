/** One thing being edited: loaded, changed, stored step by step. Lives as long as its dialog. */
import { api, ApiError } from '../../api/api';
import type { ThingWhole } from '../../api/types';
import { town } from '../../stores/town.svelte';
import {
  changed, draftOf, fields, rebase, streamChange, streamDraftOf, streamFields, thingChange, type Draft, type Field, type StreamDraft, type StreamField,
} from './form';

export interface Change {
  /** null: of the thing itself; else the key of its datastream. */
  stream: string | null;
  field: Field | StreamField;
  before: string | number | null;
  after: string | number | null;
}

export class Editing {
  whole: ThingWhole | null = $state.raw(null);
  before: Draft = $state(draftOf({}));
  draft: Draft = $state(draftOf({}));
  streamsBefore: StreamDraft[] = $state([]);
  streams: StreamDraft[] = $state([]);
  /** What somebody else stored meanwhile, and what of it mine would replace. */
  meanwhile: { theirs: Field[]; both: Field[] } | null = $state.raw(null);

  constructor(readonly id: number | null) {}

  async load(): Promise<void> {
    if (this.id !== null) this.begin(await api.thing(this.id));
  }
  private begin(whole: ThingWhole): void {
    this.whole = whole;
    this.before = draftOf(whole);
    this.draft = draftOf(whole);
    this.streamsBefore = whole.datastreams.map(streamDraftOf);
    this.streams = whole.datastreams.map(streamDraftOf);
  }
  readonly changes: Change[] = $derived.by(() => [
    ...changed(fields, this.before, this.draft).map((field): Change => ({ stream: null, field, before: this.before[field], after: this.draft[field] })),
    ...this.streams.flatMap((stream, place) => {
      const before = this.streamsBefore[place]!;
      const key = this.whole!.datastreams[place]!.key;
      return changed(streamFields, before, stream).map((field): Change => ({ stream: key, field, before: before[field], after: stream[field] }));
    }),
  ]);

  /** Stores what is different. False: somebody else was first; his changes are in the form now, mine beside them. */
  async save(): Promise<boolean> {
    if (this.id === null) {
      this.whole = await api.addThing(thingChange(draftOf({ kind: '' }), this.draft));
      return true;
    }
    try {
      const change = thingChange(this.before, this.draft);
      if (Object.keys(change).length) this.stored(await api.putThing(this.id, change, this.whole!.version));
      for (const [place, stream] of this.streams.entries()) {
        const before = this.streamsBefore[place]!;
        const difference = streamChange(before, stream);
        if (!Object.keys(difference).length) continue;
        const { id } = this.whole!.datastreams[place]!;
        this.stored(await api.putDatastream(id, difference, this.whole!.version), place);
      }
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'thing.changed_meanwhile') throw error;
      await this.meet(await api.thing(this.id));
      return false;
    }
    return true;
  }
  /** What is stored counts as begun from, should a later step fail. */
  private stored(whole: ThingWhole, place?: number): void {
    this.whole = whole;
    if (place === undefined) this.before = draftOf(whole);
    else this.streamsBefore[place] = { ...this.streams[place]! };
  }
  private async meet(fresh: ThingWhole): Promise<void> {
    const { draft, theirs, both } = rebase(fields, this.before, this.draft, draftOf(fresh));
    const known = new Map((this.whole?.datastreams ?? []).map(({ id }, place) => [id, place]));
    const streams = fresh.datastreams.map((stream) => {
      const now = streamDraftOf(stream);
      const place = known.get(stream.id);
      return place === undefined ? now : rebase(streamFields, this.streamsBefore[place]!, this.streams[place]!, now).draft;
    });
    this.begin(fresh);
    this.draft = draft;
    this.streams = streams;
    this.meanwhile = { theirs, both };
    await town.loadThings();
  }
}
