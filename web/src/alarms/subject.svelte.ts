/**
 * What a window about an alarm is about: the one for which it was opened, whatever is chosen or raised meanwhile. When it is
 * over it stays as it was last known: the server takes a comment on it still, and nobody's text goes from under the hand.
 */
import type { Alarm } from '../api/types';
import { alarms } from '../stores/alarms.svelte';

class Subject {
  private id: number | null = $state(null);
  private known: Alarm | undefined;
  readonly alarm: Alarm | undefined = $derived.by(() => (this.known = alarms.get(this.id ?? -1) ?? this.known));

  take(alarm: Alarm): void {
    this.known = alarm;
    this.id = alarm.id;
  }
}
export const subject = new Subject();
