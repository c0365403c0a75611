import { createColors } from 'picocolors';
import { table as lay } from '../cli/render/table';
import { isBroken, type Figure } from './figure';

const DIGITS: Record<Figure['unit'], number> = { s: 2, ms: 1, MB: 0, kB: 1, '%': 2, x: 2, 'per s': 1, rows: 1, events: 2, failures: 0, services: 0 };
const COLUMNS = [
  { title: 'BENCH', keep: true }, { title: 'WHAT', keep: true }, { title: 'MEASURED', keep: true, right: true },
  { title: 'FLOOR', keep: true, right: true }, { title: 'LIMIT', keep: true, right: true }, { title: '', keep: true }, { title: 'NOTE' },
];
const WIDTH = 160;

const show = (value: number | undefined, unit: Figure['unit']) => (value === undefined ? '' : `${value.toFixed(DIGITS[unit])} ${unit}`);

/** All figures, each beside its floor and its limit. */
export function table(benches: { name: string; figures: Figure[] }[]): string {
  const rows = benches.flatMap(({ name, figures }) =>
    figures.map((figure, i) => {
      const { what, value, floor, limit, unit, note = '' } = figure;
      const verdict = limit === undefined ? '' : isBroken(figure) ? 'BROKEN' : 'ok';
      return [i === 0 ? name : '', what, show(value, unit), show(floor, unit), show(limit, unit), verdict, note];
    }),
  );
  return lay(COLUMNS, rows, { width: WIDTH, now: 0, color: createColors(false), grid: 'grid' });
}
