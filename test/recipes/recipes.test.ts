import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { readRecipe } from '../../activities/catalog/read_recipe';
import { projectRoot } from '../../config';
import type { InstanceSpec } from '../../model/services/agent_protocol';
import { openAgentGround, type AgentGround } from '../agent/support/agent_ground';
import { describeNeeding } from '../support/parts';

let ground: AgentGround;
beforeAll(async () => { ground = await openAgentGround(); });
afterAll(() => ground.close());

const up = async (recipe: string, data: Record<string, string>): Promise<InstanceSpec> => {
  const spec = await ground.spec(recipe, await readRecipe(join(projectRoot(), 'catalog'), recipe), { data, actionTimeoutMs: 60_000 });
  await ground.install(spec);
  await ground.call('startInstance', [spec], 120_000);
  return spec;
};

const down = async (spec: InstanceSpec): Promise<void> => {
  await ground.stop(spec);
  expect(await ground.workloads()).toEqual([]);
};

test('webserver: tells how many requests a second it answers, as its load grows', async () => {
  const spec = await up('webserver', { 'param.port': '9001' });
  await ground.untilVitals(spec, ({ values }) => values['request-throughput'] === 0 && Number(values['mem_mib']) > 10);
  for (let i = 0; i < 50; i++) await fetch(`http://${ground.address}:9001/`);
  const loaded = await ground.untilVitals(spec, ({ values }) => Number(values['request-throughput']) > 0, 30_000);
  expect(loaded.values['request-throughput']).toBeLessThanOrEqual(5);
  expect(loaded.values['cpu']).toBeGreaterThanOrEqual(0);
  await down(spec);
});

describeNeeding(['redis-server'], 'redis', () => {
  test('keeps what it is given, over a stop too, within the memory it was allowed', async () => {
    const spec = await up('redis', { 'param.port': '9002', 'param.maxmemory': '7' });
    expect(await ask(9002, 'SET', 'colour', 'blue')).toBe('+OK\r\n');
    expect(await ask(9002, 'CONFIG', 'GET', 'maxmemory')).toContain(String(7 * 2 ** 20));
    await down(spec);
    await ground.start(spec);
    expect(await ask(9002, 'GET', 'colour')).toBe('$4\r\nblue\r\n');
    await down(spec);
    await ground.remove(spec);
    await expect(ask(9002, 'PING')).rejects.toThrow();
  });
});

describeNeeding(['tomcat10-instance-create'], 'tomcat', () => {
  test('two instances beside each other serve pages, each from a directory of its own, and what was deployed outlives a change', async () => {
    const first = await up('tomcat', { 'param.port': '9003', 'param.heap': '64' });
    const second = { ...first, instance: 1, data: { ...first.data, 'param.port': '9004' } };
    await ground.install(second);
    await ground.call('startInstance', [second], 120_000);
    expect(await page(9003)).toContain(`${first.service}/0 works`);
    expect(await page(9004)).toContain(`${first.service}/1 works`);
    expect(await fetch(`http://${ground.address}:9003/`).then((answer) => answer.status)).toBe(200);
    await ground.stop(second);

    writeFileSync(join(ground.root, 'services', `grid__${first.service}__0`, 'tomcat/webapps/ROOT/mine.txt'), 'deployed');
    const changed = { ...first, generation: 2, data: { 'param.port': '9005', 'param.heap': '72' } };
    await ground.install(changed);
    await ground.call('startInstance', [changed], 120_000);
    expect(await page(9005, 'mine.txt')).toBe('deployed');
    await expect(page(9003)).rejects.toThrow();
    expect(readFileSync(`/proc/${(await ground.vitals(changed))!.processes[0]!.pid}/cmdline`, 'latin1')).toContain('-Xmx72m');
    await down(changed);
  });
});

const page = async (port: number, path = '') => (await fetch(`http://${ground.address}:${port}/${path}`)).text();

/** One command of Redis' protocol on a connection of its own. */
function ask(port: number, ...words: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: ground.address, port, timeout: 5_000 }, () => {
      socket.write(`*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`);
    });
    socket.once('data', (data) => (resolve(String(data)), socket.destroy()));
    socket.once('error', reject);
  });
}
