import { execFile, execFileSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(__dirname, '../..');

/** A small project of the same shape, with the real build script and the real packages. */
let project: string;
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'grid-build-'));
  for (const file of ['package.json', 'package-lock.json', 'tsconfig.json', 'workers/build.mjs']) cpSync(join(ROOT, file), join(project, file));
  symlinkSync(join(ROOT, 'node_modules'), join(project, 'node_modules'));
  for (const dir of ['model', 'cli', 'workflows']) mkdirSync(join(project, dir));
  write('model/word.ts', "export const word: string = 'first';\n");
  write('cli/grid.ts', "import { word } from '../model/word';\nif (require.main === module) console.log(word, process.argv.slice(2).join(' '));\n");
  write('workflows/interceptors.ts', 'export const interceptors = () => ({});\n');
  write('workflows/index.ts', "import { sleep } from '@temporalio/workflow';\nimport { word } from '../model/word';\nexport async function wait() { await sleep(1); return word; }\n");
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

const write = (file: string, text: string) => writeFileSync(join(project, file), text);
const build = async (...args: string[]) => (await promisify(execFile)(process.execPath, [join(project, 'workers/build.mjs'), ...args])).stdout;
const grid = () => execFileSync(process.execPath, [join(project, 'dist/grid.js')], { encoding: 'utf8' }).trim();

describe('the build', () => {
  it('makes programs that run and a workflow bundle, once, and again only when their sources changed', async () => {
    expect(await build()).toMatch(/^built programs and workflows/);
    expect(grid()).toBe('first');
    expect(readFileSync(join(project, 'dist/workflow-bundle.js'), 'utf8')).toContain('first');
    expect(await build()).toMatch(/up to date/);
    appendFileSync(join(project, 'cli/grid.ts'), '// changed\n');
    expect(await build()).toMatch(/^built programs in/);
    write('model/word.ts', "export const word: string = 'second';\n");
    expect(await build()).toMatch(/^built programs and workflows/);
    expect(grid()).toBe('second');
    appendFileSync(join(project, 'package-lock.json'), '\n');
    expect(await build('--only', 'programs')).toMatch(/^built programs/);
  });

  it('makes anew what somebody removed from dist/', async () => {
    await build('--only', 'programs');
    rmSync(join(project, 'dist/grid.js'));
    await build('--only', 'programs');
    expect(grid()).toBe('first');
  });

  it('may run several times at once: every file is whole, nothing else is left', async () => {
    await Promise.all([build(), build()]);
    expect(grid()).toBe('first');
    expect(await build()).toMatch(/up to date/);
    expect(readdirSync(join(project, 'dist')).sort()).toEqual(['.programs.json', '.workflows.json', 'grid.js', 'grid.js.map', 'workflow-bundle.js']);
  });

  it('keeps what there was when a source does not compile, and says where', async () => {
    await build('--only', 'programs');
    write('model/word.ts', 'export const word = ;\n');
    await expect(build('--only', 'programs')).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('model/word.ts:1:20') });
    expect(grid()).toBe('first');
  });

  it('runs a program in its own process as if Node had been called with it', async () => {
    expect(await build('--run', 'grid', 'a', 'b')).toBe('first a b\n');
  });
});
