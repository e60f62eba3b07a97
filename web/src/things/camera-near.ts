/** Is there a camera that may have seen what happened here? By the registry alone: nothing is fetched for it. */
import { metres, reach } from '../cameras/near';
import { town, type Place } from '../stores/town.svelte';

export function cameraNear(thing: Place): boolean {
  return town.registry.cameras.some(({ lon, lat }) => typeof lon === 'number' && typeof lat === 'number' && typeof thing.lon === 'number' && typeof thing.lat === 'number' && metres(lon, lat, thing.lon, thing.lat) <= reach);
}
