import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/**
 * `npm run test:production [-- jest's arguments]`: the grid on PostgreSQL and Temporal's own server, upgraded, crashed, broken and
 * restored. What it needs is built once, and takes some minutes; the rest takes a quarter of an hour.
 */
const test = fileURLToPath(new URL('../cli/test.mjs', import.meta.url));
const args = process.argv.slice(2);
const child = spawn(process.execPath, [test, ...(args.some((arg) => arg.startsWith('test/')) ? [] : ['test/production/']), ...args], { stdio: 'inherit', env: { ...process.env, GRID_TEST_PRODUCTION: 'yes' } });
// The terminal tells it too.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => signal === 'SIGTERM' && child.kill(signal));
const [code] = await once(child, 'close');
process.exitCode = code ?? 1;
