import { runGrid } from './program';

/** The `grid` command as a process. Ctrl-C first ends what is being looked at; a second one ends the process at once. */
async function main(): Promise<void> {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (stop.signal.aborted) process.exit(130);
      stop.abort();
    });
  }
  // A reader that has seen enough (`grid clusters | head`) is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  const { stdout, stderr, stdin, env } = process;
  process.exitCode = await runGrid(process.argv.slice(2), { stdout, stderr, stdin, env, signal: stop.signal });
}

void main();
