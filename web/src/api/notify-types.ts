/** Who is told of alarms outside the screens: docs/design/api.md. */
import type { Language, Severity } from './types';

/** Hours of days of the week, in the town's time. */
export interface Hours {
  days: string[];
  from: string;
  to: string;
}
interface Wishes {
  severities: number[];
  zones: number[];
  kinds: string[];
  events: string[];
  hours: Hours[];
  delay_s: number;
}
/** Who is told of alarms outside the screens. */
export interface Recipient extends Wishes {
  id: number;
  name: string;
  channel: 'mail' | 'webhook' | 'push';
  address: string;
  user: number | null;
  language: Language;
  paused: boolean;
  created: number;
  standing: {
    waiting: number;
    left_out: number;
    last_sent: number | null;
    failing_since: number | null;
    failure: string;
    next_attempt: number | null;
  };
}
export type RecipientBody = Partial<Wishes> & {
  name?: string;
  channel?: Recipient['channel'];
  address?: string;
  language?: Language;
  paused?: boolean;
  renew_secret?: boolean;
};
export interface PushSubscriptionBody {
  endpoint: string;
  keys: { p256dh: string; auth: string };
}
export interface Notifications {
  /** A mail server is named in the configuration. */
  mail: boolean;
  push_key: string;
  recipients: Recipient[];
}
export interface RecipientAnswer {
  recipient: Recipient;
  secret?: string;
}
export interface NotifyMessage {
  id: number;
  recipient: number;
  key: string;
  alarm: number | null;
  severity: Severity;
  events: number;
  made: number;
  attempts: number;
  state: 'waiting' | 'delivered' | 'given_up';
  done: number | null;
  next: number | null;
  words: string;
  subject: string;
}
