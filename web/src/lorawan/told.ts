/**
 * What the server says of a message, a downlink or a codec, in the language of the screen. Its own sentences are known by
 * their form; what others said (a codec's exception, a network server's reason) stays in their words.
 */
import { t, type Key } from '../i18n/i18n.svelte';

/** The server's sentences, with names where something stands that changes. A test looks them up in its sources. */
export const sentences = {
  unknown: 'nobody knows the device yet',
  noProfile: 'the device has no profile',
  thingRemoved: "the device's thing was removed: assign it anew",
  notDecoded: 'the network server decoded nothing: it has no codec for this device',
  simulated: 'simulated: kept, not taken for a reading',
  encrypted: 'still encrypted: the network server has no application session key',
  webhook: 'waits for a bridge: "{source}" is a webhook, which takes nothing back',
  connected: 'waits until "{source}" is connected',
  anew: 'waits until "{source}" connects anew: {reason}',
  notAcknowledged: 'the device did not acknowledge it in time',
  notAsked: 'the device did not ask for it within a day',
  memory: 'it takes more than {n} MB',
  heap: 'it needs more memory than a codec may have',
  deadline: 'it takes longer than {n} ms',
  stopped: 'stopped after {n} ms',
  patience: 'it is not done after {n} s',
  sandbox: 'with it the sandbox {reason}',
  disabled: 'the codec is disabled: {reason}',
  strike: '{reason} (strike {n} of {most})',
  lastStrike: '{reason} (strike {n}: the codec is disabled)',
} as const;
type Sentence = keyof typeof sentences;

const forms = (Object.entries(sentences) as [Sentence, string][]).map(([name, sentence]) => {
  const form = sentence.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{(reason|source)\}/g, '(?<$1>.*)').replace(/\{(n|most)\}/g, '(?<$1>\\d+)');
  return { key: `lora.told.${name}` as Key, form: new RegExp(`^${form}$`, 's') };
});

export function told(text: string): string {
  for (const { key, form } of forms) {
    const found = form.exec(text);
    if (!found) continue;
    const { reason, n, most, ...rest } = found.groups ?? {};
    const numbers = Object.fromEntries(Object.entries({ n, most }).filter(([, one]) => one !== undefined).map(([name, one]) => [name, Number(one)]));
    return t(key, { ...rest, ...numbers, ...(reason === undefined ? {} : { reason: told(reason) }) });
  }
  return text;
}
