/**
 * Dates, times and ages in the town's own zone. Months and weekdays are our own words in Kazakh. The zone's rules come
 * from the browser; where they disagree with the server about the present, the server is believed.
 */
import type { Language } from '../api/types';
import { nbsp } from './number';

const months: Record<Language, string[]> = {
  kk: ['қаңтар', 'ақпан', 'наурыз', 'сәуір', 'мамыр', 'маусым', 'шілде', 'тамыз', 'қыркүйек', 'қазан', 'қараша', 'желтоқсан'],
  ru: ['января', 'февраля', 'марта', 'апреля', 'мая', 'июня', 'июля', 'августа', 'сентября', 'октября', 'ноября', 'декабря'],
  en: ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'],
};
const weekdays: Record<Language, string[]> = {
  kk: ['жексенбі', 'дүйсенбі', 'сейсенбі', 'сәрсенбі', 'бейсенбі', 'жұма', 'сенбі'],
  ru: ['воскресенье', 'понедельник', 'вторник', 'среда', 'четверг', 'пятница', 'суббота'],
  en: ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'],
};
const shortDays: Record<Language, string[]> = {
  kk: ['жс', 'дс', 'сс', 'ср', 'бс', 'жм', 'сб'],
  ru: ['вс', 'пн', 'вт', 'ср', 'чт', 'пт', 'сб'],
  en: ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'],
};
const units: Record<Language, { s: string; min: string; h: string; d: string }> = {
  kk: { s: 'с', min: 'мин', h: 'сағ', d: 'күн' },
  ru: { s: 'с', min: 'мин', h: 'ч', d: 'д' },
  en: { s: 's', min: 'min', h: 'h', d: 'd' },
};

const zone = { offset: 300, name: '', format: null as Intl.DateTimeFormat | null };
const offsets = new Map<number, number>();

function offsetByRules(ms: number): number {
  const parts = zone.format!.formatToParts(ms);
  const get = (type: string): number => Number(parts.find((part) => part.type === type)?.value);
  const there = Date.UTC(get('year'), get('month') - 1, get('day'), get('hour') % 24, get('minute'), get('second'));
  return Math.round((there - Math.floor(ms / 1000) * 1000) / 60_000);
}

/** Told once the town is known. */
export function useZone(name: string, offsetMinutes: number, now: number): void {
  offsets.clear();
  zone.offset = offsetMinutes;
  zone.name = name;
  try {
    zone.format = new Intl.DateTimeFormat('en-GB', {
      timeZone: name, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric',
      hour: 'numeric', minute: 'numeric', second: 'numeric',
    });
    if (offsetByRules(now) !== offsetMinutes) zone.format = null;
  } catch {
    zone.format = null;
  }
}

/** Minutes east of UTC at that instant. */
export function offsetAt(ms: number): number {
  if (!zone.format) return zone.offset;
  const slot = Math.floor(ms / 900_000);
  let offset = offsets.get(slot);
  if (offset === undefined) {
    offset = offsetByRules(slot * 900_000);
    if (offsets.size > 20_000) offsets.clear();
    offsets.set(slot, offset);
  }
  return offset;
}

/** A Date whose UTC fields read as the town's wall clock. */
export function wall(ms: number): Date {
  return new Date(ms + offsetAt(ms) * 60_000);
}
/** The instant of the town's midnight before `ms`. */
export function startOfDay(ms: number): number {
  const local = ms + offsetAt(ms) * 60_000;
  const midnight = Math.floor(local / 86_400_000) * 86_400_000;
  return midnight - offsetAt(midnight - offsetAt(ms) * 60_000) * 60_000;
}

const two = (n: number): string => String(n).padStart(2, '0');

/** Monday first. */
export function shortWeekdays(language: Language): string[] {
  return [1, 2, 3, 4, 5, 6, 0].map((day) => shortDays[language][day]!);
}
export function hm(ms: number): string {
  const d = wall(ms);
  return `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}`;
}
export function hms(ms: number): string {
  return `${hm(ms)}:${two(wall(ms).getUTCSeconds())}`;
}
export function longDate(ms: number, language: Language): string {
  const d = wall(ms);
  const day = d.getUTCDate();
  const month = months[language][d.getUTCMonth()]!;
  const weekday = weekdays[language][d.getUTCDay()]!;
  const year = d.getUTCFullYear();
  if (language === 'kk') return `${year}${nbsp}ж. ${day}${nbsp}${month}, ${weekday}`;
  if (language === 'ru') return `${day}${nbsp}${month} ${year}${nbsp}г., ${weekday}`;
  return `${weekday}, ${day}${nbsp}${month} ${year}`;
}
export function shortDate(ms: number, language: Language, year = true): string {
  const d = wall(ms);
  if (language === 'en') {
    return `${d.getUTCDate()}${nbsp}${months.en[d.getUTCMonth()]!.slice(0, 3)}${year ? nbsp + d.getUTCFullYear() : ''}`;
  }
  return `${two(d.getUTCDate())}.${two(d.getUTCMonth() + 1)}${year ? '.' + d.getUTCFullYear() : ''}`;
}
export function monthYear(ms: number, language: Language): string {
  const d = wall(ms);
  if (language === 'en') return `${months.en[d.getUTCMonth()]!.slice(0, 3)} ${d.getUTCFullYear()}`;
  return `${two(d.getUTCMonth() + 1)}.${d.getUTCFullYear()}`;
}
const monthsAlone = ['январь', 'февраль', 'март', 'апрель', 'май', 'июнь', 'июль', 'август', 'сентябрь', 'октябрь', 'ноябрь', 'декабрь'];
/** "2026 ж. қаңтар", "январь 2026 г.", "January 2026". */
export function monthOnly(year: number, month: number, language: Language): string {
  const name = (language === 'ru' ? monthsAlone : months[language])[month - 1] ?? '';
  if (language === 'kk') return `${year}${nbsp}ж. ${name}`;
  return `${name} ${year}${language === 'ru' ? `${nbsp}г.` : ''}`;
}
export function weekdayDate(ms: number, language: Language): string {
  return `${shortDays[language][wall(ms).getUTCDay()]} ${shortDate(ms, language, false)}`;
}
/** Today only the time, else day and time. */
export function when(ms: number, now: number, language: Language): string {
  return startOfDay(ms) === startOfDay(now) ? hm(ms) : `${shortDate(ms, language, false)} ${hm(ms)}`;
}
/** "2026-01-17": the town's day of an instant, as addresses name it. */
export function dayName(ms: number): string {
  return wall(ms).toISOString().slice(0, 10);
}
/** "2026-01-17T19:40": an instant by the town's clock; seconds only where there are any. */
export function localName(ms: number): string {
  return wall(ms).toISOString().slice(0, ms % 60_000 ? 19 : 16);
}
/** Back from localName(), or from a day; the first of two where the clock showed it twice. Null if it is no time. */
export function instantOf(text: string): number | null {
  if (!/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?)?$/.test(text)) return null;
  const local = Date.parse(text.length === 10 ? `${text}T00:00Z` : `${text}Z`);
  if (Number.isNaN(local)) return null;
  const rough = local - zone.offset * 60_000;
  const offsets = [...new Set([offsetAt(rough - 86_400_000), offsetAt(rough), offsetAt(rough + 86_400_000)])];
  const found = offsets.map((offset) => local - offset * 60_000).filter((ms) => ms + offsetAt(ms) * 60_000 === local);
  return found.length ? Math.min(...found) : local - offsetAt(rough) * 60_000;
}
/** With the offset of that moment, for files: "2026-01-17T19:40:00+05:00". */
export function isoLocal(ms: number): string {
  const offset = offsetAt(ms);
  const minutes = Math.abs(offset);
  return `${wall(ms).toISOString().slice(0, 19)}${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
/** A date as written in the registry ("2024-10-03"). */
export function plainDate(text: string, language: Language): string {
  const ms = Date.parse(text + (text.length === 10 ? 'T12:00:00Z' : ''));
  return Number.isNaN(ms) ? text : shortDate(ms, language);
}

/** 40 s, 28 min, 5 h 38 min, 3 d 4 h: never more than two units. */
export function age(ms: number, language: Language): string {
  const u = units[language];
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 60) return `${s}${nbsp}${u.s}`;
  const m = Math.floor(s / 60);
  if (m < 60) return `${m}${nbsp}${u.min}`;
  const h = Math.floor(m / 60);
  if (h < 48) return `${h}${nbsp}${u.h}` + (m % 60 ? ` ${two(m % 60)}${nbsp}${u.min}` : '');
  const d = Math.floor(h / 24);
  return `${d}${nbsp}${u.d}` + (h % 24 && d < 10 ? ` ${h % 24}${nbsp}${u.h}` : '');
}
/** A whole number of seconds in all its units: 1 d 30 min, 1 min 30 s. */
export function spell(seconds: number, language: Language): string {
  const u = units[language];
  const parts = [[Math.floor(seconds / 86_400), u.d], [Math.floor(seconds / 3600) % 24, u.h], [Math.floor(seconds / 60) % 60, u.min], [seconds % 60, u.s]] as const;
  const told = parts.filter(([n]) => n > 0).map(([n, unit]) => `${n}${nbsp}${unit}`);
  return told.join(' ') || `0${nbsp}${u.s}`;
}
export function zoneName(ms: number): string {
  const offset = offsetAt(ms);
  const minutes = Math.abs(offset) % 60;
  return `UTC${offset < 0 ? '−' : '+'}${Math.floor(Math.abs(offset) / 60)}${minutes ? ':' + two(minutes) : ''}`;
}
