import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { RunDocument } from '../../model/environment/run';
import type { TestGrid } from './grid';
import { ask, type Answer, read } from './http';
import { untilPath } from './services';

/** Puts a template into the environment, as `domain__name` or under its own name. */
export function addTemplate(grid: TestGrid, name: string, files: Record<string, string>): void {
  for (const [file, text] of Object.entries(files)) {
    const path = join(grid.home, 'environment/servicetemplates', name, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}

/** Sends one `ays` operation. */
export const order = (grid: TestGrid, verb: string, body: object = {}): Promise<Answer> => ask(grid, 'POST', '/api/v1/environment/runs', { verb, ...body });

export const runIs = (grid: TestGrid, id: string, ready: (run: RunDocument) => boolean, withinMs = 170_000): Promise<RunDocument> =>
  untilPath(grid, `/api/v1/lifecycles/${id}`, ready, withinMs);

export const isOver = ({ state }: RunDocument): boolean => !['pending', 'running'].includes(state);

/** One `ays` operation to its end. */
export async function ays(grid: TestGrid, verb: string, body: object = {}, withinMs?: number): Promise<RunDocument> {
  const answer = await order(grid, verb, body);
  if (answer.status !== 202) throw new Error(`${verb}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return runIs(grid, answer.body.id, isOver, withinMs);
}

export const modelled = async (grid: TestGrid, query = ''): Promise<any[]> => (await read(grid, `/api/v1/environment/services${query}`)).services;

export const inModel = (grid: TestGrid, path: string) => join(grid.home, 'environment/services', path);

/** The subjects of the commits, newest first. */
export const commits = (grid: TestGrid): string[] => gitIn(grid, 'log', '--format=%s').trim().split('\n');

export const gitIn = (grid: TestGrid, ...argv: string[]): string => execFileSync('git', ['-C', join(grid.home, 'environment'), '-c', 'user.name=operator', '-c', 'user.email=o@localhost', ...argv], { encoding: 'utf8' });

/** Where the service runs: the root of its machine, and its address. */
export async function machineOf(grid: TestGrid, path: string): Promise<{ root: string; dir: string; address: string; pid: number }> {
  const { agent, at } = await read(grid, `/api/v1/lifecycles/instance/${path}`);
  const { machines } = await read(grid, `/api/v1/machines?owner=agent/${agent}`);
  const { ref } = machines[0];
  const root = join(String(ref.dir), 'root');
  return { root, dir: join(root, 'services', path), address: at.address, pid: Number(ref.pid) };
}
