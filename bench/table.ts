import Table from 'cli-table3';
import { isBroken, type Figure } from './figure';

const DIGITS: Record<Figure['unit'], number> = { s: 2, ms: 1, MB: 0, '%': 2, x: 2, events: 2 };
const WIDTHS = [8, 34, 12, 11, 11, 8, 34];

const show = (value: number | undefined, unit: Figure['unit']) => (value === undefined ? '' : `${value.toFixed(DIGITS[unit])} ${unit}`);

/** All figures, each beside its floor and its limit. */
export function table(benches: { name: string; figures: Figure[] }[]): string {
  const lines = new Table({
    head: ['bench', 'what', 'measured', 'floor', 'limit', '', 'note'], colWidths: WIDTHS, wordWrap: true,
    colAligns: ['left', 'left', 'right', 'right', 'right'], style: { head: [], border: [], compact: true },
  });
  for (const { name, figures } of benches) {
    figures.forEach((figure, i) => {
      const { what, value, floor, limit, unit, note = '' } = figure;
      const verdict = limit === undefined ? '' : isBroken(figure) ? 'BROKEN' : 'ok';
      lines.push([i === 0 ? name : '', what, show(value, unit), show(floor, unit), show(limit, unit), verdict, note]);
    });
  }
  return lines.toString();
}
