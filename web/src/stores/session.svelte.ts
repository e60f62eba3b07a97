/** Who is signed in, and what they may do. */
import { api, ApiError, useCsrf, whenDenied } from '../api/api';
import type { Language, Role, Session } from '../api/types';
import { i18n, speak } from '../i18n/i18n.svelte';
import { maySomewhere, mayThere, type Part } from '../lib/rights';

class SessionStore {
  user: Session['user'] | null = $state(null);
  /** Until the first answer nothing is known, and nothing is drawn. */
  known = $state(false);
  /** A second factor is due: nothing else is open. */
  mustEnrol = $state(false);
  /** Why a sign-in at the provider failed: code of the address it came back with. */
  problem: string | null = $state(null);

  /** There; without a place: in the whole town. */
  may(role: Role, there: Part = {}): boolean {
    return mayThere(this.user, role, there);
  }
  maySomewhere(role: Role): boolean {
    return maySomewhere(this.user, role);
  }
  take(session: Session): void {
    useCsrf(session.csrf);
    this.user = session.user;
    this.mustEnrol = session.must_enrol;
    this.known = true;
    setLanguage(session.user.language, false);
  }
  async load(): Promise<void> {
    try {
      this.take(await api.session());
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) this.user = null;
      this.known = true;
    }
  }
  /** Null: signed in. A ticket: a code is asked for as well. */
  async signIn(user: string, password: string): Promise<string | null> {
    const answer = await api.signIn(user, password);
    if ('second_step' in answer) return answer.second_step;
    this.take(answer);
    return null;
  }
  async secondStep(ticket: string, code: string): Promise<void> {
    this.take(await api.secondStep(ticket, code));
  }
  /** Back from the provider with a problem: it leaves the address and stays on the screen. */
  readProblem(): void {
    const address = new URL(location.href);
    this.problem = address.searchParams.get('problem');
    if (this.problem === null) return;
    address.searchParams.delete('problem');
    history.replaceState(null, '', address);
  }
  async signOut(): Promise<void> {
    const answer = await api.signOut();
    location.assign(answer?.sign_out ?? '/control/');
  }
}
export const session = new SessionStore();
whenDenied(() => void session.load());

/** Changes the words on the screen once they are there; `tell` keeps it with the user's account. */
export function setLanguage(language: Language, tell = true): void {
  void speak(language).then(
    () => (document.documentElement.lang = i18n.language),
    () => undefined, // no words to be had: the screen keeps its language
  );
  localStorage.setItem('qala.language', language);
  if (tell && session.user) api.setLanguage(language).catch(() => undefined);
}
export function firstLanguage(): Language {
  const kept = localStorage.getItem('qala.language') ?? navigator.language.slice(0, 2);
  return kept === 'ru' || kept === 'en' ? kept : 'kk';
}
