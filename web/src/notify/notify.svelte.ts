/** Who is told of alarms, and how they fare. Looked at again every few seconds while the page is open. */
import { api, ApiError } from '../api/api';
import type { Notifications, NotifyMessage, Recipient, RecipientBody } from '../api/notify-types';
import { maybe } from '../i18n/i18n.svelte';
import { Newest } from '../lib/newest';
import { errorText } from '../lib/words';
import { session } from '../stores/session.svelte';

class NotifyStore {
  answer: Notifications | null = $state.raw(null);
  messages: NotifyMessage[] = $state.raw([]);
  failed: unknown = $state(null);
  /** The secret of a web-hook, shown once. */
  secret: { id: number; text: string } | null = $state(null);

  private readonly newest = new Newest();

  get list(): Recipient[] {
    return this.answer?.recipients ?? [];
  }
  /** Not an administrator: only one's own browsers are to be changed. */
  get own(): boolean {
    return !session.may('admin');
  }
  async load(): Promise<void> {
    try {
      const both = async () => ({ answer: await api.notifications(), messages: session.may('admin') ? (await api.notifyMessages()).messages : [] });
      await this.newest.ask(both, ({ answer, messages }) => ([this.answer, this.messages] = [answer, messages]));
      this.failed = null;
    } catch (error) {
      this.failed = error;
    }
  }
  /** Its id. */
  async save(id: number | null, body: RecipientBody): Promise<number> {
    const { recipient, secret } = id === null ? await api.addRecipient(body) : await api.changeRecipient(id, body, this.own);
    if (secret) this.secret = { id: recipient.id, text: secret };
    await this.load();
    return recipient.id;
  }
  async remove(id: number): Promise<void> {
    await api.removeRecipient(id, this.own);
    await this.load();
  }
}
export const notify = new NotifyStore();

/** A refused field has words of its own; the server's begin with its name. */
export function refusalText(error: unknown): string {
  if (error instanceof ApiError && error.kind === 'invalid') {
    const field = /^[a-z0-9_.]+/.exec(error.message)?.[0] ?? '';
    return maybe(`notify.bad.${field}`) ?? errorText(error);
  }
  return errorText(error);
}
