import type { Step } from '../../model/lifecycle';
import { MEANS, reasonOf, shares } from '../../model/words';
import { shortId } from '../ids';
import type { Shown } from '../wire';
import type { Paper } from './paper';
import { hue, mark, stateCell } from './paint';
import { table, type Column } from './table';
import { clean, cleanLines, fit } from './text';
import { took, until } from '../../model/time';

const STEPS: Column[] = [
  { title: '' }, { title: 'STEP', keep: true }, { title: 'STATE', keep: true }, { title: 'ATTEMPT', right: true }, { title: 'TOOK', right: true, keep: true },
  { title: 'REASON' }, { title: 'NEXT TRY', keep: true },
];

export function stepsTable(steps: Step[], paper: Paper): string {
  const rows = steps.map((step) => [
    mark(step, paper), step.name, stateCell(step.state, paper), step.attempt ? String(step.attempt) : '',
    [shares(step), took(step.startedAt, step.endedAt, paper.now)].filter(Boolean).join(' · '), reasonOf(step), until(step.nextTryAt, paper.now),
  ]);
  return table(STEPS, rows, paper);
}

const EVIDENCE_LINES = 12;

/** What stopped a blocked step, what was seen last, and the commands to go on; whole, whatever the width. */
export function blockedText(life: Pick<Shown, 'id' | 'steps' | 'verbs' | 'links'>, paper: Paper): string {
  const step = life.steps?.find((s) => s.state === 'blocked');
  if (!step) return '';
  const { color } = paper;
  const seen = cleanLines(step.lastError?.evidence ?? step.output ?? '').filter((line) => line.trim()).slice(-EVIDENCE_LINES);
  return [
    color.red(`${step.name} is blocked (attempt ${step.attempt}): ${clean(step.lastError?.message ?? 'no reason was given')}`),
    ...(seen.length ? ['last output:', ...seen.map((line) => color.dim(`  ${line}`))] : []),
    ...(step.lastError?.fix ? [`fix: ${clean(step.lastError.fix)}`] : []),
    ...(step.lastError?.help && life.links?.self ? [`more: ${new URL(step.lastError.help, life.links.self).href}`] : []),
    'go on with',
    commandsText(life, paper),
  ].join('\n');
}

/** The verbs the grid would accept now, as commands to copy. */
export function commandsText(life: Pick<Shown, 'id' | 'verbs'>, paper: Paper): string {
  const id = shortId(life.id);
  const lines = (life.verbs ?? []).map((verb) => [`${paper.grid} ${verb} ${id}`, MEANS[verb]]);
  const wide = Math.max(0, ...lines.map(([command]) => command!.length));
  return lines.map(([command, why]) => `  ${command!.padEnd(wide)}  ${paper.color.dim(why)}`.trimEnd()).join('\n');
}

/** What is the matter, a line each; cut at `width` where lines must not be longer. */
export const conditionLines = (life: Pick<Shown, 'conditions'>, paper: Paper, width = Infinity): string[] =>
  life.conditions
    .filter((c) => c.status !== 'False')
    .map((c) => hue(c.type, paper)(fit(clean(`${c.type}: ${c.message ?? c.reason}`), width)));
