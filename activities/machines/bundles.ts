import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import type { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { projectRoot } from '../../config';
import { throwProblem } from '../problem_error';

/** A program with what it needs, to be put on a host once per content. */
export interface Bundle {
  /** Names the content. */
  hash: string;
  /** Program within the bundle. */
  program: string;
  /** A .tar.gz of it. @throws ProblemError 503 `not_packed` */
  pack(): Promise<Readable>;
}

const BRIDGE = join('node_modules', '@temporalio', 'core-bridge');
const TRIPLES: Record<string, string> = { x64: 'x86_64-unknown-linux-gnu', arm64: 'aarch64-unknown-linux-gnu' };

/** What the grid runs on the host itself: one file. */
export const machineBundle = (): Bundle => bundle('machine_agent', [], []);

/**
 * What runs in the machines of agents there: one file, the packages that it requires, and the native part of them for
 * that host.
 * @throws ProblemError 422 `unsupported_host` when there is no such part.
 */
export function agentBundle(compute: string, arch: string): Bundle {
  const root = projectRoot();
  const triple = TRIPLES[arch];
  const releases = join(BRIDGE, 'releases');
  const natives = readdirSync(join(root, releases));
  if (!triple || !natives.includes(triple)) {
    throwProblem(422, 'unsupported_host', `compute ${compute}: agents cannot run on a host with a processor of kind ${arch}`, 'Use a host with x64 or arm64.', { field: 'connector' });
  }
  const others = natives.filter((name) => name !== triple).map((name) => join(releases, name));
  return bundle('agent', packagesOf(root, join(root, 'dist', 'agent.js')), [...others, join(BRIDGE, 'sdk-core'), '*.map', '*.d.ts', '*.md'], arch);
}

function bundle(name: string, packages: string[], without: string[], ...also: string[]): Bundle {
  const root = projectRoot();
  const program = join('dist', `${name}.js`);
  const hash = createHash('sha256').update(readFileSync(join(root, program)));
  for (const path of packages) hash.update(path).update(readFileSync(join(root, path, 'package.json')));
  also.forEach((text) => hash.update(text));
  const argv = ['--hard-dereference', '-cf', '-', '-C', root, ...without.map((path) => `--exclude=${path}`), '--', program, ...packages];
  return { hash: hash.digest('hex').slice(0, 32), program, pack: () => pack(argv) };
}

/** The program that runs Node here, for hosts with the same kind of processor: one file named `node`. */
export const packNode = (): Promise<Readable> => pack(['-cf', '-', '-h', '--transform', 's,.*,node,', '-C', dirname(process.execPath), '--', basename(process.execPath)]);

/** Speed counts for more than size: it goes once over a network. */
async function pack(argv: string[]): Promise<Readable> {
  const tar = spawn('tar', argv, { stdio: ['ignore', 'pipe', 'ignore'] });
  const packed = createGzip({ level: 1 });
  // Whoever reads it learns that it broke off; an error that nobody awaits yet would end the whole worker.
  packed.on('error', () => {});
  tar.on('exit', (code) => { if (code !== 0) packed.destroy(new Error(`tar ended with ${code}`)); });
  await once(tar, 'spawn').catch(({ code }: NodeJS.ErrnoException) =>
    throwProblem(503, 'not_packed', `the program of the grid cannot be packed: tar does not start where the control worker runs (${code})`,
      'Install tar there, have it on the PATH of the control worker, then retry.'));
  return tar.stdout.pipe(packed);
}

/** Directories, below the root, of all packages that a program requires, and of those that these require. */
function packagesOf(root: string, program: string): string[] {
  const found = new Set<string>();
  const add = (name: string, from: string) => {
    const dir = directoryOf(name, from, root);
    // Native, and needed by nobody but a bundler of workflows.
    if (!dir || found.has(dir) || name.startsWith('@swc/')) return;
    found.add(dir);
    const { dependencies = {}, optionalDependencies = {} } = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8')) as Record<string, Record<string, string> | undefined>;
    for (const next of Object.keys({ ...dependencies, ...optionalDependencies })) add(next, dir);
  };
  for (const [, name] of readFileSync(program, 'utf8').matchAll(/require\("((?:@[\w.-]+\/)?[a-z][\w.-]*)[^":]*"\)/g)) add(name!, root);
  return [...found].map((dir) => relative(root, dir)).sort();
}

/** Where Node would find the package. */
function directoryOf(name: string, from: string, root: string): string | undefined {
  const dir = join(from, 'node_modules', name);
  if (existsSync(join(dir, 'package.json'))) return dir;
  return from === root ? undefined : directoryOf(name, dirname(from), root);
}
