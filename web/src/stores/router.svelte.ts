/** Where we are: a path below /control and its query. Real addresses, so that the browser's buttons work. */
export type Page =
  | 'map' | 'overview' | 'zone' | 'street' | 'compare' | 'wall' | 'performance' | 'rules' | 'alarms' | 'things' | 'thing' | 'unclaimed' | 'zones' | 'import' | 'shift' | 'system' | 'people' | 'setup'
  | 'account' | 'notifications' | 'cameras' | 'lorawan' | 'warnings' | 'welcome';
const base = '/control';
const plain = ['overview', 'compare', 'wall', 'performance', 'rules', 'alarms', 'things', 'unclaimed', 'shift', 'system', 'people', 'account', 'notifications', 'cameras', 'lorawan', 'warnings', 'setup', 'welcome'] as const;

export interface Where {
  page: Page;
  id: number | null;
  /** Of a street: it has no number. */
  name: string | null;
}
function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
export function parse(path: string): Where {
  const parts = path.replace(base, '').split('/').filter(Boolean);
  const [first, second] = parts;
  const id = second && /^\d+$/.test(second) ? Number(second) : null;
  if (first === 'things' && id !== null) return { page: 'thing', id, name: null };
  if (first === 'things' && (second === 'zones' || second === 'import')) return { page: second, id: null, name: null };
  if (first === 'zones' && id !== null) return { page: 'zone', id, name: null };
  const street = first === 'streets' && second ? decoded(second) : null;
  if (street) return { page: 'street', id: null, name: street };
  return { page: plain.find((name) => name === first) ?? 'map', id: null, name: null };
}

/** Pages that lie below another: where Esc leads to. */
const above: Partial<Record<Page, Page>> = { unclaimed: 'things', performance: 'alarms', rules: 'alarms', zone: 'overview', street: 'overview', compare: 'things', zones: 'things', import: 'things', lorawan: 'things', notifications: 'alarms', warnings: 'alarms' };
/** "/control/rules/bin_full": the rule that is open; null: the list. */
export function keyIn(path: string): string | null {
  return /^\/control\/rules\/([a-z0-9_]{1,64})$/.exec(path)?.[1] ?? null;
}

class Router {
  page: Page = $state('map');
  id: number | null = $state(null);
  name: string | null = $state(null);
  /** What stands behind the question mark, and a turn that rises when it was asked for from outside the page. */
  query = $state('');
  turn = $state(0);
  /** What the page shows now, for those who keep it; a page with nothing of its own has none. */
  describe: (() => Record<string, string>) | null = null;
  /** Of a rule that is open; null: the list. */
  key: string | null = $state(null);
  /** Where Esc leads to from a thing: the page it was opened on. */
  private from: string = `${base}/things`;

  start(): () => void {
    this.read();
    addEventListener('popstate', this.read);
    return () => removeEventListener('popstate', this.read);
  }
  private readonly read = (): void => {
    Object.assign(this, parse(location.pathname));
    this.key = keyIn(location.pathname);
    this.query = location.search.slice(1);
    this.turn += 1;
  };
  address(page: Page, id?: number | string): string {
    if (page === 'map') return `${base}/`;
    if (page === 'zone') return `${base}/zones/${id}`;
    if (page === 'rules' && id) return `${base}/rules/${id}`;
    if (page === 'street') return `${base}/streets/${encodeURIComponent(id ?? '')}`;
    if (page === 'zones' || page === 'import') return `${base}/things/${page}`;
    return page === 'thing' ? `${base}/things/${id}` : `${base}/${page}`;
  }
  go(page: Page, id?: number | string): void {
    this.open(this.address(page, id));
  }
  /** Any address below /control, with its query. */
  open(address: string, replace = false): void {
    const url = new URL(address, location.origin);
    const to = parse(url.pathname);
    if (to.page === 'thing' && this.page !== 'thing') this.from = location.pathname + location.search;
    if (url.pathname + url.search !== location.pathname + location.search) {
      history[replace ? 'replaceState' : 'pushState'](null, '', url.pathname + url.search);
    }
    Object.assign(this, to);
    this.key = keyIn(url.pathname);
    this.query = url.search.slice(1);
    this.turn += 1;
  }
  /** The page itself has changed what stands in its address. */
  note(query: string): void {
    if (query === this.query) return;
    this.query = query;
    history.replaceState(null, '', location.pathname + (query ? `?${query}` : ''));
  }
  /** The address under which what is seen now can be seen again. */
  whole(): string {
    const own = this.describe?.();
    const query = own ? new URLSearchParams(own).toString() : this.query;
    return location.pathname + (query ? `?${query}` : '');
  }
  back(): void {
    if (this.page === 'rules' && this.key) return this.go('rules');
    if (this.page === 'thing') this.open(this.from);
    else this.go(above[this.page] ?? 'map');
  }
}
export const router = new Router();

/** What an address says about the page that reads it; the page describes itself as long as it is there. */
export function useAddress(apply: (query: URLSearchParams) => void, describe: () => Record<string, string>): () => void {
  apply(new URLSearchParams(router.query));
  router.describe = describe;
  return () => {
    if (router.describe === describe) router.describe = null;
  };
}
