/** Months as addresses name them: "2026-01". Pure. */
import type { Language } from '../api/types';
import { monthOnly } from '../i18n/dates';

export function monthStep(month: string, by: number): string {
  const [year = 0, number = 1] = month.split('-').map(Number);
  const all = year * 12 + number - 1 + by;
  return `${String(Math.floor(all / 12)).padStart(4, '0')}-${String((all % 12) + 1).padStart(2, '0')}`;
}
export function monthName(month: string, language: Language): string {
  const [year = 0, number = 1] = month.split('-').map(Number);
  return monthOnly(year, number, language);
}
