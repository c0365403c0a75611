import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const CLUSTERS_ON_MESOS = ['carry_over', 'idempotency', 'launch', 'recovery_three_ways', 'stuck_scale', 'twice', 'without_worker'].map((suite) => `test/clusters/${suite}`);

/**
 * `npm run test:computes [-- jest's arguments]`: what `npm test` shows of clusters and services with processes of this
 * host, once more with containers and with a host that is reached by SSH; and the crash matrix with containers, where the
 * engine is among those that are killed, and on Mesos, where the master is. There what has to do with addresses, disks and
 * hosts of a node is another promise, which test/mesos holds: here it has the clusters that need none of that.
 */
const SUITES = { docker: ['test/clusters/', 'test/services/', 'test/crash/crash_matrix'], ssh: ['test/clusters/', 'test/services/'], mesos: [...CLUSTERS_ON_MESOS, 'test/crash/crash_matrix'] };
const test = fileURLToPath(new URL('../cli/test.mjs', import.meta.url));

let child;
// The terminal tells them too.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => signal === 'SIGTERM' && child.kill(signal));

for (const [kind, suites] of Object.entries(SUITES)) {
  console.log(`== on ${kind}`);
  child = spawn(process.execPath, [test, ...suites, ...process.argv.slice(2)], { stdio: 'inherit', env: { ...process.env, GRID_TEST_COMPUTE: kind } });
  const [code] = await once(child, 'close');
  if (code !== 0) process.exitCode = 1;
}
