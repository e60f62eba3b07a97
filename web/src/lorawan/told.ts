/** What the server says of a message, a downlink or a codec. */
import { teller } from '../lib/told';

/** A test looks them up in the server's sources. */
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

export const told = teller(sentences, (name) => `lora.told.${name}`);
