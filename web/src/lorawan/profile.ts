/** A device profile while it is edited: text as it is typed, and what it becomes. Pure. */
import type { DecoderKind, Profile, ProfileBody } from '../api/lorawan-types';
import { secondsFrom } from '../rules/draft';
import { fieldOf, rowOf, variablesFrom, variablesText, type Row } from './mapping';

export interface Draft {
  name: string;
  maker: string;
  model: string;
  kind: DecoderKind;
  /** Id of the codec as the choice has it. */
  codec: string;
  expected: string;
  variables: string;
  rows: Row[];
}
export function draftOf(profile: ProfileBody | null): Draft {
  if (!profile) return { name: '', maker: '', model: '', kind: 'codec', codec: '', expected: '20 min', variables: '', rows: [] };
  const { name, maker, model, decoder, expected_s, variables, fields } = profile;
  return { name, maker, model, kind: decoder.kind, codec: decoder.codec === null ? '' : String(decoder.codec), expected: spanText(expected_s), variables: variablesText(variables), rows: fields.map(rowOf) };
}
/** 1200 → "20 min": as it can be typed again in any language. 0: nobody knows. */
export function spanText(seconds: number): string {
  if (seconds === 0) return '';
  if (seconds % 3600 === 0) return `${seconds / 3600} h`;
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}
export type DraftFlaw = 'name' | 'codec' | 'expected' | 'variables';
export function draftFlaw(draft: Draft): DraftFlaw | null {
  if (!draft.name.trim()) return 'name';
  if (draft.kind === 'codec' && !draft.codec) return 'codec';
  if (draft.expected.trim() && secondsFrom(draft.expected) === null) return 'expected';
  return variablesFrom(draft.variables) === null ? 'variables' : null;
}
export function bodyOf(draft: Draft): ProfileBody {
  return {
    name: draft.name.trim(),
    maker: draft.maker.trim(),
    model: draft.model.trim(),
    decoder: { kind: draft.kind, codec: draft.kind === 'codec' ? Number(draft.codec) : null },
    expected_s: secondsFrom(draft.expected) ?? 0,
    variables: variablesFrom(draft.variables) ?? {},
    fields: draft.rows.map(fieldOf),
  };
}
export function sameProfile(draft: Draft, profile: Profile): boolean {
  const { name, maker, model, decoder, expected_s, variables, fields } = profile;
  const kept: ProfileBody = { name, maker, model, decoder: { kind: decoder.kind, codec: decoder.codec }, expected_s, variables, fields };
  return JSON.stringify(bodyOf(draft)) === JSON.stringify(bodyOf(draftOf(kept)));
}
