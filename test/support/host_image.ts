import { execFileSync } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { DockerEngine } from './docker_engine';

const SHELL = '/bin/busybox';
const CORE = join('node_modules', '@temporalio', 'core-bridge', 'releases', `${process.arch === 'x64' ? 'x86_64' : 'aarch64'}-unknown-linux-gnu`, 'index.node');

/**
 * An image of this host's own C library, with a shell and the named programs: what a distribution's image would be, which
 * no registry has here.
 */
export async function addHostImage(engine: DockerEngine, name: string, programs: readonly string[] = []): Promise<void> {
  const paths = programs.map((program) => realpathSync(execFileSync('which', [program], { encoding: 'utf8' }).trim()));
  const needed = [realpathSync(process.execPath), realpathSync(CORE), ...paths];
  const libraries = new Set(needed.flatMap((path) => execFileSync('ldd', [path], { encoding: 'utf8' }).match(/\/[^\s:()]+/g) ?? []).filter((path) => !needed.includes(path)));
  const applets = execFileSync(SHELL, ['--list'], { encoding: 'utf8' }).trim().split('\n').filter((one) => one !== 'busybox');
  await engine.addImage(name, {
    '!bin/busybox': readFileSync(SHELL),
    ...Object.fromEntries(applets.map((applet) => [`!bin/${applet}`, `#!/bin/busybox sh\nexec /bin/busybox ${applet} "$@"\n`])),
    ...Object.fromEntries([...libraries].map((path) => [`!${path.slice(1)}`, readFileSync(realpathSync(path))])),
    ...Object.fromEntries(paths.map((path, i) => [`!usr/bin/${programs[i] ?? basename(path)}`, readFileSync(path)])),
    '!tmp/.keep': '',
  });
}
