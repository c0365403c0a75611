import { execFile, execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../../config';

const SOURCES = ['activities', 'api', 'catalog', 'cli', 'model', 'process', 'workers', 'workflows', 'config.ts', 'version.ts', 'package.json', 'package-lock.json', 'tsconfig.json'];

/** The tree of another commit, built: that of the version before. Made once, and kept in the user's cache. */
export async function treeOf(commit: string): Promise<string> {
  const hash = execFileSync('git', ['rev-parse', `${commit}^{commit}`], { cwd: projectRoot(), encoding: 'utf8' }).trim();
  const kept = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'service-grid', `tree-${hash}`);
  if (existsSync(join(kept, 'dist/control.js'))) return kept;
  rmSync(kept, { recursive: true, force: true });
  mkdirSync(kept, { recursive: true });
  execFileSync('tar', ['-x', '-C', kept], { input: execFileSync('git', ['archive', hash], { cwd: projectRoot(), maxBuffer: 2 ** 30 }) });
  return built(kept);
}

/** This tree with a file that is not as it was, built: what somebody deploys by mistake. */
export async function treeWith(path: string, change: (text: string) => string): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), 'grid-tree-'));
  for (const source of SOURCES) if (existsSync(join(projectRoot(), source))) cpSync(join(projectRoot(), source), join(dir, source), { recursive: true });
  const text = readFileSync(join(dir, path), 'utf8');
  const changed = change(text);
  if (changed === text) throw new Error(`nothing of ${path} was changed`);
  writeFileSync(join(dir, path), changed);
  return built(dir);
}

/** Its packages are ours as long as they are the same. */
async function built(dir: string): Promise<string> {
  const run = (program: string, ...args: string[]) => promisify(execFile)(program, args, { cwd: dir });
  const lock = (root: string) => readFileSync(join(root, 'package-lock.json'), 'utf8');
  if (lock(dir) === lock(projectRoot())) symlinkSync(join(projectRoot(), 'node_modules'), join(dir, 'node_modules'));
  else await run('npm', 'ci', '--prefer-offline', '--no-audit');
  await run(process.execPath, join(dir, 'workers/build.mjs'));
  return dir;
}

/** What was released before this: GRID_PREVIOUS, else the newest tag, else the commit that twenty others follow. */
export function versionBefore(): string {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: projectRoot(), encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    return process.env.GRID_PREVIOUS ?? git('describe', '--tags', '--abbrev=0', 'HEAD^');
  } catch {
    return git('rev-parse', 'HEAD~20');
  }
}
