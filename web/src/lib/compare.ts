/** How a value stands to its limit, said truly: "160,4 > 160", never a rounded "160 > 160". */
import type { Comparison } from '../api/types';

const most = 3;

/** As many decimals as asked for, or more where else value and limit would look alike. */
export function digitsApart(value: number, limit: number, digits: number): number {
  if (value === limit) return digits;
  let enough = digits;
  while (enough < most && value.toFixed(enough) === limit.toFixed(enough)) enough += 1;
  return enough;
}
/** The sign that belongs between the two numbers; empty where no limit is compared with. */
export function signOf(value: number, limit: number, comparison: Comparison): '' | '>' | '<' | '≥' | '≤' {
  if (comparison === 'silent' || comparison === 'frozen') return '';
  if (value > limit) return '>';
  if (value < limit) return '<';
  return comparison === '<' ? '≤' : '≥';
}
