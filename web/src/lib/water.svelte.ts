/** Town's water consumption from meters that only count up: how much the hourly means grew in the last full hour. */
import { api } from '../api/api';
import { town } from '../stores/town.svelte';
import { clock } from '../stores/clock.svelte';
import { keyOf, streamsOf } from './streams';

class WaterFlow {
  value: number | null = $state(null);
  private asked = 0;

  async refresh(): Promise<void> {
    const now = clock.exact();
    if (now - this.asked < 300_000) return;
    const meters = town.registry.things.filter((thing) => thing.layer === 'water');
    const ids = meters.flatMap((meter) => streamsOf(meter).filter((stream) => /volume/.test(keyOf(stream))).map((stream) => stream.id));
    if (ids.length === 0) return;
    this.asked = now;
    let flow = 0;
    let counted = 0;
    const hour = Math.floor(now / 3_600_000) * 3_600_000;
    for (let from = 0; from < ids.length; from += 300) {
      const { series } = await api.series(ids.slice(from, from + 300), hour - 7_200_000, hour, 'hour');
      for (const { buckets } of series) {
        const [before, after] = buckets.slice(-2);
        if (!before || !after || after[1] < before[1]) continue;
        flow += after[1] - before[1];
        counted += 1;
      }
    }
    this.value = counted > 0 ? (flow * ids.length) / counted : null;
  }
}
export const waterFlow = new WaterFlow();
