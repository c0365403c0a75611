import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'grid-npm-test-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** `npm test` over these files alone: its exit code and its lines. */
function npmTest(files: Record<string, string>) {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
  const config = { rootDir: dir, testMatch: ['**/*.test.cjs'], reporters: ['default', join(ROOT, 'test/support/count_reporter.cjs')] };
  const { status, stdout } = spawnSync(process.execPath, [join(ROOT, 'cli/test.mjs'), '--config', JSON.stringify(config)], { encoding: 'utf8' });
  return { status, lines: stdout.trimEnd().split('\n') };
}

describe('the last line of npm test', () => {
  it('counts, and skipped tests are listed above it by their reason', () => {
    const { status, lines } = npmTest({
      'a.test.cjs': `
        test('one', () => {}); test('two', () => {});
        describe.skip('with redis [skipped: redis-server is missing: apt-get install redis-server]', () => { test('three', () => {}); test('four', () => {}); });
        test.skip('five', () => {});`,
    });
    expect(status).toBe(0);
    expect(lines.at(-1)).toBe('2 passed, 0 failed, 3 skipped');
    expect(lines.join('\n')).toContain('skipped 2: redis-server is missing: apt-get install redis-server\n  with redis three\n  with redis four');
    expect(lines.join('\n')).toContain('skipped 1: without a reason\n  five');
  });

  it('counts what failed, and the exit code says so', () => {
    const { status, lines } = npmTest({ 'a.test.cjs': "test('one', () => {}); test('two', () => { throw new Error('no'); });" });
    expect(status).toBe(1);
    expect(lines.at(-1)).toBe('1 passed, 1 failed, 0 skipped');
  });

  it('counts a file that cannot be loaded as failed', () => {
    const { status, lines } = npmTest({ 'a.test.cjs': "test('one', () => {});", 'b.test.cjs': "require('./nowhere');" });
    expect(status).toBe(1);
    expect(lines.at(-1)).toBe('1 passed, 1 failed, 0 skipped');
  });

  it('is a failure where jest itself does not come to its tests', () => {
    const { status, lines } = npmTest({});
    expect(status).toBe(1);
    expect(lines.at(-1)).toBe('0 passed, 1 failed, 0 skipped');
  });
});
