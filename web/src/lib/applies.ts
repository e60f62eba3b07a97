/** Which datastreams a rule watches: the same question as the server answers in src/alarms/compiled.cpp. */
import type { Rule, Thing } from '../api/types';
import { town, type Stream } from '../stores/town.svelte';

const utf8 = new TextEncoder();
const [anyRun, anyByte] = utf8.encode('*?') as unknown as [number, number];

/** `*` any run, `?` any one byte of the text as UTF-8; without either: the text itself. */
export function globMatches(pattern: string, text: string): boolean {
  const [wanted, given] = [utf8.encode(pattern), utf8.encode(text)];
  let [at, star, retry] = [0, -1, 0];
  for (let n = 0; n < given.length; ) {
    if (wanted[at] === anyRun) [star, retry] = [at++, n];
    else if (wanted[at] === anyByte || wanted[at] === given[n]) [at, n] = [at + 1, n + 1];
    else if (star >= 0) [at, n] = [star + 1, ++retry];
    else return false;
  }
  while (wanted[at] === anyRun) at += 1;
  return at === wanted.length;
}
/** Whether its unit goes with the rule's is not asked here. */
export function appliesTo(rule: Rule, thing: Thing, stream: Stream): boolean {
  if (!rule.enabled || (rule.kind && rule.kind !== thing.kind)) return false;
  if (rule.zone && rule.zone !== town.registry.zones.get(thing.zone ?? -1)?.key) return false;
  if (rule.property && rule.property !== stream.info?.key) return false;
  return !rule.selector || globMatches(rule.selector, `${thing.key}/${stream.key}`);
}
