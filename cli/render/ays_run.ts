import type { OrderIs } from '../../model/environment/orders';
import type { RunBody } from '../endpoints';
import { saidBy, type Outcome } from '../outcome';
import type { Shown } from '../wire';
import { factsText } from './facts';
import type { Paper } from './paper';
import { blockedText, conditionLines } from './steps';
import { clean, cleanLines, plural } from './text';
import { took } from '../../model/time';

export interface RunEnd {
  outcome: Outcome;
  /** The services that wait for a person. */
  blocked: readonly Shown[];
  verbose?: boolean;
  quiet?: boolean;
}

/** Verbs whose answer is what somebody ran them for. */
const ANSWERING = ['monitor', 'execute', 'export', 'build'];

/** Verbs whose steps say what came of them. */
const STEPPING = ['adopt', 'mdupdate'];

/** What stands below the progress of an `ays` command: what services answered, how it went, how to go on. */
export function runEndText(life: Shown & { request: RunBody }, { outcome, blocked, verbose = false, quiet = false }: RunEnd, paper: Paper): string {
  const { request: { verb } } = life;
  const answers = STEPPING.includes(verb) ? stepsText(life) : ANSWERING.includes(verb) || verbose ? answersText(life, paper) : '';
  const head = outcome.is === 'reached' && quiet ? '' : headText(life, outcome, paper);
  return [answers, head, ...(quiet && outcome.is === 'reached' ? [] : notes(life)), ...blocked.map((one) => `${clean(one.id)}: ${blockedText(one, paper)}`),
    outcome.is === 'blocked' ? `or run the same command again; \`${paper.grid} watch ${life.id}\` shows what else it does` : '',
    ...(outcome.is === 'missed' ? failures(life, paper) : []), outcome.is === 'reached' ? '' : factsText([['API', life.links?.self ?? ''], ['Temporal', life.links?.temporal ?? '']], paper),
  ].filter(Boolean).join('\n');
}

function headText({ state, request: { verb }, plan, operations, paused, id, ...life }: Shown & { request: RunBody }, { is }: Outcome, paper: Paper): string {
  const { color, grid } = paper;
  const last = operations?.at(-1);
  const services = plan?.domains ? plural(plan.domains.length, 'domain') : plural(plan?.tasks.length ?? 0, 'service');
  if (is === 'reached') return `${color.green(`${verb} of ${services} is done`)}${last ? ` after ${took(last.startedAt, last.endedAt, paper.now)}` : ''}`;
  if (is === 'blocked') return color.red(`${verb} of ${services} waits for a person`);
  if (paused) return `${color.yellow(`${verb} is paused`)}; \`${grid} resume ${id}\` goes on`;
  return [color.red(`${verb} of ${services}: ${state}`), ...conditionLines(life, paper)].join('\n');
}

/** What went without doing anything, and what was kept because somebody needs it. */
const notes = (life: Shown): string[] => [
  ...saidBy(life, 'done').flatMap(({ path, reason }) => (reason ? [clean(reason.includes(path) ? reason : `${path}: ${reason}`)] : [])),
  ...(life.plan?.stays ?? []).map(({ path, because }) => clean(`${path} stays: ${because.join(', ')} ${because.length > 1 ? 'need' : 'needs'} it`)),
];

const failures = (life: Shown, { color }: Paper): string[] => [
  ...(life.problem ? [clean(life.problem.message), `fix: ${clean(life.problem.fix)}`] : []),
  ...(life.steps ?? []).filter(({ name, state, lastError }) => state === 'failed' && lastError && !life.plan?.tasks.some((task) => name.endsWith(task.path))).flatMap(({ name, lastError }) => [
    color.red(clean(`${name}: ${lastError!.message}`)), ...(lastError!.fix ? [`fix: ${clean(lastError!.fix)}`] : []),
  ]),
  ...saidBy(life, 'failed').flatMap(({ path, reason, problem }) => [
    color.red(clean(`${path}: ${problem?.message ?? reason}`)), ...cleanLines(problem?.evidence ?? '').filter(Boolean).map((line) => color.dim(`  ${line}`)),
    ...(problem?.fix ? [`fix: ${clean(problem.fix)}`] : []),
  ]),
];

const stepsText = ({ steps = [] }: Shown): string => steps.flatMap(({ name, output }) => (output ? cleanLines(output.trim()).map((line, i) => (i === 0 ? `${clean(name)}: ${line}` : `  ${line}`)) : [])).join('\n');

/** In the order of the run; one service alone says it without its name, so that it can be piped. */
function answersText(life: Shown, { color }: Paper): string {
  const said = (life.plan?.tasks ?? []).flatMap(({ path }) => life.said?.[path] ?? []).filter((one) => answerOf(one));
  return said.map((one) => [...(life.plan!.tasks.length > 1 ? [color.bold(one.path)] : []), ...cleanLines(answerOf(one))].join('\n')).join('\n');
}

const answerOf = ({ output = '', result }: OrderIs): string =>
  [output.replace(/\n$/, ''), result === undefined || result === null || isPrinted(result) ? '' : typeof result === 'string' ? result : JSON.stringify(result)].filter(Boolean).join('\n');

/** A node answers a command with what it printed, which is the output already. */
const isPrinted = (result: unknown): boolean => typeof result === 'object' && result !== null && 'stdout' in result;
