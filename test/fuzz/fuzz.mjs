/** `npm run fuzz [-- REQUESTS]`: sends a grid of its own so many requests (10,000) that are made from its OpenAPI document. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepare } from '../../cli/prepare.mjs';

await prepare();
const { loadProgram } = await import('../support/run_program.mjs');
const { fuzz } = await loadProgram(join(dirname(fileURLToPath(import.meta.url)), 'fuzz.ts'));
process.exitCode = (await fuzz(Number(process.argv[2] ?? 10_000))) ? 0 : 1;
