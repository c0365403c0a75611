import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { projectRoot } from '../../config';
import type { Site } from '../figure';
import { newHome, startGrid, type RunningGrid } from './grid';

const PROGRAMS = join(projectRoot(), 'dist', 'bench');

/** For processes of a grid whose machines are records. */
export const SIMULATED = { NODE_OPTIONS: `--require ${join(PROGRAMS, 'simulated_preload.js')}` };

/** A grid that has real planners, workflows and steps, and machines that are records. */
export const startSimulatedGrid = async (site: Site): Promise<RunningGrid> => startGrid(site, await newHome(site, SIMULATED));

/** One process in which these agents are. @returns what ends it */
export async function startSimulatedAgents({ later }: Site, { temporalAddress, namespace }: RunningGrid, first: number, count: number): Promise<() => Promise<void>> {
  const numbers = Array.from({ length: count }, (_, i) => String(first + i));
  const child = fork(join(PROGRAMS, 'simulated_agents.js'), [temporalAddress, namespace, ...numbers], { stdio: 'inherit' });
  const exited = once(child, 'exit');
  const end = async () => {
    child.kill('SIGKILL');
    await exited;
  };
  later(end);
  await once(child, 'message');
  return end;
}
