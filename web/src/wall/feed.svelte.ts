/** What the wall works out for itself every few seconds: figures of the fields, their lines, the outside. */
import { outside } from '../lib/outside';
import { indicators, type Indicator } from '../lib/indicators';
import { waterFlow } from '../lib/water.svelte';
import { questionOf, type Question } from '../overview/questions';
import { usual } from '../overview/usual.svelte';
import { alarms } from '../stores/alarms.svelte';
import { clock } from '../stores/clock.svelte';
import { live } from '../stores/live.svelte';
import { town } from '../stores/town.svelte';
import { values } from '../stores/values.svelte';
import { type Layer, layers } from '../lib/layers';

type Outside = ReturnType<typeof outside>;
const peek = (id: number) => values.peek(id);

class Feed {
  cells: Indicator[] = $state.raw([]);
  questions: ReadonlyMap<Layer, Question | null> = $state.raw(new Map());
  temperature: Outside = $state.raw(null);
  wind: Outside = $state.raw(null);

  start(): () => void {
    const timer = setInterval(this.beat, 2_000);
    return () => clearInterval(timer);
  }
  cell(layer: Layer): Indicator | undefined {
    return this.cells.find((one) => one.layer === layer);
  }
  private readonly beat = (): void => {
    if (!town.loaded) return;
    const now = clock.now;
    this.cells = indicators({ now, offline: live.offline, worst: alarms.byThing, waterFlow: waterFlow.value, peek });
    const scene = { registry: town.registry, worst: alarms.byThing, now, peek, busiest: usual.busiest };
    this.questions = new Map(layers.map((layer) => [layer, questionOf(layer, scene)]));
    this.temperature = outside('temperature', now, peek);
    this.wind = outside('wind_speed', now, peek);
    if (!live.connected) return;
    void usual.refresh([...this.questions.values()].filter((question): question is Question => question !== null));
    void usual.findBusiest().catch(() => undefined);
    void waterFlow.refresh().catch(() => undefined);
  };
}
export const feed = new Feed();
