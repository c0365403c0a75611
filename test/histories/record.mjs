/** `npm run record-histories [-- clusters|services|environment|operating|mesos …]`: runs record.ts. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadProgram } from '../support/run_program.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const { record } = await loadProgram(join(here, 'record.ts'));
await record(here, process.argv.slice(2));
