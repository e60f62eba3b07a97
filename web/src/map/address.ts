/** Where the map stands, what it shows and what is chosen on it, as an address keeps it. */
import { layers } from '../lib/layers';
import { alarms } from '../stores/alarms.svelte';
import { useAddress } from '../stores/router.svelte';
import { ui } from '../stores/ui.svelte';
import type { Camera } from './live-canvas';

interface Moved {
  camera(): Camera;
  stand(lon: number, lat: number, zoom: number): void;
}
export function useMapAddress(map: Moved): () => void {
  return useAddress(
    (query) => {
      const at = query.get('at')?.split(',').map(Number) ?? [];
      if (at.length === 3 && at.every(Number.isFinite)) map.stand(at[0]!, at[1]!, at[2]!);
      const shown = query.get('layers')?.split(',');
      if (shown) for (const layer of layers) ui.shown[layer] = shown.includes(layer);
      const thing = Number(query.get('thing'));
      if (thing) ui.select(thing, alarms.byThing.get(thing)?.id ?? null);
    },
    () => {
      const { lon, lat, zoom } = map.camera();
      return {
        at: `${lon.toFixed(5)},${lat.toFixed(5)},${zoom.toFixed(2)}`,
        layers: layers.filter((layer) => ui.shown[layer]).join(','),
        ...(ui.thing === null ? {} : { thing: String(ui.thing) }),
      };
    },
  );
}
