import type { Grouping, Use } from '../../model/top';
import { shortId } from '../ids';
import type { ComputeView } from '../wire';
import { shareText } from './lists';
import type { Paper } from './paper';
import { table, type Column } from './table';

const AMOUNTS: Column[] = [
  { title: 'MACHINES', right: true, keep: true }, { title: 'CPU', right: true, keep: true }, { title: 'MEMORY MiB', right: true, keep: true }, { title: 'CPU USED', right: true }, { title: 'MEMORY USED', right: true },
];
const NAMES: Record<Grouping, Column[]> = {
  who: [{ title: 'WHO', keep: true }, { title: 'OWNER' }, { title: 'COMPUTE' }],
  owner: [{ title: 'OWNER', keep: true }],
  compute: [{ title: 'COMPUTE', keep: true }],
};
const COMPUTES: Column[] = [{ title: 'OF COMPUTE', keep: true }, { title: 'CPU', right: true, keep: true }, { title: 'MEMORY MiB', right: true, keep: true }, { title: 'DISKS', right: true }];

/** Who uses what, and below it how much of each compute that is. */
export function topText(uses: readonly Use[], computes: readonly ComputeView[], by: Grouping, paper: Paper): string {
  if (uses.length === 0) return 'nothing is used';
  const amount = (value: number | null) => (value === null ? '' : String(Number(value.toFixed(2))));
  const names: Record<Grouping, (use: Use) => string[]> = { who: ({ who, owner, compute }) => [shortId(who), owner, compute], owner: ({ owner }) => [owner || '(all)'], compute: ({ compute }) => [compute] };
  const rows = uses.map((use) => [...names[by](use), String(use.machines), amount(use.cpu), amount(use.memMiB), amount(use.usedCpu), amount(use.usedMemMiB)]);
  const full = computes.filter(({ hosts }) => hosts).map((one) => [one.name, shareText(one.cpuUsed, one.cpuTotal), shareText(one.memMiBUsed, one.memMiBTotal), shareText(one.disksUsed, one.disksTotal)]);
  return [table([...NAMES[by], ...AMOUNTS], rows, paper), ...(full.length > 0 ? ['', table(COMPUTES, full, paper)] : [])].join('\n');
}
