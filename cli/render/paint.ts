import type { Step } from '../../model/lifecycle';
import { toneOf } from '../../model/states';
import type { Paper } from './paper';
import type { Cell } from './table';

const MARKS: Record<Step['state'], string> = { pending: '·', running: '▶', blocked: '■', done: '✔', skipped: '↷', failed: '✘', undone: '↶' };

export const mark = (step: Step, paper: Paper): Cell => ({ text: MARKS[step.state], paint: hue(step.state, paper) });

/** The colour of a state word: green where all is well, red where somebody must look, grey where nothing happens. */
export const hue = (state: string, { color }: Paper): ((text: string) => string) => ({ good: color.green, bad: color.red, over: color.dim, going: color.yellow })[toneOf(state)];

export const stateCell = (state: string, paper: Paper): Cell => ({ text: state, paint: hue(state, paper) });
