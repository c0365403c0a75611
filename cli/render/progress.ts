import type { Step, TimelineEntry } from '../../model/lifecycle';
import type { KnownInstance } from '../../model/services/service_state';
import { reasonOf, shares } from '../../model/words';
import { shortId } from '../ids';
import { OVER, READY } from '../../model/states';
import { knownInstances, type Shown } from '../wire';
import { endOf } from './nodes';
import { hue, mark } from './paint';
import type { Paper } from './paper';
import { conditionLines } from './steps';
import { table, type Column } from './table';
import { clean, fit, widthOf } from './text';
import { span, took, until } from '../../model/time';

const active = (life: Shown): Step | undefined => life.steps?.find((s) => s.state === 'blocked' || s.state === 'running');

/** When the operation began that goes on, or that was the last. */
const beganAt = (life: Shown): string | undefined => (life.operation ?? life.operations?.at(-1))?.startedAt;

/**
 * The states it went through in this operation, the present one with its progress: `registered → scheduling 1/2 → …`.
 * Where there is no room for all, the oldest give way.
 */
export function pathText(life: Shown, width = Infinity): string {
  const from = beganAt(life) ?? '';
  const entries = life.timeline ?? [];
  const recent = entries.filter((entry) => entry.at >= from).map((entry) => entry.state);
  const states = (recent.length ? recent : [life.state]).filter((state, i, all) => state !== all[i - 1]);
  const step = active(life);
  const now = [states.pop() ?? life.state, step ? shares(step) : ''].filter(Boolean).join(' ');
  const over = [...OVER, ...READY].includes(life.state) && !life.operation;
  const parts = [...states, now, ...(over ? [] : ['…'])];
  let path = parts.join(' → ');
  while (widthOf(path) > width && parts.length > 1) {
    parts.shift();
    path = ['…', ...parts].join(' → ');
  }
  return fit(path, width);
}

const ROWS: Column[] = [{ title: '' }, { title: '', keep: true }, { title: '', keep: true }, { title: '' }];

function stepRows(steps: Step[], paper: Paper): string {
  return table(
    ROWS,
    steps.map((step) => [
      mark(step, paper), step.name, [shares(step), took(step.startedAt, step.endedAt, paper.now)].filter(Boolean).join(' · '),
      [step.attempt > 1 ? `attempt ${step.attempt}` : '', reasonOf(step), step.nextTryAt ? `next try ${until(step.nextTryAt, paper.now)}` : ''].filter(Boolean).join(', '),
    ]),
    paper, 2,
  );
}

/** What a terminal shows while something goes on; redrawn as a whole, so it stays within `rows` lines. */
export function progressFrame(life: Shown, paper: Paper, rows: number, notice = ''): string {
  const name = shortId(life.id);
  const failed = (life.nodes ?? []).filter((n) => n.status === 'failed').map((n) => paper.color.red(fit(`  ${clean(`node ${n.name} failed ${endOf(n)}`)}`, paper.width)));
  const lines = [
    `${paper.color.bold(fit(name, paper.width))}${paper.width > name.length + 2 ? `  ${hue(life.state, paper)(pathText(life, paper.width - name.length - 2))}` : ''}`,
    ...(life.steps?.length ? stepRows(stepsOf(life), paper).split('\n') : []),
    ...conditionLines(life, paper, paper.width),
    ...failed,
    ...knownInstances(life).filter((i) => !i.up).map((i) => fit(`  ${clean(instanceLine(life, i))}`, paper.width)),
    ...(notice ? [paper.color.yellow(fit(notice, paper.width))] : []),
  ];
  return lines.slice(0, Math.max(1, rows - 1)).join('\n');
}

/** An instance of a service that is not up, or is on its way out, and why. */
const instanceLine = ({ wish }: Shown, { instance, progress, reason }: KnownInstance): string =>
  [`instance/${wish?.service ?? ''}/${instance} ${progress}`, reason].filter(Boolean).join(', ');

/** What its instances tell one by one, the step of the service need not repeat. */
const stepsOf = (life: Shown): Step[] =>
  (life.steps ?? []).map((step) => (knownInstances(life).length > 0 && step.waitingFor?.startsWith('instance ') ? { ...step, waitingFor: undefined } : step));

/** What happened between two documents, a line each: what is written where there is no terminal. */
export function progressLines(before: Shown | undefined, after: Shown): string[] {
  const zero = beganAt(after) ?? after.createdAt;
  const stamp = (at: string | undefined) => (zero && at ? `${span(Date.parse(at) - Date.parse(zero))}`.padStart(7) : ''.padStart(7));
  const says = (line: string, at = after.updatedAt) => `${stamp(at)}  ${clean(line)}`;
  return [
    ...newEntries(before?.timeline, after).map((entry) => says([entry.state, entry.because && `(${entry.because})`].filter(Boolean).join(' '), entry.at)),
    ...stepLines(before, after).map((line) => says(line)),
    ...newConditions(before, after).map((line) => says(line)),
    ...newlyFailed(before, after).map((line) => says(line)),
    ...instanceLines(before, after).map((line) => says(line)),
  ];
}

const same = (a: TimelineEntry, b: TimelineEntry): boolean => a.at === b.at && a.state === b.state && a.because === b.because;

function newEntries(before: TimelineEntry[] | undefined, after: Shown): TimelineEntry[] {
  const entries = after.timeline ?? [];
  const last = before?.at(-1);
  if (!last) return entries.filter((entry) => entry.at >= (beganAt(after) ?? ''));
  const seen = entries.findLastIndex((entry) => same(entry, last));
  return seen < 0 ? entries.filter((entry) => entry.at > last.at) : entries.slice(seen + 1);
}

function stepLines(before: Shown | undefined, after: Shown): string[] {
  return stepsOf(after).flatMap((step) => {
    const was = before && stepsOf(before).find((s) => s.name === step.name);
    const line = stepLine(after.state, step);
    return line && line !== (was && before && stepLine(before.state, was)) ? [line] : [];
  });
}

/** A step in one line, with nothing in it that changes by the clock; nothing for one that has nothing to tell. */
function stepLine(state: string, step: Step): string | undefined {
  if (step.state === 'blocked') return `${step.name} is blocked (attempt ${step.attempt}): ${step.lastError?.message ?? ''}`;
  if (step.state === 'skipped' || step.state === 'undone' || step.state === 'failed') return `${step.name} ${step.state}`;
  if (step.state !== 'running' && !step.waitingFor) return undefined;
  const share = shares(step);
  const reason = reasonOf(step);
  const notes = [step.name, ...(step.attempt > 1 ? [`attempt ${step.attempt}`] : []), ...(reason ? [reason] : [])];
  return share || notes.length > 1 ? `${state}${share && ` ${share}`} (${notes.join(', ')})` : undefined;
}

function newConditions(before: Shown | undefined, after: Shown): string[] {
  const text = (c: Shown['conditions'][number]) => `${c.type}: ${c.message ?? c.reason}`;
  const had = new Set(before?.conditions.map(text));
  return after.conditions.filter((c) => c.type !== 'Blocked').map(text).filter((line) => !had.has(line));
}

function newlyFailed(before: Shown | undefined, after: Shown): string[] {
  const had = new Set(before?.nodes?.filter((n) => n.status === 'failed').map((n) => n.name));
  return (after.nodes ?? []).filter((n) => n.status === 'failed' && !had.has(n.name)).map((n) => `node ${n.name} failed ${endOf(n)}`.trim());
}

function instanceLines(before: Shown | undefined, after: Shown): string[] {
  const had = new Set(before && knownInstances(before).map((i) => instanceLine(before, i)));
  return knownInstances(after).map((i) => instanceLine(after, i)).filter((line) => !had.has(line));
}
