import { mkdirSync } from 'node:fs';
import { openProcessDriver } from '../activities/machines/process/open';
import { lingeringManager } from '../activities/machines/process/user_manager';
import { line, type Greeting } from '../activities/machines/ssh/protocol';
import { serve } from '../activities/machines/ssh/serve';
import { openTemporalPort } from '../activities/machines/ssh/temporal_port';
import { ProblemError } from '../activities/problem_error';

/**
 * What the grid runs on a host that it reaches by ssh: the `process:` driver, told over standard input what to do. Ends
 * with the connection; the machines live on, as units of the user's systemd where that would end them otherwise.
 * @param home directory of ours on this host
 */
export async function runMachineAgent(home: string, greeting: Greeting): Promise<void> {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const driver = openProcessDriver({ ...greeting, gridHome: home, userManager: lingeringManager() }, new URL(greeting.connector));
  process.stdout.write(line({ ready: { node: process.execPath, home, arch: process.arch } }));
  await serve({ driver, temporalPort: openTemporalPort(home, greeting.grid) }, process.stdin, process.stdout);
}

if (require.main === module) {
  const [home = '', greeting = ''] = process.argv.slice(2);
  runMachineAgent(home, JSON.parse(greeting) as Greeting).then(() => process.exit(0), (error: unknown) => {
    if (error instanceof ProblemError) process.stdout.write(line({ problem: error.problem }));
    else console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
