import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { tripleOf } from '../../model/environment/identity';
import { NAME, NAME_RULE } from '../../model/ids';
import { getDict } from '../../model/hrd/get';
import type { Hrd } from '../../model/hrd/hrd';
import { itemsWithPrefix, type HrdField } from '../../model/hrd/prefix';
import { throwProblem } from '../problem_error';
import { keyText, type InstanceDirectory, type InstanceKey } from './instance_directory';
import type { ProcessPlan } from './process_plan';
import { programPath } from './run_action';
import { splitWords } from './split_words';

/** What a process may say of itself, and what that means here. Everything else is refused, not passed over. */
const FORM = {
  keys: ['name', 'cmd', 'args', 'env', 'cwd', 'ports', 'prio', 'timeout_start', 'timeout_stop', 'user', 'startupmanager', 'platform', 'filterstr', 'log'],
  defaults: { prio: 10, timeout_start: 10, timeout_stop: 2, ports: [], env: {} },
  lists: ['ports'],
  dicts: ['env'],
  ints: ['prio', 'timeout_start', 'timeout_stop'],
};

/** Fields whose other values mean something that is not done here. */
const ACCEPTED: Record<string, readonly string[]> = {
  user: ['', 'root'],
  // Both keep a process running, as the agent does.
  startupmanager: ['', 'tmux', 'upstart'],
  platform: ['', 'all', 'generic', 'linux', 'linux64'],
};

/** Fields that lose nothing by not being looked at: output is always kept, and the grid knows its processes without searching. */
const WITHOUT_EFFECT: readonly string[] = ['filterstr', 'log'];

const LONGEST_STEP_S = 3_600;

type Replace = (text: string) => string;

/**
 * The processes of an instance, `service.process.N` of its HRD (A-29), in the order in which they are started.
 * @throws ProblemError 400 `unsupported_process` naming the field that cannot be as it is.
 */
export function readProcesses(key: InstanceKey, dir: InstanceDirectory, hrd: Hrd, replace: Replace): ProcessPlan[] {
  const entries = itemsWithPrefix(hrd, 'service.process', FORM);
  const plans = entries.map((entry, i) => readProcess({ key, dir, hrd, replace, number: i + 1, single: entries.length === 1 }, entry));
  const twice = plans.find((plan, i) => plans.findIndex((other) => other.name === plan.name) < i);
  if (twice) refuse(`process ${twice.name} is there twice`, 'Give each process a name of its own.', 'process');
  return plans.toSorted((one, other) => one.prio - other.prio);
}

const defaultName = ({ service, instance }: InstanceKey) => (instance === null ? `${tripleOf(service).name}_${tripleOf(service).instance}` : `${service}_${instance}`);

interface Around {
  key: InstanceKey;
  dir: InstanceDirectory;
  hrd: Hrd;
  replace: Replace;
  number: number;
  single: boolean;
}

function readProcess(around: Around, entry: Record<string, HrdField>): ProcessPlan {
  const { dir, replace, number } = around;
  const at = `process.${number}`;
  const unknown = Object.keys(entry).find((field) => !FORM.keys.includes(field));
  if (unknown) refuse(`${at} has a field ${unknown}, which there is not`, `It may have ${FORM.keys.filter((k) => !WITHOUT_EFFECT.includes(k)).join(', ')}.`, at);
  for (const [field, accepted] of Object.entries(ACCEPTED)) {
    if (!accepted.includes(String(entry[field]))) {
      refuse(`${at}: ${field} ${String(entry[field])} is not supported`, `Leave it out, or write one of ${accepted.filter(Boolean).join(', ')}.`, `${at}.${field}`);
    }
  }
  const command = wordsOf(at, 'cmd', entry['cmd']).map(replace);
  if (!command[0]) refuse(`${at} has no cmd`, 'Name the program that is to run.', `${at}.cmd`);
  return {
    name: nameOf(around, String(entry['name'])),
    argv: [...command, ...wordsOf(at, 'args', entry['args']).map(replace)],
    env: { HOME: dir.path, ...environment(around, entry['env'] as Record<string, unknown>) },
    cwd: resolve(dir.path, replace(String(entry['cwd']))),
    ports: (entry['ports'] as unknown[]).flatMap((port) => portsOf(at, replace(String(port)))),
    startTimeoutMs: secondsOf(at, 'timeout_start', entry) * 1_000,
    // A-29: none means the default.
    stopGraceMs: (secondsOf(at, 'timeout_stop', entry) || FORM.defaults.timeout_stop) * 1_000,
    prio: Number(entry['prio']),
  };
}

function wordsOf(at: string, field: string, line: HrdField | undefined): string[] {
  try {
    return splitWords(String(line ?? ''));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return refuse(`${at}: ${field} is not a plain command: ${error.message}`,
      'Write the program and its arguments, quoted where they hold blanks; put a script into a file of the recipe.', `${at}.${field}`);
  }
}

function nameOf({ key, replace, number, single }: Around, given: string): string {
  const name = replace(given) || `${defaultName(key)}${single ? '' : `.${number - 1}`}`;
  return NAME.test(name) ? name : refuse(`process.${number} has the name ${name.slice(0, 80)}`, `Use ${NAME_RULE}.`, `process.${number}.name`);
}

function environment({ hrd, replace, number }: Around, own: Record<string, unknown>): Record<string, string> {
  const beside = getDict(hrd, `service.env.process.${number}`, {});
  const entries = Object.entries({ ...beside, ...own }).map(([name, value]) => [name, replace(String(value))] as const);
  const wrong = entries.find(([name, value]) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || value.includes('\0'));
  if (wrong) refuse(`process.${number}: environment variable ${wrong[0].slice(0, 80)} cannot be set`, 'Use names of letters, digits and "_".', `process.${number}.env`);
  return Object.fromEntries(entries);
}

function portsOf(at: string, text: string): number[] {
  return text.split(/[;,]/).map((port) => port.trim()).filter(Boolean).map((port) => {
    const number = Number(port);
    if (/^\d+$/.test(port) && number >= 1 && number <= 65_535) return number;
    return refuse(`${at}: ${port.slice(0, 80)} is not a port`, 'Use a number from 1 to 65535.', `${at}.ports`);
  });
}

function secondsOf(at: string, field: string, entry: Record<string, HrdField>): number {
  const seconds = Number(entry[field]);
  if (seconds >= 0 && seconds <= LONGEST_STEP_S) return seconds;
  return refuse(`${at}: ${field} is ${seconds}`, `Use a number of seconds from 0 to ${LONGEST_STEP_S}.`, `${at}.${field}`);
}

const refuse = (what: string, fix: string, field: string): never => throwProblem(400, 'unsupported_process', what, fix, { field });

/**
 * Refuses processes whose program is not on this machine.
 * @throws ProblemError 503 `program_missing` with the line that installs it, where the recipe says from which packages.
 */
export function checkPrograms(key: InstanceKey, plans: readonly ProcessPlan[], packages: readonly string[]): void {
  for (const plan of plans) {
    if (isThere(plan)) continue;
    const remedy = packages.length > 0 ? `apt-get install ${packages.join(' ')}` : `Install ${plan.argv[0]}`;
    throwProblem(503, 'program_missing', `instance ${keyText(key)}: ${plan.argv[0]} is not installed on its machine`, `${remedy}; then retry.`, { field: plan.name });
  }
}

const isThere = ({ argv: [program = ''], cwd, env }: ProcessPlan): boolean => isProgramThere(program, cwd, env['PATH']);

/** Whether a program is on this machine. */
export function isProgramThere(program: string, cwd = '/', path = programPath()): boolean {
  const places = program.includes('/') ? [resolve(cwd, program)] : path.split(delimiter).map((dir) => join(dir, program));
  return places.some((path) => {
    try {
      accessSync(path, constants.X_OK);
      return statSync(path).isFile();
    } catch {
      return false;
    }
  });
}
