/** Which field of a form the server does not like, and where in a script. */
import { ApiError } from '../api/api';
import { t } from '../i18n/i18n.svelte';
import { errorText } from '../lib/words';

export interface Complaint {
  /** As the server calls it: "name", "script", "fields[2].unit"; empty: the whole. */
  field: string;
  text: string;
  /** In a script. */
  line: number | null;
  column: number | null;
}

const position = /(?:line )?(\d+)(?:, column |:)(\d+)/;
export function complaintOf(error: unknown): Complaint {
  const none: Complaint = { field: '', text: errorText(error), line: null, column: null };
  if (!(error instanceof ApiError)) return none;
  if (error.kind === 'conflict') return { ...none, field: error.code.endsWith('.name_taken') ? 'name' : '', ...(error.message.startsWith('codec.name') ? { text: t('lora.importNameTaken') } : {}) };
  if (error.kind !== 'invalid') return none;
  const named = /^"?([a-z_]+(?:\[\d+\])?(?:\.[a-z_]+)*)"?(?::| )\s*(.*)$/is.exec(error.message);
  const place = position.exec(error.where) ?? /line (\d+), column (\d+)/.exec(error.message);
  if (place) {
    const [line, column] = [Number(place[1]), Number(place[2])];
    const what = error.message.replace(/^script: /, '').replace(/^line \d+, column \d+: /, '').replace(/ \(line \d+, column \d+\)$/, '');
    return { field: 'script', text: t('lora.scriptWrong', { line, column, what }), line, column };
  }
  const field = /^[a-z_]+(?:\[\d+\])?(?:\.[a-z_]+)*$/i.test(error.where) ? error.where : named && /^"|:/.test(error.message.slice(0, named[1]!.length + 2)) ? named[1]! : '';
  return { ...none, field, text: t('lora.fieldWrong', { what: field && named ? named[2]! : error.message }) };
}
/** "fields[2].unit": the row, and its field. */
export function rowIn(field: string): { at: number; name: string } | null {
  const found = /^fields\[(\d+)\](?:\.(\w+))?$/.exec(field);
  return found ? { at: Number(found[1]), name: found[2] ?? '' } : null;
}

/** Something that is sent, and what the server says against it: next to its field, or below all. */
export class Sending {
  busy = $state(false);
  complaint: Complaint | null = $state.raw(null);

  /** What stands next to a field. */
  at(field: string): string {
    return this.complaint?.field === field ? this.complaint.text : '';
  }
  /** What belongs to none of these fields. */
  beside(...fields: string[]): string {
    const { complaint } = this;
    if (!complaint || fields.includes(complaint.field) || rowIn(complaint.field)) return '';
    return complaint.text;
  }
  /** True if it happened. `refusal`: why it may not be tried now, or null. */
  async run(work: () => Promise<unknown>, refusal: string | null = null): Promise<boolean> {
    this.complaint = refusal ? { field: '', text: refusal, line: null, column: null } : null;
    if (refusal) return false;
    this.busy = true;
    try {
      await work();
    } catch (error) {
      this.complaint = complaintOf(error);
    }
    this.busy = false;
    return this.complaint === null;
  }
}
