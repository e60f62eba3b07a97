/** The days of a year of one datastream: never those of another, and asked for until they are there. */
import { api } from '../api/api';
import type { BucketRow } from '../api/types';
import { Renewal } from '../lib/renewal';

export class Days {
  rows: BucketRow[] = $state.raw([]);
  private stream = 0;

  /** Returns what ends it; to be called before the next. */
  load(stream: number, from: number, to: number): () => void {
    if (stream !== this.stream) this.rows = [];
    this.stream = stream;
    let wanted = true;
    const renewal = new Renewal(async () => {
      const { buckets } = await api.buckets(stream, from, to, 'day');
      if (wanted) this.rows = buckets;
    });
    renewal.ask();
    return () => {
      wanted = false;
      renewal.stop();
    };
  }
}
