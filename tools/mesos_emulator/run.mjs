/** `npm run mesos-emulator`: brings main.ts into one file, as the grid's own programs are, and runs it. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const outfile = join(here, '..', '..', 'dist', 'mesos_emulator.js');
await build({ entryPoints: [join(here, 'main.ts')], outfile, bundle: true, platform: 'node', target: 'node20', format: 'cjs', packages: 'external', logLevel: 'error' });
createRequire(import.meta.url)(outfile);
