import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { projectRoot } from '../../config';
import type { Note } from './progress';

const NEEDED = [1, 26, 4] as const;
const LIMIT_MS = 60 * 60_000;

/** A program of one of the pinned tool modules in tools/. */
export interface GoTool {
  /** Directory of the module below tools/. */
  module: string;
  package: string;
  linkerFlags: string;
  /** How many packages are compiled where no cache has any. */
  packages: number;
}

/**
 * Builds the binary from its pinned tool module with the Go that is installed and puts it at `target`, whole or not
 * at all. Everything comes through Go's module proxy and is checked against go.sum.
 * @throws Error with what is missing or what the compiler said
 */
export async function buildWithGo(tool: GoTool, target: string, env: NodeJS.ProcessEnv, note: Note, signal: AbortSignal): Promise<void> {
  // A newer Go is not fetched behind the user's back.
  const goEnv = { ...env, GOTOOLCHAIN: 'local', CGO_ENABLED: '0' };
  await checkGo(goEnv);
  const temporary = `${target}.${process.pid}`;
  const child = spawn('go', ['build', '-v', '-trimpath', '-ldflags', tool.linkerFlags, '-o', temporary, tool.package], {
    cwd: join(projectRoot(), 'tools', tool.module),
    env: goEnv,
    stdio: ['ignore', 'ignore', 'pipe'],
    signal: AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]),
    killSignal: 'SIGTERM',
  });
  const lines = watch(createInterface({ input: child.stderr }), tool.packages, note);
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) throw new Error(`go build ended with exit code ${code}: ${lines().join(' | ')}`);
    renameSync(temporary, target);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Notes what the compiler is at; answers with its last lines. */
function watch(output: ReturnType<typeof createInterface>, packages: number, note: Note): () => string[] {
  let last: string[] = [];
  let compiled = 0;
  let fetched = 0;
  output.on('line', (line) => {
    last = [...last, line].slice(-5);
    if (line.startsWith('go: downloading ')) note(`fetching modules, ${++fetched}: ${line.slice(16)}`);
    else note(`package ${++compiled} of about ${packages}, ${line}`);
  });
  return () => last;
}

async function checkGo(env: NodeJS.ProcessEnv): Promise<void> {
  const version = await new Promise<string | undefined>((resolve) => {
    execFile('go', ['env', 'GOVERSION'], { env, timeout: 10_000 }, (error, stdout) => resolve(error ? undefined : stdout.trim()));
  });
  if (version === undefined) throw new Error('Go is not installed');
  if (!isEnough(version)) throw new Error(`${version} is installed; needed is Go ${NEEDED.join('.')} or newer`);
}

function isEnough(version: string): boolean {
  const numbers = /^go(\d+)\.(\d+)(?:\.(\d+))?/.exec(version)?.slice(1).map((n) => Number(n ?? 0)) ?? [0, 0, 0];
  const at = NEEDED.findIndex((needed, i) => numbers[i] !== needed);
  return at === -1 || numbers[at]! > NEEDED[at]!;
}
