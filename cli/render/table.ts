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
  const widths = shrink(wanted, used.map((i) => columns[i]!.keep === true), paper.width - indent);
  const shown = used.slice(0, widths.length);
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

/** Widths that fit: first what is only explanation gives way, then everything, then columns from the right. */
export function shrink(wanted: readonly number[], keep: readonly boolean[], width: number): number[] {
  const widths = [...wanted];
  const over = () => widths.reduce((sum, w) => sum + w, 0) + GAP * (widths.length - 1) - width;
  const narrow = (least: number, may: (i: number) => boolean) => {
    while (over() > 0) {
      const widest = widths.reduce((best, w, i) => (may(i) && w > least && w > (widths[best] ?? -1) ? i : best), -1);
      if (widest < 0) return;
      widths[widest]! -= 1;
    }
  };
  narrow(SHRUNK, (i) => !keep[i]);
  narrow(LEAST, (i) => !keep[i]);
  narrow(LEAST, () => true);
  while (over() > 0 && widths.length > 1) widths.pop();
  if (over() > 0) widths[0] = Math.max(1, width);
  return widths;
}
