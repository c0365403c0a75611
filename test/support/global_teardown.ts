import { once } from 'node:events';
import { rmSync } from 'node:fs';
import './global_setup';

/** Ends the server that the set-up started. */
export default async function tearDown(): Promise<void> {
  const started = globalThis.gridTestTemporal;
  if (!started) return;
  const ended = once(started.child, 'exit');
  if (started.child.exitCode === null && started.child.kill('SIGTERM')) await ended;
  rmSync(started.dir, { recursive: true, force: true });
}
