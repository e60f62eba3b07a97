/**
 * Which output of a decoder becomes which datastream. A row is text as it is typed; it becomes a field when it is saved.
 * Pure.
 */
import type { MappedField, OutputField } from '../api/lorawan-types';
import { numberFrom } from '../rules/draft';

export interface Row {
  path: string;
  datastream: string;
  unit: string;
  property: string;
  scale: string;
  offset: string;
  min: string;
  max: string;
}
export type Flaw = 'key' | 'twice' | 'number' | 'scale' | 'range';

/** "data.air_temperature" and "air temperature": a key that the registry takes. */
export function keyFrom(name: string): string {
  return name.replace(/^data\./, '').toLowerCase().replace(/[^a-z0-9]+/g, '_').replace(/^_+|_+$/g, '').slice(0, 64);
}
const text = (value: number | null): string => (value === null ? '' : String(value));

export function rowOf(field: MappedField): Row {
  const { path, datastream, unit, property, scale, offset, min, max } = field;
  return { path, datastream, unit, property: property ?? '', scale: text(scale), offset: text(offset), min: text(min), max: text(max) };
}
/** A new row for an output: what is suggested, or only its name. */
export function rowFor(field: OutputField, taken: readonly Row[]): Row {
  const wanted = keyFrom(field.suggested?.name || field.path) || 'value';
  const others = new Set(taken.map((row) => row.datastream));
  let key = wanted;
  for (let n = 2; others.has(key); n += 1) key = `${wanted}_${n}`;
  return { path: field.path, datastream: key, unit: field.suggested?.unit ?? '', property: field.suggested?.property ?? '', scale: String(field.suggested?.scale ?? 1), offset: '0', min: '', max: '' };
}
/** What was tried and is not mapped yet. */
export function unmapped(fields: readonly OutputField[], rows: readonly Row[]): OutputField[] {
  const known = new Set(rows.map((row) => row.path));
  return fields.filter((field) => !known.has(field.path));
}
export function withSuggested(fields: readonly OutputField[], rows: readonly Row[]): Row[] {
  const out = [...rows];
  for (const field of unmapped(fields, rows)) if (field.suggested) out.push(rowFor(field, out));
  return out;
}

const blank = (value: string): boolean => value.trim() === '';
export function flawOf(row: Row, rows: readonly Row[]): Flaw | null {
  const key = row.datastream.trim();
  if (!key) return 'key';
  if (rows.filter((other) => other.datastream.trim() === key).length > 1) return 'twice';
  const { scale, offset, min, max } = numbersOf(row);
  if (scale === null || offset === null || Number.isNaN(min) || Number.isNaN(max)) return 'number';
  if (scale === 0) return 'scale';
  return min !== null && max !== null && min >= max ? 'range' : null;
}
interface Numbers {
  scale: number | null;
  offset: number | null;
  /** null: none; NaN: no number. */
  min: number | null;
  max: number | null;
}
function numbersOf(row: Row): Numbers {
  const edge = (value: string): number | null => (blank(value) ? null : (numberFrom(value) ?? NaN));
  return {
    scale: blank(row.scale) ? 1 : numberFrom(row.scale),
    offset: blank(row.offset) ? 0 : numberFrom(row.offset),
    min: edge(row.min),
    max: edge(row.max),
  };
}
export function fieldOf(row: Row): MappedField {
  const { scale, offset, min, max } = numbersOf(row);
  const edge = (value: number | null): number | null => (value === null || Number.isNaN(value) ? null : value);
  return { path: row.path, datastream: row.datastream.trim(), unit: row.unit.trim(), property: row.property || null, scale: scale ?? 1, offset: offset ?? 0, min: edge(min), max: edge(max) };
}
/** What the datastream would get of a value: scaled, shifted. `out`: beyond the range, it would be marked. */
export function result(row: Row, value: unknown): { value: number; out: boolean } | null {
  const { scale, offset, min, max } = numbersOf(row);
  if (typeof value !== 'number' || scale === null || offset === null) return null;
  const made = Number((value * scale + offset).toPrecision(12));
  return { value: made, out: (min !== null && made < min) || (max !== null && made > max) };
}

/** Variables as lines: "offset = 3". Null: a line is none. */
export function variablesFrom(lines: string): Record<string, string> | null {
  const out: Record<string, string> = {};
  for (const line of lines.split('\n')) {
    if (blank(line)) continue;
    const found = /^\s*([^\s=]+)\s*=\s*(.*?)\s*$/.exec(line);
    if (!found) return null;
    out[found[1]!] = found[2]!;
  }
  return out;
}
export function variablesText(variables: Record<string, unknown>): string {
  return Object.entries(variables).map(([name, value]) => `${name} = ${String(value)}`).join('\n');
}
