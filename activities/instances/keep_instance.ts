import { setMaxListeners } from 'node:events';
import type { InstanceVitals } from '../../model/services/agent_protocol';
import { throwProblem } from '../problem_error';
import { within } from '../within';
import { checkHealth, type Ailment } from './check_health';
import { keyText, type InstanceKey } from './instance_directory';
import { keepProcess, type KeptProcess } from './keep_process';
import { measure } from './measure';
import type { Place } from './place';
import type { ReadInstance } from './read_instance';

/** A started instance: its processes are kept, it is looked at and measured, until it ends. */
export interface KeptInstance {
  vitals(): InstanceVitals;
  /**
   * Waits until it works, at most as long as its processes may take to start.
   * @throws ProblemError 504 `port_not_open` or `check_failed`; `strict`: 409 `process_ended` as soon as a process ends.
   */
  untilWell(how: { strict: boolean }, signal: AbortSignal): Promise<void>;
  /** Stops it whole, in reverse order of its start. */
  end(signal: AbortSignal): Promise<void>;
}

const FIRST_LOOK_MS = 50;
const FIXES: Record<Ailment['code'], string> = {
  process_ended: 'Read what it printed, mend the cause or the recipe, then retry.',
  port_not_open: 'Read what it printed; see whether it listens on the address of its machine, or give it more time with timeout_start; then retry.',
  check_failed: 'Mend what the check found, then retry.',
};
const NO_PROCESS_LIMIT_MS = 10_000;
/** It goes with every beat. */
const EVIDENCE_CHARS = 2_048;
/** What has neither port nor check works if it has not ended by then. */
const SETTLE_MS = 1_000;

/** Starts or adopts the processes of an instance and keeps it; `patient`: those that cannot be begun now are tried again later. */
export async function keepInstance(
  place: Place, instance: ReadInstance, how: { patient: boolean; onChange: (vitals: InstanceVitals) => void }, signal: AbortSignal,
): Promise<KeptInstance> {
  const { spec } = instance.state;
  const over = new AbortController();
  setMaxListeners(0, over.signal);
  const processes: KeptProcess[] = [];
  const waiting = new Set<() => void>();
  const startLimitMs = Math.max(...instance.processes.map((plan) => plan.startTimeoutMs), instance.processes.length ? 0 : NO_PROCESS_LIMIT_MS);
  const begunAt = Date.now();
  const isSeenToWork = instance.processes.some((plan) => plan.ports.length > 0) || instance.state.actions.includes('check');
  let health: InstanceVitals['health'] = 'starting';
  let ailment: Ailment | undefined;
  let values: InstanceVitals['values'] = {};
  let wake = () => {};
  let firstWell = () => {};
  const wasWell = new Promise<void>((resolve) => { firstWell = resolve; });

  const vitals = (): InstanceVitals => ({
    service: spec.service, instance: spec.instance, generation: spec.generation, health,
    ...(ailment && health !== 'ok' ? { reason: ailment.reason, ...(ailment.evidence ? { evidence: ailment.evidence.slice(-EVIDENCE_CHARS) } : {}) } : {}),
    processes: processes.map((one) => one.vitals()), values, at: new Date().toISOString(),
  });

  function settle(found: Ailment | undefined, again: boolean): void {
    ailment = found;
    const ageMs = Date.now() - begunAt;
    if (!found) health = health === 'starting' && !isSeenToWork && processes.length > 0 && ageMs < SETTLE_MS ? 'starting' : 'ok';
    else if (health === 'starting') health = ageMs < startLimitMs ? 'starting' : 'failing';
    // A look that failed once may be chance; an end is none.
    else if (found.code === 'process_ended' || again) health = 'failing';
    if (health === 'ok') firstWell();
    how.onChange(vitals());
    waiting.forEach((tell) => tell());
    waiting.clear();
  }

  async function look(): Promise<void> {
    for (let pauseMs = FIRST_LOOK_MS, failed = 0; !over.signal.aborted;) {
      const change = new Promise<void>((resolve) => { wake = resolve; });
      const found = await checkHealth(place, instance, processes, over.signal);
      if (over.signal.aborted) return;
      failed = found ? failed + 1 : 0;
      settle(found, failed > 1);
      const changed = await within(change, found || health !== 'ok' ? pauseMs : instance.check.intervalMs, over.signal);
      pauseMs = changed || !found ? FIRST_LOOK_MS : Math.min(pauseMs * 1.5, instance.check.intervalMs);
    }
  }

  async function endProcesses(until: AbortSignal): Promise<void> {
    for (const process of processes.toReversed()) await process.stop(until);
  }

  const onProcess = () => wake();
  try {
    for (const plan of instance.processes) processes.push(await keepProcess(place, spec, plan, { patient: how.patient, onChange: onProcess }, signal));
  } catch (error) {
    await endProcesses(signal);
    throw error;
  }
  const tasks = [
    look(),
    measure(place, instance, { processes, wasWell, onValues: (now) => { values = now; } }, over.signal),
  ].map((task) => task.catch((error: unknown) => {
    if (!over.signal.aborted) console.error(`instance ${keyText(spec)}:`, error);
  }));

  return {
    vitals,
    async untilWell({ strict }, until) {
      const limit = Date.now() + startLimitMs;
      while (health !== 'ok') {
        if (ailment && (Date.now() >= limit || (strict && ailment.code === 'process_ended'))) fail(spec, ailment, startLimitMs);
        const looked = new Promise<void>((resolve) => { waiting.add(resolve); });
        await within(looked, ailment ? Math.max(0, limit - Date.now()) : Infinity, until);
        until.throwIfAborted();
      }
    },
    async end(until) {
      over.abort();
      await Promise.all(tasks);
      await endProcesses(until);
      health = 'stopped';
      ailment = undefined;
    },
  };
}

function fail(key: InstanceKey, { code, reason, evidence }: Ailment, limitMs: number): never {
  const ended = code === 'process_ended';
  const time = ended ? '' : ` within ${limitMs / 1000} s`;
  throwProblem(ended ? 409 : 504, code, `instance ${keyText(key)} does not work${time}: ${reason}`, FIXES[code], evidence ? { evidence } : {});
}
