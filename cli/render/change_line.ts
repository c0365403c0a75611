import { shortId } from '../ids';
import type { Summary } from '../wire';
import { whyCell } from './lists';
import { stateCell } from './paint';
import type { Paper } from './paper';
import { clean, fit } from './text';

/** One change of any lifecycle: when, of what, how it is now, at which step and why. */
export function changeLine(change: Summary, paper: Paper): string {
  const text = (cell: ReturnType<typeof stateCell>) => clean(typeof cell === 'string' ? cell : cell.text);
  const parts = [change.updatedAt.slice(11, 23), shortId(change.id), text(stateCell(change.state, paper)), change.step ?? '', text(whyCell(change, paper))];
  return fit(parts.map(clean).filter(Boolean).join('  '), paper.width);
}
