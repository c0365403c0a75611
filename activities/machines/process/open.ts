import { mkdirSync, realpathSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { ExecRequest, LogRequest, MachineDeath, MachineDisk, MachineSpec, StopOptions } from '../../../model/machine';
import { throwProblem } from '../../problem_error';
import { capacityOf } from './capacity';
import { readConnector } from './connector';
import { removeDisks } from './disks';
import { exec } from './exec';
import { roomAt } from '../../../process/room_at';
import { find } from './find';
import type { ProcessHome } from './home';
import { list } from './list';
import { logs } from './logs';
import { start } from './start';
import { stop } from './stop';
import { watch } from './watch';

/**
 * Machines as process groups on this host, each in its own directory below `<gridHome>/machines`, that outlive the grid.
 * @throws ProblemError 400 for a wrong connector, 422 `unsupported_host` where the host is not Linux.
 */
export function openProcessDriver(options: { name: string; gridHome: string; grid: string; userManager?: string }, url: URL) {
  if (process.platform !== 'linux') {
    throwProblem(422, 'unsupported_host', `compute ${options.name}: process: needs Linux, this host is ${process.platform}`,
      'Run the grid on Linux, or use another connector.', { field: 'connector' });
  }
  const home: ProcessHome = {
    ...readConnector(options.name, url),
    compute: options.name,
    grid: options.grid,
    labels: { around: { GRID_ID: options.grid }, machine: 'GRID_MACHINE', run: 'GRID_RUN' },
    host: hostname(),
    userManager: options.userManager,
    machines: ownDirectory(options.gridHome, 'machines'),
    disks: ownDirectory(options.gridHome, 'disks'),
  };
  return {
    capacity: async () => capacityOf(home),
    vitals: async () => ({ now: Date.now(), disk: await roomAt(home.machines) }),
    start: (spec: MachineSpec, signal: AbortSignal) => start(home, spec, signal),
    find: (id: string) => find(home, id),
    stop: (id: string, options: StopOptions, signal: AbortSignal) => stop(home, id, options, signal),
    wipe: (disks: readonly MachineDisk[]) => removeDisks(home, disks),
    list: (owner?: string) => list(home, owner),
    exec: (id: string, request: ExecRequest, signal: AbortSignal) => exec(home, id, request, signal),
    logs: (id: string, request: LogRequest, signal: AbortSignal) => logs(home, id, request, signal),
    watch: (onDeath: (death: MachineDeath) => Promise<void>, signal: AbortSignal) => watch(home, onDeath, signal),
  };
}

function ownDirectory(gridHome: string, name: string): string {
  const path = join(gridHome, name);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return realpathSync(path);
}
