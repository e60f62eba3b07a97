/** Units are kept as the English symbol and shown in the language of the screen. */
import { i18n, maybe, num } from '../i18n/i18n.svelte';
import { nbsp } from '../i18n/number';
import type { Scalar } from '../api/types';
import type { Stream } from '../stores/town.svelte';

export function unitText(symbol: string | null | undefined): string {
  if (!symbol) return '';
  void i18n.language;
  return maybe(`unit.${symbol}`) ?? symbol;
}
export function unitOf(stream: Stream | undefined): string {
  return unitText(stream?.unit || stream?.info?.unit);
}
/** By the property; a tenth of something over a hundred is noise. */
export function decimalsOf(stream: Stream | undefined, value: number): number {
  if (stream?.info) return stream.info.decimals === 1 && Math.abs(value) >= 100 ? 0 : stream.info.decimals;
  const text = String(value);
  return Math.min(3, text.includes('.') ? text.length - text.indexOf('.') - 1 : 0);
}
/** A value as text: numbers by the property's decimals, true and false as words, text as it came. */
export function valueText(value: Scalar | null | undefined, stream?: Stream): string {
  if (value === null || value === undefined) return '—';
  if (typeof value === 'boolean') return maybe(value ? 'value.true' : 'value.false') ?? String(value);
  return typeof value === 'number' ? num(value, decimalsOf(stream, value)) : value;
}
/** With its unit, parted by a no-break space: "61,8 °C". */
export function withUnit(value: Scalar | null | undefined, stream?: Stream): string {
  const unit = unitOf(stream);
  return valueText(value, stream) + (unit && value !== null && value !== undefined ? nbsp + unit : '');
}
