import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepare } from '../cli/prepare.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const outdir = join(root, 'dist', 'bench');
const require = createRequire(import.meta.url);

/** `npm run bench [-- --only name] [--json]`: everything it needs, then the benches. Standard output is the table's alone. */
console.log = console.error;
await prepare();
await makePrograms();
await makeBareWorkflows();
process.setSourceMapsEnabled(true);
require(join(outdir, 'main.js'));

async function makePrograms() {
  const { build } = await import('esbuild');
  await build({
    absWorkingDir: root, outdir,
    entryPoints: {
      main: 'bench/main.ts', bare_worker: 'bench/bare/worker.ts',
      simulated_agents: 'bench/simulated/agents.ts', simulated_preload: 'bench/simulated/preload.ts',
    },
    bundle: true, platform: 'node', target: 'node20', format: 'cjs', packages: 'external', sourcemap: true, logLevel: 'error',
  });
}

async function makeBareWorkflows() {
  const { bundleWorkflowCode, DefaultLogger } = require('@temporalio/worker');
  const { code } = await bundleWorkflowCode({ workflowsPath: join(root, 'bench', 'bare', 'workflows.ts'), logger: new DefaultLogger('WARN') });
  mkdirSync(outdir, { recursive: true });
  writeFileSync(join(outdir, 'bare-bundle.js'), code);
}
