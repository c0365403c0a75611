import type { ExecRequest, LogRequest, MachineDeath, MachineDisk, MachineSpec, OnHealth, OnReach, StopOptions } from '../../../model/machine';
import { agentProgram } from './agent_program';
import { capacityOf } from './capacity';
import { readDockerConnector } from './connector';
import { openEngine } from './engine';
import { exec } from './exec';
import { find, list } from './find';
import { lead } from './lead';
import { logs } from './logs';
import { start } from './start';
import { stop, wipe } from './stop';
import { vitalsOf } from './vitals';
import { watch } from './watch';

/**
 * Machines as containers of a Docker engine. One that cannot be reached is a ProblemError 503 `engine_unreachable`, and
 * says nothing about its machines.
 * @throws ProblemError 400 for a wrong connector.
 */
export function openDockerDriver(options: { name: string; grid: string }, url: URL) {
  const engine = openEngine(readDockerConnector(options, url));
  const { at } = engine.host;
  return {
    ...('socket' in at && at.ssh ? { lead: (temporalAddress: string, signal: AbortSignal) => lead(engine, at, temporalAddress, signal) } : {}),
    capacity: () => capacityOf(engine),
    vitals: () => vitalsOf(engine),
    start: (spec: MachineSpec, signal: AbortSignal) => start(engine, spec, signal),
    find: (id: string) => find(engine, id),
    stop: (id: string, options: StopOptions, signal: AbortSignal) => stop(engine, id, options, signal),
    wipe: (disks: readonly MachineDisk[]) => wipe(engine, disks),
    list: (owner?: string) => list(engine, owner),
    exec: (id: string, request: ExecRequest, signal: AbortSignal) => exec(engine, id, request, signal),
    logs: (id: string, request: LogRequest, signal: AbortSignal) => logs(engine, id, request, signal),
    agentProgram: (temporalAddress: string) => agentProgram(engine, temporalAddress),
    watch: (onDeath: (death: MachineDeath) => Promise<void>, signal: AbortSignal, onReach?: OnReach, onHealth?: OnHealth) => watch(engine, { onDeath, onReach, onHealth }, signal),
  };
}
