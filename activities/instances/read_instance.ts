import { getFloat, getList, getStr, toText } from '../../model/hrd/get';
import { findItem, type Hrd } from '../../model/hrd/hrd';
import { parseHrd } from '../../model/hrd/parse';
import { REFERENCE } from '../../model/hrd/references';
import { substitute } from '../../model/hrd/substitute';
import { readIfThere } from '../machines/process/directory';
import { asProblemError, ProblemError, throwProblem } from '../problem_error';
import { keyText, type InstanceDirectory, type InstanceKey } from './instance_directory';
import type { InstanceState } from './instance_state';
import type { Place } from './place';
import type { ProcessPlan } from './process_plan';
import { readProcesses } from './read_processes';
import { resolveSecrets } from './resolve_secrets';

/** An instance as its files say it is. */
export interface ReadInstance {
  dir: InstanceDirectory;
  state: InstanceState;
  /** Merged HRD with every reference replaced. */
  hrd: Hrd;
  /** What stood behind references in it, which nobody may see. */
  secrets: string[];
  /** In the order in which they are started. */
  processes: ProcessPlan[];
  check: { http?: string; intervalMs: number };
  monitorIntervalMs: number;
  /** Debian packages with what it runs. */
  packages: string[];
}

const DEFAULT_CHECK_S = 5;
/** An action takes a process of its own each time. */
const DEFAULT_CHECK_ACTION_S = 15;
const DEFAULT_MONITOR_S = 10;
const SHORTEST_S = 1;

/**
 * Reads the merged HRD of an instance and what it means on this machine.
 * @throws ProblemError 400 naming the key that cannot be as it is.
 */
export async function readInstance(place: Place, dir: InstanceDirectory, state: InstanceState): Promise<ReadInstance> {
  const key = state.spec;
  return aboutInstance(key, async () => {
    const written = parseHrd((await readIfThere(dir.hrd)) ?? '');
    const { hrd: raw, secrets } = key.instance === null ? await resolveSecrets(written) : { hrd: written, secrets: [] };
    const facts = machineFacts(place, dir);
    const hrd = substitute(raw, (name) => facts[name]);
    const replace = (text: string) => text.replace(REFERENCE, (whole, name: string) => {
      const item = findItem(hrd, name);
      return item ? toText(item) : (facts[name.toLowerCase()] ?? whole);
    });
    const processes = readProcesses(key, dir, raw, replace);
    return {
      dir, state, hrd, secrets, processes,
      check: { ...httpCheck(hrd, processes), intervalMs: intervalMs(hrd, 'service.check.interval', state.actions.includes('check') ? DEFAULT_CHECK_ACTION_S : DEFAULT_CHECK_S) },
      monitorIntervalMs: intervalMs(hrd, 'service.monitor.interval', DEFAULT_MONITOR_S),
      packages: ['service.ubuntu.packages', 'service.apt.packages'].flatMap((name) => getList(hrd, name, []).map(String)),
    };
  });
}

/** What a machine adds to the values that `$(key)` may stand for. */
const machineFacts = (place: Place, dir: InstanceDirectory): Record<string, string> => ({
  'machine.address': place.address,
  'machine.number': String(place.agent),
  'system.paths.base': place.root,
  'service.path': dir.path,
});

function httpCheck(hrd: Hrd, processes: readonly ProcessPlan[]): { http?: string } {
  const http = getStr(hrd, 'service.check.http', '');
  if (!http) return {};
  if (!http.startsWith('/') || /[\s\p{Cc}]/u.test(http)) refuse('check.http is not a path', 'Write one such as /health.', 'check.http');
  if (processes.every((plan) => plan.ports.length === 0)) refuse('check.http needs a process with a port', 'Add ports to process.1.', 'check.http');
  return { http };
}

function intervalMs(hrd: Hrd, name: string, fallback: number): number {
  const seconds = getFloat(hrd, name, fallback);
  if (seconds >= SHORTEST_S && seconds <= 86_400) return seconds * 1_000;
  return refuse(`${name} is ${seconds}`, `Use a number of seconds from ${SHORTEST_S} to 86400.`, name);
}

const refuse = (what: string, fix: string, field: string): never => throwProblem(400, 'unsupported_recipe', what, fix, { field });

/** Says of a problem with what an instance is made of which instance that is. */
export async function aboutInstance<T>(key: InstanceKey, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const told = asProblemError(error);
    if (!(told instanceof ProblemError)) throw error;
    const found = told.problem;
    const name = `instance ${keyText(key)}`;
    throw new ProblemError(found.message.startsWith(name) ? found : { ...found, message: `${name}: ${found.message}` });
  }
}
