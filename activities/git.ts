import { execFile } from 'node:child_process';
import { PROTOCOLS } from '../model/git_address';
import { throwProblem } from './problem_error';

const LIMIT_MS = 30_000;
const MAX_BYTES = 16 * 1024 * 1024;

export interface GitOptions {
  signal: AbortSignal;
  /** Exits that are answers, not failures. */
  fine?: number[];
  timeoutMs?: number;
  env?: Record<string, string>;
  /** Its standard input; none: nothing. */
  input?: string;
}

interface Said<T> {
  exit: number;
  stdout: T;
}

/** Nothing of the user's own configuration, which may have hooks and aliases, and nobody is asked anything. */
const OPTIONS = ['core.hooksPath=/dev/null', 'core.quotePath=false', 'commit.gpgSign=false', 'submodule.recurse=false'].flatMap((option) => ['-c', option]);
const ENVIRONMENT = {
  LANG: 'C.UTF-8', GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0', GIT_ALLOW_PROTOCOL: PROTOCOLS, GIT_SSH_COMMAND: 'ssh -oBatchMode=yes',
};

const lastLine = (text: string) => text.trim().split('\n').at(-1)!.slice(0, 200);

/**
 * Runs git in a work tree, or in a repository that has none.
 * @throws ProblemError 409 `git_failed` with what it said, 501 `git_missing`
 */
export const git = async (tree: string, argv: string[], options: GitOptions): Promise<Said<string>> => {
  const { exit, stdout } = await gitBytes(tree, argv, options);
  return { exit, stdout: stdout.toString('utf8') };
};

/** {@link git} for what may be no text. */
export function gitBytes(tree: string, argv: string[], { signal, fine = [], timeoutMs = LIMIT_MS, env = {}, input }: GitOptions): Promise<Said<Buffer>> {
  return new Promise((resolve, reject) => {
    const child = execFile('git', ['-C', tree, ...OPTIONS, ...argv], {
      signal, timeout: timeoutMs, maxBuffer: MAX_BYTES, encoding: 'buffer',
      env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', HOME: process.env['HOME'] ?? tree, ...ENVIRONMENT, ...env },
    }, (error, stdout, stderr) => {
      if (signal.aborted) return reject(signal.reason as Error);
      const code = error?.code;
      if (!error || (typeof code === 'number' && fine.includes(code))) return resolve({ exit: typeof code === 'number' ? code : 0, stdout });
      const said = stderr.toString('utf8') || error.message;
      try {
        if (String(code) === 'ENOENT') throwProblem(501, 'git_missing', 'there is no git here', 'Install git; then retry.');
        throwProblem(409, 'git_failed', `git ${argv[0]} failed: ${error.killed ? `it did not end within ${timeoutMs / 1000} s` : lastLine(said)}`, 'See what it says; then retry.', { evidence: said.replaceAll(tree, '.').slice(-2_000) });
      } catch (objection) {
        reject(objection);
      }
    });
    // One that ended already does not read the end of nothing.
    child.stdin?.on('error', () => undefined).end(input);
  });
}
