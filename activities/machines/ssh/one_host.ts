import type { Capacity, ExecRequest, ExecResult, HostVitals, LogChunk, LogRequest, Machine, MachineDeath, MachineDisk, MachineSpec, OnReach, StopOptions } from '../../../model/machine';
import type { SshHost } from './connector';
import type { CallOptions } from './session';
import type { Verb } from './protocol';

/** What a call may take beyond the time that it was given, and one that was given none. */
const SLACK_MS = 120_000;

export type HostDriver = ReturnType<typeof openHost>;

/** Machines on one host: the `process:` driver there, told by the grid what to do. */
export function openHost(host: SshHost) {
  // Loaded by the first call: most processes that know of drivers never speak ssh.
  const session = async (signal?: AbortSignal) => (await import('./sessions')).sessionOf(host, signal);
  const ask = async <T>(verb: Verb, args: unknown[], options: CallOptions = {}) =>
    (await (await session(options.signal)).call(verb, args, { limitMs: SLACK_MS, ...options })) as T;
  return {
    capacity: () => ask<Capacity>('capacity', []),
    vitals: () => ask<HostVitals>('vitals', []),
    start: (spec: MachineSpec, signal: AbortSignal) => ask<Machine>('start', [spec], { signal }),
    find: (id: string) => ask<Machine | undefined>('find', [id]),
    stop: (id: string, options: StopOptions, signal: AbortSignal) => ask<void>('stop', [id, options], { signal, limitMs: options.graceMs + SLACK_MS }),
    wipe: (disks: readonly MachineDisk[]) => ask<void>('wipe', [disks]),
    list: (owner?: string) => ask<Machine[]>('list', owner === undefined ? [] : [owner]),
    exec: (id: string, request: ExecRequest, signal: AbortSignal) => ask<ExecResult>('exec', [id, request], { signal, limitMs: request.timeoutMs + SLACK_MS }),
    logs: (id: string, request: LogRequest, signal: AbortSignal) => ask<LogChunk>('logs', [id, request], { signal, limitMs: (request.waitMs ?? 0) + SLACK_MS }),
    watch: async (onDeath: (death: MachineDeath) => Promise<void>, signal: AbortSignal, onReach?: OnReach) => (await import('./watch')).watch(host, onDeath, signal, onReach),
    agentProgram: async (temporalAddress: string) => (await import('./agent_program')).agentProgram(host, temporalAddress),
    opens: (address: string, port: number, timeoutMs: number) => ask<boolean>('opens', [address, port, timeoutMs]),
    lead: async (temporalAddress: string, signal: AbortSignal) => (await import('./lead')).lead(host, temporalAddress, signal),
  };
}
