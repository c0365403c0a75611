import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InstanceDirectory } from '../../activities/instances/instance_directory';
import { resolveSecrets } from '../../activities/instances/resolve_secrets';
import { runAction } from '../../activities/instances/run_action';
import type { Place } from '../../activities/instances/place';
import { parseHrd } from '../../model/hrd/parse';

const root = mkdtempSync(join(tmpdir(), 'grid-test-'));
const dir = join(root, 'service');
const file = join(dir, 'actions.js');
mkdirSync(dir);
writeFileSync(join(root, 'password'), 'planted-hunter2\n');
writeFileSync(join(root, 'key'), 'first-line-of-it\n  "second" line\nab\n');
afterAll(() => rmSync(root, { recursive: true, force: true }));

const place = { agent: 0, machine: 'm', address: '127.0.0.1', root, labels: {} } as unknown as Place;
const HRD = `instance.param.password = 'file:${join(root, 'password')}'\ninstance.param.key = 'file:${join(root, 'key')}'\ninstance.param.open = 'for all to see'\n`;

async function act(body: string) {
  writeFileSync(file, `exports.go = ({ hrd }) => { ${body} };`);
  const { hrd, secrets } = await resolveSecrets(parseHrd(HRD));
  return runAction(place, { key: { service: 'jumpscale__x__main', instance: null }, dir: { path: dir } as InstanceDirectory, file, action: 'go', hrd, secrets, timeoutMs: 60_000, signal: new AbortController().signal });
}

test('an action has what stands behind references, and nobody sees it in what it prints and returns', async () => {
  const { output, result } = await act(`console.log(hrd['instance.param.password'], hrd['instance.param.open']); console.error(hrd['instance.param.key']); return { of: hrd['instance.param.password'].length, all: hrd['instance.param.key'], text: 'is ' + hrd['instance.param.password'] };`);
  expect(result).toEqual({ of: 15, all: '***', text: 'is ***' });
  expect(output).toContain('*** for all to see\n');
  for (const secret of ['hunter2', 'first-line', 'second']) expect(output).not.toContain(secret);
}, 120_000);

test('nor in what it fails with', async () => {
  const failed = act(`throw new Error('it was ' + hrd['instance.param.password']);`);
  await expect(failed).rejects.toMatchObject({ problem: { code: 'action_failed', message: expect.stringContaining('it was ***'), evidence: expect.not.stringContaining('hunter2') } });
}, 120_000);
