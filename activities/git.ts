import { execFile } from 'node:child_process';
import { throwProblem } from './problem_error';

const LIMIT_MS = 30_000;
const MAX_BYTES = 16 * 1024 * 1024;

export interface GitOptions {
  signal: AbortSignal;
  /** Exits that are answers, not failures. */
  fine?: number[];
  timeoutMs?: number;
  env?: Record<string, string>;
}

const lastLine = (text: string) => text.trim().split('\n').at(-1)!.slice(0, 200);

/**
 * Runs git in a work tree: without the user's own configuration, which may have hooks and aliases, and without asking
 * anybody anything.
 * @throws ProblemError 409 `git_failed` with what it said, 501 `git_missing`
 */
export function git(tree: string, argv: string[], { signal, fine = [], timeoutMs = LIMIT_MS, env = {} }: GitOptions): Promise<{ exit: number; stdout: string }> {
  return new Promise((resolve, reject) => {
    const child = execFile('git', ['-C', tree, '-c', 'core.hooksPath=/dev/null', '-c', 'core.quotePath=false', '-c', 'commit.gpgSign=false', ...argv], {
      signal, timeout: timeoutMs, maxBuffer: MAX_BYTES,
      env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', HOME: process.env['HOME'] ?? tree, LANG: 'C.UTF-8', GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0', ...env },
    }, (error, stdout, stderr) => {
      if (signal.aborted) return reject(signal.reason as Error);
      const code = error?.code;
      if (!error || (typeof code === 'number' && fine.includes(code))) return resolve({ exit: typeof code === 'number' ? code : 0, stdout });
      try {
        if (String(code) === 'ENOENT') throwProblem(501, 'git_missing', 'there is no git here', 'Install git; then retry.');
        throwProblem(409, 'git_failed', `git ${argv[0]} failed: ${lastLine(stderr || error.message)}`, 'See what it says; then retry.', { evidence: `${stderr || error.message}`.replaceAll(tree, '.').slice(-2_000) });
      } catch (said) {
        reject(said);
      }
    });
    // One that ended already does not read the end of nothing.
    child.stdin?.on('error', () => undefined).end();
  });
}
