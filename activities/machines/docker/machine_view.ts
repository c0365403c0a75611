import { constants } from 'node:os';
import type { Machine, MachineDeath, MachineExit, MachineHealth, MachineHolds } from '../../../model/machine';
import { ADDRESS, GENERATION, HOLDS, MACHINE, NODE, OWNER, type Labels } from './labels';
import type { Container } from './containers';
import type { Engine } from './engine';
import { lastOutput } from './log_records';

/** The machine as callers see it. A container that was never started is a dead one: what a start left half-made. */
export async function machineView(engine: Engine, container: Container): Promise<Machine> {
  const { Id, State, Config, Created } = container;
  const machine = {
    ...ownerOf(Config.Labels), id: Config.Labels[MACHINE]!,
    compute: engine.host.compute, host: engine.host.compute, address: Config.Labels[ADDRESS]!, ...holdsIn(Config.Labels),
    ref: { containerId: Id, ...publishedOf(container) }, startedAt: new Date(isTime(State.StartedAt) ? State.StartedAt : Created).toISOString(),
  };
  if (State.Running) return { ...machine, state: 'running', ...healthOf(container) };
  return { ...machine, state: 'dead', exit: exitOf(container), lastOutput: await lastOutput(engine, container) };
}

const LONGEST_SAYING = 1_024;

/** What the health check of its image found; nothing where it has none. */
export function healthOf({ State }: Container): { health?: MachineHealth } {
  const { Status = 'none', Log = [] } = State.Health ?? {};
  if (Status !== 'starting' && Status !== 'healthy' && Status !== 'unhealthy') return {};
  return { health: { status: Status, said: (Log?.at(-1)?.Output ?? '').trim().slice(-LONGEST_SAYING) } };
}

/** Which port of the host leads to which of the machine, e.g. `port8080: 32768`. */
function publishedOf({ NetworkSettings }: Container): Record<string, number> {
  // Null for one that an image only names.
  const all = Object.entries(NetworkSettings.Ports as Record<string, { HostPort: string }[] | null>);
  return Object.fromEntries(all.flatMap(([port, bindings]) => (bindings?.[0] ? [[`port${Number.parseInt(port)}`, Number(bindings[0].HostPort)]] : [])));
}

/** How it ended, as far as the engine knows. */
export function exitOf({ State }: Container): MachineExit {
  const at = isTime(State.FinishedAt) ? State.FinishedAt : new Date();
  return { ...(isTime(State.StartedAt) ? statusOf(State.ExitCode) : { code: null, signal: null }), at: new Date(at).toISOString() };
}

/** The death of one that was removed before anybody could look: all that is known is what the engine told with it. */
export const deathOf = (labels: Labels, exitCode: string, atSeconds: number): MachineDeath => ({
  ...ownerOf(labels), machine: labels[MACHINE]!,
  exit: { ...(/^\d+$/.test(exitCode) ? statusOf(Number(exitCode)) : { code: null, signal: null }), at: new Date(atSeconds * 1000).toISOString() },
  lastOutput: '',
});

const holdsIn = ({ [HOLDS]: holds }: Labels): { holds?: MachineHolds } => (holds ? { holds: JSON.parse(holds) as MachineHolds } : {});

export const ownerOf = (labels: Labels) => ({ owner: labels[OWNER]!, node: labels[NODE]!, generation: Number(labels[GENERATION]) });

/** An engine says 128 + n both for a command that signal n ended and for one that exits so; the former is the rule. */
export function statusOf(status: number): { code: number | null; signal: string | null } {
  const signal = Object.entries(constants.signals).find(([, number]) => number + 128 === status)?.[0];
  return signal ? { code: null, signal } : { code: status, signal: null };
}

/** Engines write the year 1 for what did not happen. */
export const isTime = (text: string) => !text.startsWith('0001-');
