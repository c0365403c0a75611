import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { staleParts } from '../workers/build.mjs';

/** Nothing but Node's built-ins here: this runs in a fresh clone, before anything is installed. */
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const lockfile = join(root, 'package-lock.json');
const stamp = join(root, 'node_modules', '.service-grid');

const NEEDED_NODE = [20, 11];
const SAY_AFTER_MS = 2_000;
const SAY_EVERY_MS = 5_000;

/** Makes everything ready to run: the right Node, the packages of the lockfile, dist/. Ends the process with the reason where it cannot. */
export async function prepare() {
  try {
    checkNode();
    await installPackages();
    await buildStale();
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [wantMajor, wantMinor] = NEEDED_NODE;
  if (major > wantMajor || (major === wantMajor && minor >= wantMinor)) return;
  throw new Error(`Node ${process.versions.node} runs this; needed is Node ${NEEDED_NODE.join('.')} or newer (see https://nodejs.org)`);
}

async function installPackages() {
  if (isInstalled()) return;
  await alone(async () => {
    if (isInstalled()) return;
    await runNpmCi();
    writeFileSync(stamp, lockHash());
  });
}

/** By the stamp of an earlier install, else by comparing what npm says it put there with the lockfile. */
function isInstalled() {
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lockHash()) return true;
  const hidden = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(hidden)) return false;
  const wanted = JSON.parse(readFileSync(lockfile, 'utf8')).packages;
  const there = JSON.parse(readFileSync(hidden, 'utf8')).packages;
  const differs = Object.entries(wanted).some(([path, one]) => path && !(one.optional && !there[path]) && there[path]?.version !== one.version);
  if (differs) return false;
  writeFileSync(stamp, lockHash());
  return true;
}

const lockHash = () => createHash('sha256').update(readFileSync(lockfile)).digest('hex');

async function runNpmCi() {
  const { code, output } = await saying('installing packages (npm ci)', () => ran('npm', ['ci', '--no-audit', '--no-fund']));
  if (code !== 0) throw new Error(`npm ci ended with exit code ${code}:\n${firstLines(output)}`);
}

/** In a process of its own: what compiling takes in memory is not kept by a grid that runs for months. */
async function buildStale() {
  if (staleParts().length === 0) return;
  const { code, output } = await saying('building', () => ran(process.execPath, [join(root, 'workers', 'build.mjs')]));
  if (code !== 0) throw new Error(`the build failed:\n${firstLines(output)}`);
}

/** The exit code of a program and the beginning of what it said. */
async function ran(command, args) {
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output = (output + text).slice(0, 8_000)));
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  return { code, output };
}

/** The reason comes first; what follows is npm's usage. */
const firstLines = (output) => output.split('\n').slice(0, 30).join('\n');

/** Says that the work goes on wherever it takes over two seconds; not on standard output, which belongs to the command. */
async function saying(what, work) {
  const started = performance.now();
  const seconds = () => `${Math.round((performance.now() - started) / 1000)} s`;
  let said = false;
  const say = () => {
    said = true;
    console.error(`${what} … ${seconds()}`);
  };
  let every;
  const first = setTimeout(() => {
    say();
    every = setInterval(say, SAY_EVERY_MS);
  }, SAY_AFTER_MS);
  try {
    return await work();
  } finally {
    clearTimeout(first);
    clearInterval(every);
    if (said) console.error(`${what}: done in ${seconds()}`);
  }
}

/** One install at a time: two in one directory spoil each other. A lock whose owner is gone does not count. */
async function alone(work) {
  const lock = join(root, '.tmp', 'install.lock');
  mkdirSync(dirname(lock), { recursive: true });
  while (!taken(lock)) {
    if (ownerIsGone(lock)) rmSync(lock, { force: true });
    else await sleep(200);
  }
  try {
    return await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function taken(lock) {
  try {
    const fd = openSync(lock, 'wx');
    writeFileSync(fd, String(process.pid));
    closeSync(fd);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function ownerIsGone(lock) {
  try {
    const pid = Number(readFileSync(lock, 'utf8'));
    // Empty: its owner has made it but not yet written it.
    if (pid) process.kill(pid, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await prepare();
