import type { Io } from './io';
import { widthOf } from './render/text';

const ESC = '\x1b[';
const HIDE = `${ESC}?25l`;
const SHOW = `${ESC}?25h`;

/** A block of lines at the bottom of the terminal that is redrawn in its place, each time with one write. */
export interface Screen {
  draw(frame: string): void;
  /** Leaves what is there and gives the cursor back. */
  close(): void;
}

export function openScreen(io: Io): Screen {
  let drawn: string[] = [];
  const restore = () => void io.stdout.write(SHOW);
  process.once('exit', restore);
  io.stdout.write(HIDE);
  return {
    draw(frame) {
      const lines = frame.split('\n');
      io.stdout.write(`${upTo(drawn, io.stdout.columns || 80)}${lines.map((line) => `${line}${ESC}K\n`).join('')}${ESC}J`);
      drawn = lines;
    },
    close() {
      process.off('exit', restore);
      restore();
    },
  };
}

/** Back to the first line: a terminal made narrower since has broken long lines into several. */
function upTo(lines: string[], columns: number): string {
  const rows = lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(widthOf(line) / columns)), 0);
  return rows > 0 ? `${ESC}${rows}A\r` : '';
}
