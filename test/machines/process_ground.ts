import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Driver } from '../../activities/machines/driver';
import { openDriver } from '../../activities/machines/open_driver';
import { scanProcesses } from '../../activities/processes/scan';
import { sweepByLabel } from '../../activities/processes/sweep';
import type { Machine, MachineDeath, MachineSpec } from '../../model/machine';

/** A home and a grid id of one test file's own, so that what it left behind can be told from all else. */
export interface Ground {
  gridHome: string;
  grid: string;
  driver: Driver;
  spec(id: string, command?: string[], more?: Partial<MachineSpec>): MachineSpec;
  start(id: string, command?: string[], more?: Partial<MachineSpec>): Promise<Machine>;
  stop(id: string, graceMs?: number): Promise<void>;
  find(id: string): Promise<Machine | undefined>;
  /** Pids of all living processes of this ground, or of one machine of it. */
  pids(id?: string): Promise<number[]>;
  /** Directory of a machine's first run. */
  run(id: string): string;
  /** How to end the watches that are open. */
  watches: Set<() => Promise<void>>;
  /** Ends what a failed test left running, so that it fails alone. */
  stopAll(): Promise<void>;
  /** Fails when anything is left, and removes it. */
  audit(): Promise<void>;
}

export const never = new AbortController().signal;

export function openGround(connector = 'process:'): Ground {
  const gridHome = mkdtempSync(join(tmpdir(), 'grid-machines-'));
  const grid = randomUUID();
  const driver = openDriver({ name: 'host', connector, gridHome, grid });
  const pids = async (id?: string) => (await scanProcesses())
    .filter((seen) => seen.environ.includes(`\0GRID_ID=${grid}\0`) && (!id || seen.environ.includes(`\0GRID_MACHINE=${id}\0`)))
    .map((seen) => seen.pid);
  const spec: Ground['spec'] = (id, command, more = {}) => ({
    id, owner: 'cluster/test/reference/1.0.0/1', node: id, generation: 1, command,
    env: {}, cpu: 0.1, memMiB: 64, disks: [], networks: [], ...more,
  });
  return {
    gridHome, grid, driver, spec, pids,
    start: (id, command, more) => driver.start(spec(id, command, more), never),
    stop: (id, graceMs = 5_000) => driver.stop(id, { graceMs }, never),
    find: (id) => driver.find(id),
    run: (id) => join(gridHome, 'machines', id, 'run', '1'),
    watches: new Set(),
    async stopAll() {
      await Promise.all([...this.watches].map((close) => close()));
      await Promise.all((await driver.list()).map(({ id }) => driver.stop(id, { graceMs: 0 }, never)));
    },
    async audit() {
      const left = {
        pids: await pids(),
        machines: readdirSync(join(gridHome, 'machines')).filter((name) => name !== 'started'),
        nodesOfDisks: readdirSync(join(gridHome, 'disks'), { recursive: true }).filter((path) => String(path).endsWith('node')),
      };
      await sweepByLabel({ GRID_ID: grid });
      rmSync(gridHome, { recursive: true, force: true });
      expect(left).toEqual({ pids: [], machines: [], nodesOfDisks: [] });
    },
  };
}

/** argv of a shell script; what varies is given as arguments `$1` … . */
export const sh = (script: string, ...args: string[]) => ['sh', '-c', script, 'sh', ...args];

/** Resolves as soon as the log of a machine matches; a dead one prints no more. */
export async function printed({ driver }: Pick<Ground, 'driver'>, id: string, pattern: RegExp): Promise<string> {
  let text = '';
  for (let offset = 0, end = false; !pattern.test(text);) {
    if (end) throw new Error(`${id} did not print ${pattern}, but: ${text}`);
    const chunk = await driver.logs(id, { offset, waitMs: 20_000 }, never);
    text += chunk.text;
    ({ nextOffset: offset, end } = chunk);
  }
  return text;
}

/** A watch whose deaths can be awaited. */
export function openWatch({ driver, watches }: Pick<Ground, 'driver' | 'watches'>, onDeath?: (death: MachineDeath) => Promise<void>) {
  const controller = new AbortController();
  const deaths: (MachineDeath & { seenAt: number })[] = [];
  const waiting = new Set<() => void>();
  const done = driver.watch(async (death) => {
    await onDeath?.(death);
    deaths.push({ ...death, seenAt: performance.now() });
    waiting.forEach((check) => check());
  }, controller.signal);
  const close = async () => {
    controller.abort();
    watches.delete(close);
    await done;
  };
  watches.add(close);
  return {
    deaths,
    deathOf: (id: string, count = 1) => new Promise<MachineDeath & { seenAt: number }>((resolve) => {
      const check = () => {
        const of = deaths.filter((death) => death.machine === id);
        if (of.length >= count) resolve(of[count - 1]!);
      };
      waiting.add(check);
      check();
    }),
    close,
  };
}

export const readRecord = (ground: Ground, id: string) => readFileSync(join(ground.run(id), 'record'), 'utf8').trim().split(' ');
export const forgeRecord = (ground: Ground, id: string, text: string) => writeFileSync(join(ground.run(id), 'record'), `${text}\n`);
