import { readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { linked } from '../../config';
import { problem } from '../../model/errors';
import { raise } from '../../model/raise';
import { identify, isAlive, type ProcessIdentity } from './process_identity';
import { writeJson } from './write_json';

/** `GRID_HOME/grid.json`: who runs this home, and where everything of it is. */
export interface GridFile extends ProcessIdentity {
  /** The grid's id, made once for this home. */
  grid: string;
  /** When this run began, ISO 8601. */
  startedAt: string;
  /** Base URL of the API. */
  api: string;
  temporalAddress?: string;
  namespace: string;
  uiUrl?: string;
}

export interface HeldHome {
  /** Rewrites the file with what became known since. */
  publish(more: Partial<GridFile>): void;
  release(): void;
}

const pathOf = (home: string) => join(home, 'grid.json');

/**
 * Makes this process the only one that runs the home.
 * @throws Problem `already_running` saying who does
 */
export function holdHome(home: string, about: Omit<GridFile, keyof ProcessIdentity>): HeldHome {
  const path = pathOf(home);
  let mine: GridFile = { ...identify(process.pid)!, ...about };
  const own = `${path}.${process.pid}.new`;
  writeJson(own, mine);
  try {
    while (!linked(own, path)) removeStale(path);
  } finally {
    rmSync(own, { force: true });
  }
  return {
    publish: (more) => writeJson(path, (mine = { ...mine, ...more })),
    release: () => rmSync(path, { force: true }),
  };
}

/** The grid that runs a home of this host right now. */
export function gridOfHome(home: string): GridFile | undefined {
  const file = read(pathOf(home));
  return file && isAlive(file) ? file : undefined;
}

function removeStale(path: string): void {
  refuseIfAlive(read(path));
  const aside = `${path}.${process.pid}.stale`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  // Another starter may have been faster, and this is its file: then it goes back.
  const moved = read(aside);
  if (moved && isAlive(moved)) linked(aside, path);
  rmSync(aside, { force: true });
  refuseIfAlive(moved);
}

function refuseIfAlive(file: GridFile | undefined): void {
  if (file && isAlive(file)) raise(alreadyRunning(file));
}

function read(path: string): GridFile | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as GridFile;
  } catch {
    return undefined;
  }
}

function alreadyRunning(file: GridFile) {
  return problem(
    409,
    'already_running',
    `a grid runs on this home already: process ${file.pid}, since ${file.startedAt}, at ${file.api}`,
    `use it at ${file.api}, stop it (kill ${file.pid}), or start another with its own GRID_HOME and LISTEN`,
  );
}
