/** `npm run record-histories [-- clusters|services|environment|operating …]`: runs record.ts, which needs no tool beyond those that build the grid. */
import { createRequire } from 'node:module';
import Module from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build as bundle } from 'esbuild';
import { build } from '../../workers/build.mjs';

const here = dirname(fileURLToPath(import.meta.url));
await build();
const { outputFiles } = await bundle({
  entryPoints: [join(here, 'record.ts')], write: false, bundle: true, platform: 'node', target: 'node20', format: 'cjs', packages: 'external',
});
// Under its own name, so that it finds its packages and the project as any file here does.
const file = join(here, 'record.cjs');
const program = new Module(file);
Object.assign(program, { filename: file, paths: createRequire(file).resolve.paths('x') });
program._compile(outputFiles[0].text, file);
await program.exports.record(here, process.argv.slice(2));
