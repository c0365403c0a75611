import { isLive, paperOf, print, type Io } from './io';
import { progressFrame, progressLines } from './render/progress';
import { openScreen } from './screen';
import type { Shown } from './wire';

/** Shows a lifecycle while it changes. */
export interface View {
  show(life: Shown): void;
  /** Time went by and nothing changed. */
  tick(): void;
  /** What is the matter with the looking itself; empty when nothing is any more. */
  notice(text: string): void;
  end(): void;
}

const nothing = () => undefined;

export const silentView: View = { show: nothing, tick: nothing, notice: nothing, end: nothing };

/** One JSON document a line, for each change. */
export const jsonLines = (io: Io): View => ({ ...silentView, show: (life) => print(io, JSON.stringify(life)) });

/** Redrawn in place on a terminal, a line for each change (since `before`) elsewhere. */
export const progressView = (io: Io, before?: Shown): View => (isLive(io) ? liveView(io) : lineView(io, before));

function liveView(io: Io): View {
  const screen = openScreen(io);
  let life: Shown | undefined;
  let notice = '';
  const draw = () => {
    if (!life) return;
    const paper = paperOf(io);
    // One column stays free: a terminal breaks the line, or eats its last letter, when the cursor passes the edge.
    const width = Math.min(paper.width, io.stdout.columns || 80) - 1;
    screen.draw(progressFrame(life, { ...paper, width }, io.stdout.rows || 24, notice));
  };
  return {
    show: (document) => ((life = document), draw()),
    tick: draw,
    notice: (text) => ((notice = text), draw()),
    end: screen.close,
  };
}

function lineView(io: Io, before?: Shown): View {
  let last = before;
  let notice = '';
  return {
    show(life) {
      for (const line of progressLines(last, life)) print(io, line);
      last = life;
    },
    tick: nothing,
    notice(text) {
      if (text && !notice) print(io, text);
      notice = text;
    },
    end: nothing,
  };
}
