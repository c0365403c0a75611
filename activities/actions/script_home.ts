import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { throwProblem } from '../problem_error';

export interface ScriptFiles {
  script: string;
  /** Written as JSON, each to a file of its own. */
  nodes: unknown;
  roles: unknown;
  options: unknown;
  /** argv that runs the `grid` command. */
  gridCommand: string[];
}

/**
 * Makes the private directory of one run of a cluster's script, `<gridHome>/scripts/<hash of the cluster>-<random>/`,
 * with the commands `grid` and `node` in its `bin`, and removes what earlier runs for the same cluster left when their worker died. Nothing of the cluster's name is in
 * the path: names may be longer than a file name.
 * @throws ProblemError 503 `no_place_for_script` when it cannot be written.
 */
export async function makeScriptHome(gridHome: string, clusterId: string, files: ScriptFiles): Promise<string> {
  const scripts = join(gridHome, 'scripts');
  const prefix = `${createHash('sha256').update(clusterId).digest('hex').slice(0, 32)}-`;
  try {
    await mkdir(scripts, { recursive: true, mode: 0o700 });
    const left = (await readdir(scripts)).filter((name) => name.startsWith(prefix));
    await Promise.all(left.map((name) => removeScriptHome(join(scripts, name))));
    const dir = await mkdtemp(join(scripts, prefix));
    await fill(dir, files);
    return dir;
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    return throwProblem(503, 'no_place_for_script', `the directory for the orchestrator script cannot be written (${code})`,
      'Look at the space and the rights of GRID_HOME/scripts where the control worker runs, then retry.', { evidence: code });
  }
}

/** Gone is fine. What a script made undeletable stays: the next run for its cluster tries again. */
export const removeScriptHome = (dir: string): Promise<void> => rm(dir, { recursive: true, force: true }).catch(() => {});

async function fill(dir: string, { script, gridCommand, ...data }: ScriptFiles): Promise<void> {
  await Promise.all([mkdir(join(dir, 'bin')), mkdir(join(dir, 'tmp'))]);
  const json = Object.entries(data).map(([name, value]) => writeFile(join(dir, `${name}.json`), JSON.stringify(value, undefined, 2)));
  await Promise.all([
    ...json,
    // Else a package.json further up would decide how Node reads a script without a suffix.
    writeFile(join(dir, 'package.json'), '{}'),
    writeFile(join(dir, 'orchestrator'), script, { mode: 0o700 }),
    symlink(process.execPath, join(dir, 'bin', 'node')),
    writeFile(join(dir, 'bin', 'grid'), `#!/bin/sh\nexec ${gridCommand.map(quoted).join(' ')} "$@"\n`, { mode: 0o700 }),
  ]);
}

/** One word of a shell line, whatever it holds. */
const quoted = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`;
