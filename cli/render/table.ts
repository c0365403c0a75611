import type { Paper } from './paper';
import { clean, fit, widthOf } from './text';

type Paint = (text: string) => string;
export type Cell = string | { text: string; paint: Paint };

export interface Column {
  title: string;
  /** What a person copies or decides on: gives up its end only after the others did. */
  keep?: boolean;
  right?: boolean;
}

const GAP = 2;
const SHRUNK = 8;
const LEAST = 3;
const textOf = (cell: Cell): string => clean(typeof cell === 'string' ? cell : cell.text);

/** Rows under titles, each on one line that fits the paper; columns that are empty all the way down are left out. */
export function table(columns: readonly Column[], rows: readonly Cell[][], paper: Paper, indent = 0): string {
  const texts = rows.map((row) => row.map(textOf));
  const used = columns.map((_, i) => i).filter((i) => texts.some((row) => row[i]));
  const wanted = used.map((i) => Math.max(widthOf(columns[i]!.title), ...texts.map((row) => widthOf(row[i] ?? ''))));
  const fitting = shrink(wanted, used.map((i) => columns[i]!.keep === true), paper.width - indent);
  const shown = used.filter((_, at) => fitting[at]);
  const widths = fitting.filter(Boolean);
  const line = (cells: readonly { text: string; paint?: Paint }[]) => {
    const padded = cells.map(({ text, paint }, at) => pad(fit(text, widths[at]!), widths[at]!, columns[shown[at]!]!.right === true, paint));
    return ' '.repeat(indent) + padded.join(' '.repeat(GAP)).trimEnd();
  };
  const titles = columns.some((c) => c.title) ? [line(shown.map((i) => ({ text: columns[i]!.title, paint: paper.color.dim })))] : [];
  return [...titles, ...rows.map((row, r) => line(shown.map((i) => ({ text: texts[r]![i] ?? '', paint: paintOf(row[i]) }))))].join('\n');
}

const paintOf = (cell: Cell | undefined): Paint | undefined => (typeof cell === 'object' ? cell.paint : undefined);

function pad(text: string, width: number, right: boolean, paint: Paint = (plain) => plain): string {
  const space = ' '.repeat(width - widthOf(text));
  const shown = text && paint(text);
  return right ? space + shown : shown + space;
}

/**
 * Widths that fit, 0 for a column that is left out. Explanations give way first, then they go, the leftmost first (the
 * reason stands last); only then do ids and states lose their ends, and columns go from the right.
 */
export function shrink(wanted: readonly number[], keep: readonly boolean[], width: number): number[] {
  const widths = [...wanted];
  const there = () => widths.map((_, i) => i).filter((i) => widths[i]! > 0);
  const over = () => there().reduce((sum, i) => sum + widths[i]!, 0) + GAP * (there().length - 1) - width;
  for (;;) {
    const explanations = there().filter((i) => !keep[i]);
    narrow(widths, explanations, SHRUNK, over);
    if (explanations.length === 0) narrow(widths, there(), LEAST, over);
    if (over() <= 0) return widths;
    const [gone] = explanations.length > 0 ? explanations : there().slice(-1);
    if (there().length === 1) return widths.map((_, i) => (i === gone ? Math.max(1, width) : 0));
    widths[gone!] = 0;
    // What was narrowed for the sake of the one that went may be wide again.
    for (const i of there()) widths[i] = wanted[i]!;
  }
}

/** Takes a column at a time from the widest of these, down to `least`, until nothing is over. */
function narrow(widths: number[], columns: readonly number[], least: number, over: () => number): void {
  for (let left = over(); left > 0; left -= 1) {
    const widest = columns.reduce((best, i) => (widths[i]! > (widths[best] ?? 0) ? i : best), -1);
    if (widest < 0 || widths[widest]! <= least) return;
    widths[widest]! -= 1;
  }
}
