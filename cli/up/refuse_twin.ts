import { readdirSync, readFileSync } from 'node:fs';
import { problem } from '../../model/errors';
import { raise } from '../../model/raise';

/**
 * Two grids of one id would each take the machines of the other for their own. Homes on other hosts are not seen here: their agents
 * then do not come, and nothing is done to their machines.
 * @throws Problem 409 `grid_runs_elsewhere` when one of this id runs on this host with another home
 */
export function refuseTwin(grid: string, home: string): void {
  const twin = environments().find((env) => env['GRID_ID'] === grid && env['GRID_ENDS_WITH_PARENT'] === '1' && env['GRID_HOME'] !== undefined && env['GRID_HOME'] !== home);
  if (!twin) return;
  raise(problem(409, 'grid_runs_elsewhere', `the grid whose environment this is runs already, with the home ${twin['GRID_HOME']} and its API at ${twin['GRID_API']}`,
    'stop that one first; for another grid on a copy of its environment, take machines.json out of the copy', { field: 'GRID_HOME' }));
}

/** Of every process of this host, as far as they may be read. */
const environments = (): Record<string, string>[] => (process.platform === 'linux' ? readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(environmentOf) : []);

function environmentOf(pid: string): Record<string, string> {
  try {
    return Object.fromEntries(readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]));
  } catch {
    return {};
  }
}
