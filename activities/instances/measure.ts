import { setTimeout as delay } from 'node:timers/promises';
import type { InstanceVitals } from '../../model/services/agent_protocol';
import { TICKS_PER_SECOND, usageOfTree } from '../processes/usage';
import { ProblemError } from '../problem_error';
import { within } from '../within';
import type { KeptProcess } from './keep_process';
import { performAction } from './perform_action';
import type { Place } from './place';
import type { ReadInstance } from './read_instance';
import { writeLog } from './write_log';

type Values = InstanceVitals['values'];

const USAGE_EVERY_MS = 5_000;
const MONITOR_LIMIT_MS = 30_000;
const MOST_VALUES = 50;
const LONGEST_TEXT = 256;

export interface Measured {
  processes: readonly KeptProcess[];
  /** Resolves when it works for the first time: before that there is nothing to monitor. */
  wasWell: Promise<void>;
  onValues: (values: Values) => void;
}

/** Measures what the processes use and asks the recipe's action `monitor`, each at its own interval, until `signal` is aborted. */
export async function measure(place: Place, instance: ReadInstance, { processes, wasWell, onValues }: Measured, signal: AbortSignal): Promise<void> {
  let used: Values = {};
  let monitored: Values = {};
  const tell = () => onValues({ ...monitored, ...used });
  const usage = usageMeter(processes);
  const watchUsage = () => every(USAGE_EVERY_MS, signal, async () => {
    used = usage();
    tell();
  });
  const askMonitor = async () => {
    if (!instance.state.actions.includes('monitor') || !(await within(wasWell, Infinity, signal))) return;
    await every(instance.monitorIntervalMs, signal, async () => {
      monitored = await monitor(place, instance, signal);
      tell();
    });
  };
  await Promise.all([watchUsage(), askMonitor()]);
}

/** The first look has nothing to compare with: cpu is known from the second on. */
function usageMeter(processes: readonly KeptProcess[]): () => Values {
  let before: { ticks: number; at: number; roots: string } | undefined;
  return () => {
    const roots = processes.flatMap((process) => process.root() ?? []);
    const usages = roots.map(usageOfTree);
    const ticks = usages.reduce((sum, one) => sum + one.cpuTicks, 0);
    const now = { ticks, at: performance.now(), roots: roots.join() };
    const cpu = before?.roots === now.roots
      ? Math.max(0, ((ticks - before.ticks) / TICKS_PER_SECOND / (now.at - before.at)) * 100_000)
      : undefined;
    before = now;
    const memKiB = usages.reduce((sum, one) => sum + one.memKiB, 0);
    return { ...(cpu === undefined ? {} : { cpu: Math.round(cpu * 10) / 10 }), mem_mib: Math.round(memKiB / 102.4) / 10 };
  };
}

async function monitor(place: Place, instance: ReadInstance, signal: AbortSignal): Promise<Values> {
  try {
    const { result } = await performAction(place, instance, 'monitor', signal, { limitMs: MONITOR_LIMIT_MS });
    return valuesIn(result);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    await writeLog(instance.dir, `monitor: ${error.problem.message}`, error.problem.evidence ?? '');
    return {};
  }
}

/** What an action answered, as far as it is values: named numbers, texts and truths. */
export function valuesIn(result: unknown): Values {
  if (typeof result !== 'object' || result === null || Array.isArray(result)) return {};
  const fit = Object.entries(result).filter(([name, value]) => name.length <= 100
    && (typeof value === 'boolean' || Number.isFinite(value) || (typeof value === 'string' && value.length <= LONGEST_TEXT)));
  return Object.fromEntries(fit.slice(0, MOST_VALUES));
}

async function every(intervalMs: number, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await work();
    await delay(intervalMs, undefined, { signal }).catch(() => {});
  }
}
