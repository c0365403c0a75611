import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepare } from './prepare.mjs';

/** `npm test [-- jest's arguments]`: everything it needs, then jest; the last line counts for a machine to read. */
await prepare();
const dir = mkdtempSync(join(tmpdir(), 'grid-test-'));
const countsFile = join(dir, 'counts.json');
const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
const child = spawn(process.execPath, [jest, ...process.argv.slice(2)], {
  stdio: 'inherit',
  env: { ...process.env, GRID_TEST_COUNTS: countsFile },
});
// The terminal tells jest too; this process waits for it and counts.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => signal === 'SIGTERM' && child.kill(signal));
const code = await new Promise((resolve) => child.once('close', resolve));
const counts = existsSync(countsFile) ? JSON.parse(readFileSync(countsFile, 'utf8')) : { passed: 0, failed: 0, failures: [], skipped: [] };
rmSync(dir, { recursive: true, force: true });

// A run that broke off, or a server that did not come up, is a failure although no test says so.
const failed = counts.failed || (code === 0 ? 0 : 1);
printSkipped(counts.skipped);
for (const { name, why } of counts.failures) console.log(`\nfailed: ${name}\n  ${why}`);
process.exitCode = failed > 0 ? 1 : 0;
console.log(`${counts.passed} passed, ${failed} failed, ${counts.skipped.length} skipped`);

/** @param {{name: string, reason: string}[]} skipped */
function printSkipped(skipped) {
  for (const reason of new Set(skipped.map((test) => test.reason))) {
    const names = skipped.filter((test) => test.reason === reason).map((test) => test.name);
    console.log(`\nskipped ${names.length}: ${reason}\n${names.map((name) => `  ${name}`).join('\n')}`);
  }
}
