import { join } from 'node:path';
import { addressOf, projectRoot, type Config } from '../../config';
import { recordChild } from './children_record';
import type { Program } from './keep_running';
import { SERVER_VERSION } from './temporal_version';
import { temporalArgs, temporalEnv } from './temporal_args';

/** Where the grid's processes find each other. */
export interface Places {
  grid: string;
  temporalAddress: string;
  uiUrl?: string;
}

const NODE_GRACE_MS = 10_000;

/**
 * The grid's own processes idle most of their time beside the workloads: memory given back soon is worth more here than
 * fewer collections (measured with 1,000 clusters: control worker 400 MB to 240 MB, API 145 MB to 103 MB). Source maps
 * are for whoever looks for a defect: they take 20 MB of a control worker.
 */
const SMALL_HEAP = ['--max-semi-space-size=2', '--initial-old-space-size=32', '--heap-growing-percent=20'];
export const TEMPORAL_GRACE_MS = 10_000;

/** The names of all that a grid runs, in the order in which they are stopped. */
export const PROGRAM_NAMES = ['control', 'api', 'temporal'] as const;
type Name = (typeof PROGRAM_NAMES)[number];

/** The embedded Temporal server on its file in the grid's home. */
export function temporalProgram(home: string, binary: string, port: number, codecEndpoint?: string): Program {
  const databaseFile = join(home, `temporal-${SERVER_VERSION}.db`);
  return {
    ...common(home, 'temporal'),
    command: binary,
    args: temporalArgs({ port, databaseFile, ui: true, codecEndpoint }),
    env: temporalEnv(process.env),
    graceMs: TEMPORAL_GRACE_MS,
  };
}

/** A process of ours from dist/, which ends when this process does. */
export function nodeProgram(name: 'control' | 'api', config: Config, places: Places): Program {
  const dist = join(projectRoot(), 'dist');
  return {
    ...common(config.home, name),
    command: process.execPath,
    args: [...SMALL_HEAP, '--require', join(dist, 'end_with_parent.js'), join(dist, `${name}.js`)],
    env: { ...inherited(config), ...placesEnv(config, places), GRID_ENDS_WITH_PARENT: '1' },
    graceMs: NODE_GRACE_MS,
  };
}

/** Keys and certificates of another server are not for the embedded one. */
function inherited(config: Config): NodeJS.ProcessEnv {
  if (config.temporal.given) return process.env;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('TEMPORAL_')));
}

/** What commands and processes of this grid need to find it. */
export function placesEnv(config: Config, places: Places): Record<string, string> {
  return {
    GRID_HOME: config.home,
    GRID_ID: places.grid,
    GRID_CATALOG: config.catalog,
    GRID_API: config.api,
    LISTEN: config.listen.map(addressOf).join(','),
    TEMPORAL_ADDRESS: places.temporalAddress,
    TEMPORAL_NAMESPACE: config.temporal.namespace,
    ...(places.uiUrl && { TEMPORAL_UI_URL: places.uiUrl }),
  };
}

function common(home: string, name: Name): Pick<Program, 'name' | 'logFile' | 'onStart'> {
  return {
    name,
    logFile: join(home, 'logs', `${name}.log`),
    onStart: (pid) => recordChild(home, name, pid),
  };
}
