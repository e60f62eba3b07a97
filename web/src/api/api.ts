/**
 * Every request of the control room. The only file that may call fetch (a lint rule holds it).
 * A failed request throws ApiError; a server that cannot be reached is an ApiError of code "offline".
 */
import type { Notifications, NotifyMessage, PushSubscriptionBody, RecipientAnswer, RecipientBody } from './notify-types';
import type { SavedView, SearchAnswer, ViewsAnswer } from './glance-types';
import type { AuditAnswer, Credential, NewPerson, OneTimeLink, Person, Scope, Verdict } from './people';
import type {
  AcknowledgedAll, Alarm, AlarmsAnswer, AlarmWithHistory, BucketsAnswer, BucketUnit, Claim, CredentialsAnswer, DatastreamChange, DryRun, ErrorBody, ErrorKind,
  Exercise, ExerciseAnswer, Health, HealthHistory, HealthStorage, HistoryEntry, ImportReport, Language, LatestAnswer, ObservationsAnswer, OpenSession, OutOfServicePair,
  Performance, Plan, Rule, RuleChange, RuleUsage, SeriesAnswer, Session, Shift, ShiftAnswer, ShiftEntry, ShiftWhole, SignInAnswer,
  SignInFacts, Thing,
  ThingChange, ThingsAnswer, ThingWhole, Town, UnclaimedAnswer, UsualAnswer, Zone, ZoneUse,
} from './types';

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly kind: ErrorKind,
    readonly code: string,
    message: string,
    readonly retryAfter: number | null = null,
    /** Where in what was sent: "3:7", line and column. */
    readonly where = '',
  ) {
    super(message);
  }
}

export const root = '/api/v1';
let csrf = '';
let bearer = '';

/** Called once a session is known: every writing request carries this token. */
export function useCsrf(token: string): void {
  csrf = token;
}

/** A wall may show itself with a read token instead of a session. */
export function useToken(token: string): void {
  bearer = token;
}
/** The live stream's path. A browser's WebSocket can carry no header: a token goes into the query. */
export function streamPath(): string {
  return socketPath('/stream');
}
export function socketPath(path: string, asked: Record<string, string | number | undefined> = {}): string {
  return root + path + query({ ...asked, p: bearer || undefined });
}

/** Told when the server refuses what the screen took to be allowed: the rights have changed meanwhile. */
let onDenied: () => void = () => undefined;
export function whenDenied(told: () => void): void {
  onDenied = told;
}

async function failure(response: Response): Promise<ApiError> {
  const wait = Number(response.headers.get('Retry-After')) || null;
  try {
    const { error } = (await response.json()) as ErrorBody;
    if (error.code === 'session.role' || error.code === 'session.elsewhere') onDenied();
    return new ApiError(response.status, error.kind, error.code, error.message, wait, error.where);
  } catch {
    const kind: ErrorKind = response.status === 404 ? 'not_found' : response.status === 403 ? 'denied' : 'internal';
    return new ApiError(response.status, kind, kind, response.statusText, wait);
  }
}

/** A file as it is, instead of JSON. */
class Upload {
  constructor(
    readonly type: string,
    readonly content: Blob | string,
  ) {}
}

async function ask(method: string, path: string, body?: unknown, wait = 20_000, seen?: string, accept = 'application/json'): Promise<Response> {
  const headers: Record<string, string> = { Accept: accept };
  if (bearer) headers['Authorization'] = `Bearer ${bearer}`;
  if (method !== 'GET') headers['X-Qala-CSRF'] = csrf;
  if (body !== undefined) headers['Content-Type'] = body instanceof Upload ? body.type : 'application/json';
  if (seen) headers['If-Match'] = `"${seen}"`;
  try {
    return await fetch(root + path, {
      method,
      headers,
      signal: AbortSignal.timeout(wait),
      ...(body === undefined ? {} : { body: body instanceof Upload ? body.content : JSON.stringify(body) }),
    });
  } catch (cause) {
    const late = cause instanceof DOMException && cause.name === 'TimeoutError';
    throw new ApiError(0, late ? 'timeout' : 'unavailable', late ? 'timeout' : 'offline', String(cause));
  }
}

export async function request<T>(method: string, path: string, body?: unknown, wait?: number, seen?: string): Promise<T> {
  const response = await ask(method, path, body, wait, seen);
  if (!response.ok) throw await failure(response);
  if (response.status === 204) return undefined as T;
  return (await response.json()) as T;
}

/** A picture, and of when it is. */
export async function requestPicture(path: string): Promise<{ picture: Blob; at: number }> {
  const response = await ask('GET', path, undefined, undefined, undefined, 'image/jpeg');
  if (!response.ok) throw await failure(response);
  return { picture: await response.blob(), at: Number(response.headers.get('X-Qala-At')) };
}

/** A long answer that begins with a blank for each per cent of the work. */
async function counted<T>(path: string, body: unknown, abort: AbortSignal, progress: (percent: number) => void): Promise<T> {
  const headers = { 'Content-Type': 'application/json', 'X-Qala-CSRF': csrf };
  let response: Response;
  let text = '';
  try {
    response = await fetch(root + path, { method: 'POST', headers, signal: abort, body: JSON.stringify(body) });
    if (!response.ok) throw await failure(response);
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      text += piece.value;
      if (!text.includes('{')) progress(text.split(' ').length - 1);
    }
    return JSON.parse(text) as T;
  } catch (cause) {
    if (cause instanceof ApiError) throw cause;
    throw new ApiError(0, 'unavailable', 'offline', String(cause));
  }
}

/** What is wrong with a file is no failure: it comes back like what is right. */
async function importThings(format: 'csv' | 'geojson', text: string, dry: boolean): Promise<ImportReport> {
  const type = format === 'csv' ? 'text/csv' : 'application/geo+json';
  const response = await ask('POST', '/things/import' + query({ format, dry_run: dry ? 1 : undefined }), new Upload(type, text), 120_000);
  const report = (await response.clone().json().catch(() => null)) as ImportReport | null;
  if (!report || !Array.isArray(report.problems)) throw await failure(response);
  return report;
}

/** The script that the server's page would load now; null if there is no page to be had. */
export async function pageScript(): Promise<string | null> {
  try {
    const response = await fetch('/control/wall', { cache: 'no-store', signal: AbortSignal.timeout(10_000) });
    return response.ok ? (/<script[^>]* src="([^"]+)"/.exec(await response.text())?.[1] ?? null) : null;
  } catch {
    return null;
  }
}

export function query(values: Record<string, string | number | undefined>): string {
  const pairs = Object.entries(values).filter(([, value]) => value !== undefined);
  return pairs.length ? '?' + new URLSearchParams(pairs.map(([key, value]) => [key, String(value)])).toString() : '';
}

/** Everybody may change his own browsers; the rest is the administrator's. */
const recipientPath = (id: number, own: boolean): string => `/notifications/${own ? 'browsers' : 'recipients'}/${id}`;

export const api = {
  session: () => request<Session>('GET', '/session'),
  signInFacts: () => request<SignInFacts>('GET', '/sign-in'),
  signIn: (user: string, password: string) => request<SignInAnswer>('POST', '/session', { user, password }),
  secondStep: (ticket: string, code: string) => request<Session>('POST', '/session/second', { ticket, code }),
  /** `again`: whoever is signed in at the provider must show anew who it is. */
  providerAddress: (back: string, again: boolean) => `${root}/oidc/start` + query({ return: back, again: again ? 1 : undefined }),
  signOut: () => request<{ sign_out?: string } | undefined>('DELETE', '/session'),
  sessions: () => request<{ sessions: OpenSession[] }>('GET', '/sessions'),
  endSession: (id: number) => request<void>('DELETE', `/sessions/${id}`),
  endOtherSessions: () => request<{ ended: number }>('DELETE', '/sessions'),
  changePassword: (old: string, password: string) => request<void>('PUT', '/session/password', { old, password }),
  offerTotp: (password?: string) => request<{ secret: string; uri: string }>('POST', '/session/totp', password === undefined ? {} : { password }),
  confirmTotp: (code: string) => request<{ recovery: string[] }>('POST', '/session/totp/confirm', { code }),
  renewRecovery: (password: string, code: string) => request<{ recovery: string[] }>('POST', '/session/totp/recovery', { password, code }),
  removeTotp: (password: string, code: string) => request<void>('POST', '/session/totp/remove', { password, code }),
  setLanguage: (language: Language) => request<void>('PUT', '/session/language', { language }),
  setupOpen: () => request<{ open: boolean }>('GET', '/setup'),
  setup: (form: { code: string; user: string; password: string; language: Language }) =>
    request<Session>('POST', '/setup', form),

  welcomeLook: (code: string) => request<{ name: string; language: Language }>('POST', '/welcome/look', { code }),
  welcome: (code: string, password: string) => request<void>('POST', '/welcome', { code, password }),

  users: () => request<{ users: Person[] }>('GET', '/users'),
  addUser: (person: NewPerson) => request<{ id: number; link: OneTimeLink }>('POST', '/users', person),
  changeUser: (id: number, change: Partial<NewPerson>) => request<void>('PUT', `/users/${id}`, change),
  removeUser: (id: number) => request<void>('DELETE', `/users/${id}`),
  userLink: (id: number) => request<OneTimeLink>('POST', `/users/${id}/link`),
  resetTotp: (id: number) => request<void>('DELETE', `/users/${id}/totp`),
  unlockUser: (id: number) => request<void>('DELETE', `/users/${id}/lock`),
  tokens: () => request<{ tokens: Credential[] }>('GET', '/tokens'),
  addToken: (token: { name: string; scope: Scope; expires?: string }) => request<{ id: number; token: string }>('POST', '/tokens', token),
  thingToken: (thing: number) => request<{ id: number; token: string }>('POST', `/things/${thing}/token`),
  revokeToken: (id: number) => request<void>('DELETE', `/tokens/${id}`),
  audit: (filter: Record<string, string | number | undefined>) => request<AuditAnswer>('GET', '/audit' + query(filter)),
  verifyAudit: (head: string) => request<Verdict>('POST', '/audit/verify', head ? { head } : {}, 120_000),
  eraseFromAudit: (name: string) => request<{ entries: number; details: number }>('POST', '/audit/erase', { name }),

  town: () => request<Town>('GET', '/town'),
  plan: () => request<Plan>('GET', '/town/plan'),
  things: () => request<ThingsAnswer>('GET', '/things'),
  thing: (id: number) => request<ThingWhole>('GET', `/things/${id}`),
  addThing: (thing: ThingChange) => request<ThingWhole>('POST', '/things', thing),
  putThing: (id: number, change: ThingChange, seen: string) => request<ThingWhole>('PUT', `/things/${id}`, change, undefined, seen),
  removeThing: (id: number, seen: string, erase: boolean) =>
    request<void>('DELETE', `/things/${id}` + query({ readings: erase ? 'erase' : undefined }), undefined, 120_000, seen),
  putDatastream: (id: number, change: DatastreamChange, seen: string) => request<ThingWhole>('PUT', `/datastreams/${id}`, change, undefined, seen),
  photoAddress: (id: number, name: string) => `${root}/things/${id}/photo` + query({ name }),
  putPhoto: (id: number, photo: Blob) => request<ThingWhole>('PUT', `/things/${id}/photo`, new Upload(photo.type, photo), 60_000),
  removePhoto: (id: number) => request<ThingWhole>('DELETE', `/things/${id}/photo`),
  thingHistory: (id: number, before?: number) => request<{ entries: HistoryEntry[]; more: boolean }>('GET', `/things/${id}/history` + query({ before })),
  credentials: (id: number) => request<CredentialsAnswer>('GET', `/things/${id}/tokens`),
  addCredential: (id: number) => request<{ id: number; token: string }>('POST', `/things/${id}/token`),
  removeCredential: (id: number, token: number) => request<void>('DELETE', `/things/${id}/tokens/${token}`),
  zones: () => request<{ zones: ZoneUse[] }>('GET', '/zones'),
  addZone: (zone: Omit<Zone, 'id'>) => request<ZoneUse>('POST', '/zones', zone),
  putZone: (id: number, zone: Omit<Zone, 'id'>) => request<ZoneUse>('PUT', `/zones/${id}`, zone),
  removeZone: (id: number) => request<void>('DELETE', `/zones/${id}`),
  importThings,
  thingsFile: (format: 'csv' | 'geojson') => `${root}/things/export` + query({ format }),
  putPlan: (text: string) => request<void>('PUT', '/town/plan', new Upload('application/geo+json', text), 120_000),

  latest: () => request<LatestAnswer>('GET', '/latest'),
  observations: (id: number, from: number, to: number, limit = 10_000, order: 'asc' | 'desc' = 'asc') =>
    request<ObservationsAnswer>('GET', `/datastreams/${id}/observations` + query({ from, to, limit, order })),
  buckets: (id: number, from: number, to: number, unit: BucketUnit, count = 1) =>
    request<BucketsAnswer>('GET', `/datastreams/${id}/buckets` + query({ from, to, unit, count })),
  series: (ids: readonly number[], from: number, to: number, unit: BucketUnit, count = 1) =>
    request<SeriesAnswer>('GET', '/buckets' + query({ datastreams: ids.join(','), from, to, unit, count })),
  seriesOfKind: (kind: string, property: string, from: number, to: number, unit: BucketUnit) =>
    request<SeriesAnswer>('GET', '/buckets' + query({ kind, property, from: Math.floor(from), to: Math.floor(to), unit })),
  usual: (question: Record<string, string | number>) => request<UsualAnswer>('GET', '/usual' + query(question), undefined, 60_000),
  exportAddress: (id: number, from: number, to: number) => `${root}/datastreams/${id}/export.csv` + query({ from, to }),

  /** since: closed ones only if they ended then or later. */
  alarms: (state: 'open' | 'closed' | 'all', { thing, since, limit = 1000 }: { thing?: number; since?: number; limit?: number } = {}) =>
    request<AlarmsAnswer>('GET', '/alarms' + query({ state, limit, thing, since })),
  acknowledge: (id: number, comment?: string) =>
    request<Alarm>('POST', `/alarms/${id}/acknowledge`, comment ? { comment } : {}),
  alarm: (id: number) => request<AlarmWithHistory>('GET', `/alarms/${id}`),
  acknowledgeAll: (ids: readonly number[]) => request<AcknowledgedAll>('POST', '/alarms/acknowledge', { ids }),
  shelve: (id: number, until: number, reason: string) => request<Alarm>('POST', `/alarms/${id}/shelve`, { until: Math.round(until), reason }),
  unshelve: (id: number) => request<Alarm>('POST', `/alarms/${id}/unshelve`, {}),
  assign: (id: number, assignee: string | null) => request<Alarm>('PUT', `/alarms/${id}/assignee`, { assignee }),
  assignees: (id: number) => request<{ users: string[] }>('GET', `/alarms/${id}/assignees`),
  outOfService: (rule: string, thing: number, reason: string) => request<unknown>('PUT', `/out-of-service/${encodeURIComponent(rule)}/${thing}`, { reason }),
  outOfServiceList: () => request<{ entries: OutOfServicePair[] }>('GET', '/out-of-service'),
  inService: (rule: string, thing: number) => request<void>('DELETE', `/out-of-service/${encodeURIComponent(rule)}/${thing}`),
  comment: (id: number, text: string) => request<Alarm>('POST', `/alarms/${id}/comments`, { text }),
  performance: (from: number, to: number) => request<Performance>('GET', '/alarms/performance' + query({ from: Math.floor(from), to: Math.floor(to) })),
  rules: () => request<{ rules: Rule[] }>('GET', '/rules'),
  ruleUsage: () => request<{ days: number; rules: RuleUsage[] }>('GET', '/rules/usage'),
  putRule: (rule: Rule, revision: string | null) => request<Rule>('PUT', `/rules/${encodeURIComponent(rule.key)}`, { ...rule, revision }),
  removeRule: (key: string) => request<void>('DELETE', `/rules/${encodeURIComponent(key)}`),
  ruleHistory: (key: string) => request<{ changes: RuleChange[] }>('GET', `/rules/${encodeURIComponent(key)}/history`),
  ruleText: (rule: Rule) => request<{ toml: string }>('POST', '/rules/text', { rule }),
  parseRules: (toml: string) => request<{ rules: Rule[] }>('POST', '/rules/parse', { toml }),
  importRules: (toml: string) => request<{ created: string[]; changed: string[]; unchanged: string[] }>('POST', '/rules/import', { toml }),
  rulesAddress: () => `${root}/rules/export.toml`,
  dryRun: (rule: Rule, from: number, to: number, abort: AbortSignal, progress: (percent: number) => void) =>
    counted<DryRun>('/rules/dry-run', { rule, from: Math.floor(from), to: Math.floor(to), examples: 12 }, abort, progress),

  exercise: () => request<ExerciseAnswer>('GET', '/exercise'),
  exercises: () => request<{ exercises: Exercise[] }>('GET', '/exercises?limit=20'),
  beginExercise: (wanted: { reason: string; minutes: number; zones: number[]; things: number[] }) => request<ExerciseAnswer>('POST', '/exercise', wanted),
  endExercise: () => request<void>('DELETE', '/exercise'),
  stageAlarm: (rule: string, thing: number, value?: number) => request<Alarm>('POST', '/exercise/alarms', { rule, thing, ...(value === undefined ? {} : { value }) }),
  clearStaged: (id: number) => request<Alarm>('POST', `/exercise/alarms/${id}/clear`, {}),

  shift: () => request<ShiftAnswer>('GET', '/shift'),
  startShift: () => request<Shift>('POST', '/shift'),
  writeShift: (text: string) => request<ShiftEntry>('POST', '/shift/entries', { text }),
  offerShift: (note: string) => request<Shift>('POST', '/shift/offer', { note }),
  withdrawShift: () => request<Shift>('DELETE', '/shift/offer'),
  acceptShift: (seen: string) => request<Shift>('POST', '/shift/accept', { seen }),
  takeOverShift: (seen: string) => request<Shift>('POST', '/shift/take-over', { seen }),
  closeShift: (note: string, seen: string) => request<Shift>('POST', '/shift/close', { note, seen }),
  shifts: (q: string) => request<{ shifts: Shift[] }>('GET', '/shifts' + query({ q: q || undefined })),
  shiftPaper: (id: number, lang: Language) => `${root}/shifts/${id}/book.pdf` + query({ lang }),
  shiftWhole: (id: number) => request<ShiftWhole>('GET', `/shifts/${id}`),

  search: (q: string) => request<SearchAnswer>('GET', '/search' + query({ q, limit: 12 })),
  views: () => request<ViewsAnswer>('GET', '/views'),
  addView: (view: { name: string; page: string; address: string; shared: boolean }) => request<SavedView>('POST', '/views', view),
  changeView: (id: number, change: Partial<SavedView>) => request<SavedView>('PUT', `/views/${id}`, change),
  removeView: (id: number) => request<void>('DELETE', `/views/${id}`),
  startView: (view: number | null) => request<void>('PUT', '/views/start', { view }),
  alarmPaper: (wish: Record<string, string | number | undefined>) => `${root}/alarms/list.pdf` + query(wish),
  dayPaper: (date: string, lang: Language) => `${root}/days/${date}/sheet.pdf` + query({ lang }),

  unclaimed: () => request<UnclaimedAnswer>('GET', '/unclaimed'),
  claim: (id: number, claim: Claim) => request<Thing>('POST', `/unclaimed/${id}/claim`, claim),
  dismiss: (id: number) => request<void>('DELETE', `/unclaimed/${id}`),

  notifications: () => request<Notifications>('GET', '/notifications'),
  notifyMessages: () => request<{ messages: NotifyMessage[] }>('GET', '/notifications/messages'),
  addRecipient: (body: RecipientBody) => request<RecipientAnswer>('POST', '/notifications/recipients', body),
  changeRecipient: (id: number, body: RecipientBody, own: boolean) => request<RecipientAnswer>('PUT', recipientPath(id, own), body),
  removeRecipient: (id: number, own: boolean) => request<void>('DELETE', recipientPath(id, own)),
  testRecipient: (id: number, own: boolean) => request<{ fate: string; words: string }>('POST', `${recipientPath(id, own)}/test`, {}, 130_000),
  subscribeBrowser: (body: RecipientBody & PushSubscriptionBody) => request<RecipientAnswer>('POST', '/notifications/browsers', body),

  health: () => request<Health>('GET', '/health'),
  healthHistory: () => request<HealthHistory>('GET', '/health/history'),
  healthStorage: () => request<HealthStorage>('GET', '/health/storage'),
};
