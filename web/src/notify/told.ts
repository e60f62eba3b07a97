/** What hinders a notification, as the server says it; what a receiver answers stays in its words. */
import { teller } from '../lib/told';

/** A test looks them up in the server's sources. */
export const sentences = {
  training: 'this is a training copy: nothing is sent',
  queue: 'too much is waiting to be sent',
  tooOld: 'too old: the town was away',
  noMail: 'no mail server is named: section [mail] of the configuration',
  notPublic: '{source} is not a public address ({use}): name it in notify.allow_private if it is meant',
  plainHttp: 'plain http to a public address shows alarms to everybody: use https',
  plainMail: 'mail without TLS goes to this machine only: set mail.tls',
} as const;

export const told = teller(sentences, (name) => `notify.told.${name}`);
