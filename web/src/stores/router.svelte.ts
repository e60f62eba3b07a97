/** Where we are: a path below /control and its query. Real addresses, so that the browser's buttons work. */
export type Page = 'map' | 'overview' | 'wall' | 'performance' | 'alarms' | 'things' | 'thing' | 'unclaimed' | 'shift' | 'system' | 'people' | 'setup' | 'welcome';
const base = '/control';
const plain = ['overview', 'wall', 'performance', 'alarms', 'things', 'unclaimed', 'shift', 'system', 'people', 'setup', 'welcome'] as const;

export function parse(path: string): { page: Page; id: number | null } {
  const parts = path.replace(base, '').split('/').filter(Boolean);
  const [first, second] = parts;
  if (first === 'things' && second && /^\d+$/.test(second)) return { page: 'thing', id: Number(second) };
  const page = plain.find((name) => name === first);
  return { page: page ?? 'map', id: null };
}

class Router {
  page: Page = $state('map');
  id: number | null = $state(null);
  /** Where Esc leads to from a thing: the page it was opened on. */
  private from: Page = 'things';

  start(): () => void {
    this.read();
    addEventListener('popstate', this.read);
    return () => removeEventListener('popstate', this.read);
  }
  private readonly read = (): void => {
    Object.assign(this, parse(location.pathname));
  };
  address(page: Page, id?: number): string {
    if (page === 'map') return `${base}/`;
    return page === 'thing' ? `${base}/things/${id}` : `${base}/${page}`;
  }
  go(page: Page, id?: number): void {
    const address = this.address(page, id);
    if (page === 'thing' && this.page !== 'thing') this.from = this.page;
    if (address !== location.pathname) history.pushState(null, '', address);
    this.page = page;
    this.id = id ?? null;
  }
  back(): void {
    this.go(this.page === 'thing' ? this.from : this.page === 'unclaimed' ? 'things' : this.page === 'performance' ? 'alarms' : 'map');
  }
}
export const router = new Router();
