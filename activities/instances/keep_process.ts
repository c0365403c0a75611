import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { MachineExit, MachineSpec } from '../../model/machine';
import type { ProcessVitals } from '../../model/services/agent_protocol';
import { machineDirectory } from '../machines/process/directory';
import { lastOutput } from '../machines/process/machine_view';
import { exitOf, newestRun, type RecordedRun } from '../machines/process/run';
import { start } from '../machines/process/start';
import { stop } from '../machines/process/stop';
import { untilDead } from '../machines/process/watch';
import { statProcess } from '../processes/identity';
import { childrenOf } from '../processes/usage';
import { keyText, type InstanceKey } from './instance_directory';
import { withoutPaths, type Place } from './place';
import type { ProcessPlan } from './process_plan';

/** A process that is started again whenever it ends, until it is to stop. */
export interface KeptProcess {
  plan: ProcessPlan;
  vitals(): ProcessVitals;
  /** What it printed last, without paths of the host. */
  lastWords(): Promise<string>;
  /** Root of its processes, as long as it runs. */
  root(): number | undefined;
  stop(signal: AbortSignal): Promise<void>;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** Whoever ran so long is no process that ends at once: the next pause is the first again. */
const STEADY_MS = 30_000;
const FORK_LIMIT_MS = 1_000;
const LAST_EXIT_CHARS = 500;

/** The directory of the process goes first, as `cwd`: init begins in its own. */
const IN_DIRECTORY = 'cd "$0" && exec "$@"';

/**
 * Starts a process, or adopts the one that runs, and keeps it. It is kept under an init of its own, like a machine of
 * the `process:` driver inside this one, so that it outlives the agent; the number of its run is how often it was
 * started, which so outlives the agent too.
 * `patient`: one that cannot be begun now is tried again, like one that ended.
 * @throws ProblemError when it cannot be begun, unless patient.
 */
export async function keepProcess(
  place: Place, key: InstanceKey, plan: ProcessPlan, how: { patient: boolean; onChange: () => void }, signal: AbortSignal,
): Promise<KeptProcess> {
  const spec = processSpec(place, key, plan);
  const over = new AbortController();
  let vitals: ProcessVitals = { name: plan.name, state: 'stopped', pid: null, restarts: 0 };
  let run: RecordedRun | undefined;

  const change = (now: Partial<ProcessVitals>) => {
    vitals = { ...vitals, ...now };
    how.onChange();
  };

  async function up(until: AbortSignal): Promise<void> {
    const machine = await start(place.processes, spec, until);
    run = await newestRun(machineDirectory(place.processes, spec.id));
    change({ state: 'running', pid: await commandOf(Number(machine.ref['pid'])), restarts: Number(machine.ref['run']) - 1 });
  }

  async function keep(): Promise<void> {
    for (let pauseMs = FIRST_PAUSE_MS; !over.signal.aborted;) {
      if (run) {
        await untilDead(run, over.signal);
        if (over.signal.aborted) return;
        if (Date.now() - Date.parse(run.startedAt) > STEADY_MS) pauseMs = FIRST_PAUSE_MS;
        change({ state: 'backing_off', pid: null, lastExit: await describeExit(place, run) });
      }
      await delay(pauseMs, undefined, { signal: over.signal });
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      await up(over.signal).catch(notUp);
    }
  }

  function notUp(error: unknown): void {
    over.signal.throwIfAborted();
    run = undefined;
    change({ state: 'backing_off', lastExit: withoutPaths(place, (error as Error).message) });
  }

  await up(signal).catch((error: unknown) => {
    if (!how.patient) throw error;
    notUp(error);
  });
  const kept = keep().catch((error: unknown) => {
    if (!over.signal.aborted) change({ state: 'stopped', pid: null, lastExit: `it is not kept any more: ${String(error)}` });
  });
  return {
    plan,
    vitals: () => vitals,
    lastWords: async () => (run ? withoutPaths(place, await lastOutput(run)) : ''),
    root: () => (vitals.state === 'running' ? run?.record.pid : undefined),
    async stop(until) {
      over.abort();
      await kept;
      await stopProcess(place, key, plan, until);
      change({ state: 'stopped', pid: null });
    },
  };
}

/** Stops a process whether it is kept or not; gone is fine. */
export const stopProcess = (place: Place, key: InstanceKey, plan: ProcessPlan, signal: AbortSignal): Promise<void> =>
  stop(place.processes, processId(key, plan), { graceMs: plan.stopGraceMs }, signal);

const processId = ({ service, instance }: InstanceKey, { name }: ProcessPlan) => `${instance === null ? shortName(service) : `${service}__${instance}`}__${name}`;

/** A path may be longer than a file's name. */
const shortName = (path: string) => (path.includes('/') ? `${path.slice(path.lastIndexOf('/') + 1)}-${createHash('sha256').update(path).digest('hex').slice(0, 12)}` : path);

const processSpec = (place: Place, key: InstanceKey, plan: ProcessPlan): MachineSpec => ({
  id: processId(key, plan), owner: `instance/${keyText(key)}`, node: plan.name, generation: 1,
  command: ['/bin/sh', '-c', IN_DIRECTORY, plan.cwd, ...plan.argv],
  env: { ...plan.env, GRID_ADDRESS: place.address },
  cpu: 0, memMiB: 0, disks: [], networks: [],
});

/** Init's one child; it comes a moment after init's record. Null when it came and went. */
async function commandOf(init: number): Promise<number | null> {
  for (const until = Date.now() + FORK_LIMIT_MS; Date.now() < until; await delay(5)) {
    const [child] = childrenOf(init);
    if (child !== undefined) return child;
    if (isGone(init)) return null;
  }
  return null;
}

const isGone = (pid: number) => !statProcess(pid)?.alive;

async function describeExit(place: Place, run: RecordedRun): Promise<string> {
  const [exit, words] = await Promise.all([exitOf(run), lastOutput(run)]);
  const last = withoutPaths(place, words).trimEnd().slice(-LAST_EXIT_CHARS);
  return `${howItEnded(exit)} at ${exit.at}${last ? `: ${last}` : ''}`;
}

function howItEnded({ code, signal }: MachineExit): string {
  if (signal) return `ended by ${signal}`;
  return code === null ? 'ended' : `ended with ${code}`;
}
