/** Who is told of alarms outside the screens: docs/design/api.md. */
import type { components } from './schema';

type Shapes = components['schemas'];

/** Hours of days of the week, in the town's time. */
export type Hours = Shapes['Hours'];
/** Who is told of alarms outside the screens. */
export type Recipient = Shapes['Recipient'];
export type RecipientBody = Shapes['RecipientChange'];
export type PushSubscriptionBody = Pick<Shapes['NewBrowser'], 'endpoint' | 'keys'>;
export type Notifications = Shapes['Notifications'];
export type RecipientAnswer = Shapes['RecipientAnswer'];
export type NotifyMessage = Shapes['NotifyMessage'];
