import { statSync } from 'node:fs';
import { join } from 'node:path';
import { cutLog, LOG_KEPT_BYTES, LOG_LIMIT_BYTES } from '../../activities/machines/process/cut_log';
import { never, openGround, openWatch, printed, sh } from './process_ground';

const ground = openGround();
afterEach(() => ground.stopAll());
afterAll(() => ground.audit());

const LINES = 3_000_000;

test('a log that grew too long is cut, and who reads it goes on where it was', async () => {
  await ground.start('flood', sh('seq "$1"; echo flooded; while ! test -e go; do sleep 0.02; done; echo after; sleep 300', String(LINES)));
  while (!(await ground.driver.logs('flood', { tailLines: 1 }, never)).text.includes('flooded')) await new Promise(setImmediate);
  const before = await ground.driver.logs('flood', { tailLines: 2 }, never);
  expect(before.nextOffset).toBeGreaterThan(LOG_LIMIT_BYTES);

  await cutLog(ground.run('flood'));

  expect(statSync(join(ground.run('flood'), 'output.log')).size).toBe(0);
  expect(await ground.driver.logs('flood', { tailLines: 2 }, never)).toEqual(before);
  const oldest = await ground.driver.logs('flood', { offset: 0 }, never);
  expect(oldest.nextOffset).toBe(before.nextOffset - LOG_KEPT_BYTES + 64 * 1024);
  await ground.driver.exec('flood', { argv: ['touch', 'go'], timeoutMs: 5_000 }, never);
  expect(await ground.driver.logs('flood', { offset: before.nextOffset, waitMs: 20_000 }, never)).toMatchObject({ text: 'after\n' });
  const all = Buffer.byteLength(await everything('flood', 0));
  expect(all).toBe(LOG_KEPT_BYTES + 'after\n'.length);
});

async function everything(id: string, from: number): Promise<string> {
  let text = '';
  for (let offset = from; ;) {
    const chunk = await ground.driver.logs(id, { offset }, never);
    if (chunk.text === '') return text;
    text += chunk.text;
    offset = chunk.nextOffset;
  }
}

test('a watch keeps the disk that a flooding machine takes within bounds', async () => {
  const watch = openWatch(ground);
  await ground.start('endless', sh('while :; do seq 100000; sleep 0.02; done'));
  const size = (name: string) => { try { return statSync(join(ground.run('endless'), name)).size; } catch { return 0; } };
  let most = 0;
  let cuts = 0;
  for (let last = 0; cuts < 2;) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    const now = size('output.log');
    most = Math.max(most, now);
    if (now < last) cuts += 1;
    last = now;
  }
  expect(most).toBeLessThan(LOG_LIMIT_BYTES + 64 * 1024 * 1024);
  await printed(ground, 'endless', /100000/);
  await watch.close();
});
