import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Only Node's built-ins up here: this file is loaded before anything is installed. */
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');

/** Programs, each one file in dist/ that finds its packages in node_modules/. */
const PROGRAMS = {
  api: 'api/server.ts',
  control: 'workers/control.ts',
  agent: 'workers/agent.ts',
  machine_agent: 'workers/machine_agent.ts',
  connector: 'workers/connector.ts',
  promote: 'workers/promote.ts',
  grid: 'cli/grid.ts',
  namespace: 'cli/up/make_namespace.ts',
  end_with_parent: 'cli/up/end_with_parent.ts',
};

/** What the API serves as it is. */
const ASSETS = 'api/pages/assets';

const PARTS = {
  programs: { sources: ['model', 'process', 'workflows', 'activities', 'workers', 'api', 'cli', 'config.ts', 'version.ts', 'package.json'], make: makePrograms },
  workflows: { sources: ['model', 'workflows'], make: makeWorkflows },
};
const ALWAYS = ['package-lock.json', 'tsconfig.json', 'workers/build.mjs'];

/**
 * Brings the named parts of dist/ up to date: `programs` and `workflows` (the workflow bundle), both by default.
 * A part whose sources did not change since it was made is left as it is. Safe when several run at once.
 * @returns names of the parts that were made
 */
export async function build(names = Object.keys(PARTS)) {
  const stale = staleParts(names);
  for (const name of stale) await replace(name);
  return stale;
}

/** Names of those parts whose sources changed since they were made. */
export const staleParts = (names = Object.keys(PARTS)) => names.filter((name) => !isFresh(name));

/** True when every file of the part is still the one that was made from the sources as they are now. */
function isFresh(name) {
  const stamp = join(dist, `.${name}.json`);
  if (!existsSync(stamp)) return false;
  const { sources, files } = JSON.parse(readFileSync(stamp, 'utf8'));
  return sources === hashOf(name) && files.every(([file, print]) => existsSync(join(dist, file)) && printOf(join(dist, file)) === print);
}

/** Makes a part beside the old one and then puts it in its place file by file, so that no reader meets half a file. */
async function replace(name) {
  const sources = hashOf(name);
  const temporary = join(dist, `.making-${process.pid}-${name}`);
  mkdirSync(temporary, { recursive: true });
  try {
    await PARTS[name].make(temporary);
    const files = readdirSync(temporary);
    for (const file of files) renameSync(join(temporary, file), join(dist, file));
    const stamp = { sources, files: files.map((file) => [file, printOf(join(dist, file))]) };
    writeFileSync(join(temporary, 'stamp'), JSON.stringify(stamp));
    renameSync(join(temporary, 'stamp'), join(dist, `.${name}.json`));
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

async function makePrograms(outdir) {
  const entries = Object.entries(PROGRAMS).filter(([, file]) => existsSync(join(root, file)));
  const { build: esbuild } = await import('esbuild');
  await esbuild({
    absWorkingDir: root,
    entryPoints: Object.fromEntries(entries),
    outdir,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    packages: 'external',
    sourcemap: true,
    logLevel: 'error',
  });
  for (const path of filesBelow(ASSETS).filter((one) => !one.endsWith('.ts'))) copyFileSync(join(root, path), join(outdir, basename(path)));
}

async function makeWorkflows(outdir) {
  const workflowsPath = join(root, 'workflows/index.ts');
  if (!existsSync(workflowsPath)) return;
  const { bundleWorkflowCode, DefaultLogger } = createRequire(import.meta.url)('@temporalio/worker');
  const { code } = await bundleWorkflowCode({
    workflowsPath, workflowInterceptorModules: [join(root, 'workflows/interceptors.ts')], failureConverterPath: join(root, 'workflows/failure_converter.ts'), logger: new DefaultLogger('WARN'),
  });
  writeFileSync(join(outdir, 'workflow-bundle.js'), code);
}

function hashOf(name) {
  const hash = createHash('sha256');
  for (const path of [...ALWAYS, ...PARTS[name].sources].flatMap(filesBelow)) {
    hash.update(path).update('\0').update(readFileSync(join(root, path))).update('\0');
  }
  return hash.digest('hex');
}

function filesBelow(path) {
  const full = join(root, path);
  if (!existsSync(full)) return [];
  if (!statSync(full).isDirectory()) return [path];
  return readdirSync(full)
    .sort()
    .flatMap((name) => filesBelow(join(path, name)));
}

const printOf = (file) => `${statSync(file).size}-${statSync(file).mtimeMs}`;

/** Runs a program of dist/ in this process, as if Node had been called with it. */
export function run(program, args) {
  process.argv = [process.argv[0], join(dist, `${program}.js`), ...args];
  process.setSourceMapsEnabled(true);
  Module.runMain();
}

async function main([flag, name, ...args]) {
  if (flag === '--run' && name in PROGRAMS) {
    // Compiled by another process: what that takes in memory is not kept by a program that runs for months.
    if (staleParts().length > 0) execFileSync(process.execPath, [fileURLToPath(import.meta.url)], { stdio: ['ignore', 'ignore', 'inherit'] });
    return run(name, args);
  }
  if (flag !== undefined && !(flag === '--only' && name in PARTS)) {
    throw new Error(`usage: node workers/build.mjs [--only ${Object.keys(PARTS).join('|')} | --run ${Object.keys(PROGRAMS).join('|')} [args]]`);
  }
  const started = performance.now();
  const made = await build(flag && [name]);
  const seconds = ((performance.now() - started) / 1000).toFixed(2);
  console.log(made.length ? `built ${made.join(' and ')} in ${seconds} s` : `dist/ is up to date (${seconds} s)`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(process.argv.slice(2)).catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
