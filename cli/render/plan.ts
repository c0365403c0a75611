import { countOf, touched, type CommandPlan, type Effect, type EffectWord } from '../../model/command_plan';
import { shortId } from '../ids';
import type { Paper } from './paper';
import { table, type Cell } from './table';
import { clean, fit } from './text';

const BECOMES: Record<EffectWord, string> = { create: 'new', replace: 'new', restart: 'started again', remove: 'goes', none: 'stays' };

/** What a command would do, a line for each machine and instance, and under which hash it does exactly that. */
export function planText(plan: CommandPlan, paper: Paper): string {
  const { verb, of, effects, also, hash } = plan;
  const columns = [{ title: 'EFFECT', keep: true }, { title: 'WHAT', keep: true }, { title: 'MACHINE' }, { title: 'REASON' }];
  const rows = effects.map((one): Cell[] => [{ text: one.effect, paint: paintOf(one.effect, paper) }, one.id, machineOf(one), one.reason]);
  const title = `${verb} of ${shortId(of)}: ${touched(plan).length === 0 ? 'nothing would change' : countOf(plan)}`;
  return [
    fit(clean(title), paper.width), ...(rows.length > 0 ? [table(columns, rows, paper)] : []), ...also.map((line) => fit(`also: ${clean(line)}`, paper.width)),
    `hash: ${clean(hash)}`, fit('the same command with --plan-hash does exactly this, or is refused', paper.width),
  ].join('\n');
}

/** A node's machine has a long name, which its own line need not say again. */
function machineOf({ kind, machine, effect, machineEffect }: Effect): string {
  if (kind === 'connector' || (machine === null && machineEffect === 'none')) return '';
  return [kind === 'instance' ? machine : undefined, BECOMES[kind === 'node' ? effect : machineEffect]].filter(Boolean).join(' ');
}

function paintOf(effect: EffectWord, { color }: Paper): (text: string) => string {
  const paints: Record<EffectWord, (text: string) => string> = { create: color.green, replace: color.yellow, restart: color.yellow, remove: color.red, none: color.dim };
  return paints[effect];
}
