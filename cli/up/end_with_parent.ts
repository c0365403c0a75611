/**
 * Loaded before each of the grid's own processes: its standard input is a pipe from the process that started it, and
 * the pipe closes when that process is gone, however it went. Then this one ends as if it had been asked to.
 */
const GRACE_MS = 15_000;

if (process.env.GRID_ENDS_WITH_PARENT) {
  // Not for the processes and threads that this one starts.
  delete process.env.GRID_ENDS_WITH_PARENT;
  process.stdin.once('close', () => {
    process.kill(process.pid, 'SIGTERM');
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), GRACE_MS).unref();
  });
  process.stdin.resume().unref();
}
