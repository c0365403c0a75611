import type { Step } from '../../model/lifecycle';
import type { Paper } from './paper';
import type { Cell } from './table';

const MARKS: Record<Step['state'], string> = { pending: '·', running: '▶', blocked: '■', done: '✔', skipped: '↷', failed: '✘', undone: '↶' };

export const mark = (step: Step, paper: Paper): Cell => ({ text: MARKS[step.state], paint: hue(step.state, paper) });

const GOOD = ['ready', 'running', 'done', 'active', 'up', 'ok', 'yes', 'service_installed', 'instance_started', 'agent_started'];
const BAD = ['blocked', 'failed', 'dead', 'error', 'error during configuration', 'degraded', 'unreachable', 'down', 'no', 'failing', 'unhealthy', 'instance_unreachable', 'backing_off'];
const OVER = ['destroyed', 'removed', 'stopped', 'pending', 'queued', 'skipped', 'undone', 'starting', 'service_uninstalled', 'instance_stopped', 'machine_terminated', 'planned'];

/** The colour of a state word: green where all is well, red where somebody must look, grey where nothing happens. */
export function hue(state: string, { color }: Paper): (text: string) => string {
  const word = state.toLowerCase();
  if (GOOD.includes(word)) return color.green;
  if (BAD.includes(word)) return color.red;
  return OVER.includes(word) ? color.dim : color.yellow;
}

export const stateCell = (state: string, paper: Paper): Cell => ({ text: state, paint: hue(state, paper) });
