/** What can be done from anywhere, found by its words. The keys are those of the pages; here they can be read. */
import { api } from '../api/api';
import { dayName } from '../i18n/dates';
import { i18n, languages, t } from '../i18n/i18n.svelte';
import { openPaper } from '../lib/paper';
import { clock } from '../stores/clock.svelte';
import { router } from '../stores/router.svelte';
import { session, setLanguage } from '../stores/session.svelte';
import { ui } from '../stores/ui.svelte';
import { openPages } from './pages';

export interface Command {
  key: string;
  title: string;
  /** The key that does the same. */
  cap: string;
  run: () => void;
}
export function printDay(at: number = clock.exact()): void {
  openPaper(api.dayPaper(dayName(at), i18n.language));
}

export function commands(): Command[] {
  const names = { kk: 'Қазақша', ru: 'Русский', en: 'English' };
  return [
    ...openPages().map(({ page, digit }) => ({ key: `page-${page}`, title: t(`page.${page}`), cap: String(digit), run: () => router.go(page) })),
    { key: 'performance', title: t('performance.title'), cap: 'I', run: () => router.go('performance') },
    { key: 'rules', title: t('rule.title'), cap: 'R', run: () => router.go('rules') },
    { key: 'notifications', title: t('page.notifications'), cap: '', run: () => router.go('notifications') },
    { key: 'warnings', title: t('page.warnings'), cap: 'B', run: () => router.go('warnings') },
    { key: 'unclaimed', title: t('unclaimed.title'), cap: 'U', run: () => router.go('unclaimed') },
    { key: 'lorawan', title: t('page.lorawan'), cap: 'L', run: () => router.go('lorawan') },
    { key: 'compare', title: t('compare.title'), cap: 'K', run: () => router.go('compare') },
    { key: 'views', title: t('views.title'), cap: 'V', run: () => void setTimeout(() => (ui.dialog = 'views')) },
    { key: 'sheet', title: t('paper.day'), cap: '⇧P', run: () => printDay() },
    { key: 'sheet-yesterday', title: t('paper.yesterday'), cap: '', run: () => printDay(clock.exact() - 86_400_000) },
    { key: 'list', title: t('paper.alarms'), cap: '⇧P', run: () => openPaper(api.alarmPaper({ state: 'open', lang: i18n.language })) },
    { key: 'theme', title: t('help.theme'), cap: 'Alt 0', run: () => ui.setTheme(ui.theme === 'dark' ? 'light' : 'dark') },
    { key: 'keys', title: t('help.title'), cap: '?', run: () => void setTimeout(() => (ui.dialog = 'help')) },
    ...languages.map((language, at) => ({ key: `language-${language}`, title: names[language], cap: `Alt ${at + 1}`, run: () => setLanguage(language) })),
    { key: 'sign-out', title: t('bar.signOut'), cap: '', run: () => void session.signOut() },
  ];
}
