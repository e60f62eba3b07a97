/** Who hangs on whom: the way up (substation › boiler house) and what lies below. */
import { town, type Place } from '../stores/town.svelte';

/** Keys of the parents, topmost first. Ends after eight steps, should the registry ever hold a circle. */
export function pathOf(thing: Place): string[] {
  const path: string[] = [];
  let above = town.registry.byId.get(thing.parent ?? -1);
  while (above && path.length < 8) {
    path.unshift(above.name || above.key);
    above = town.registry.byId.get(above.parent ?? -1);
  }
  return path.length ? [path.join(' › ')] : [];
}
export function childrenOf(thing: Place): Place[] {
  return (town.registry.children.get(thing.id) ?? []).map((id) => town.registry.byId.get(id)).filter((child) => child !== undefined);
}
