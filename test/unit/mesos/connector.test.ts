import { readMesosConnector } from '../../../activities/machines/mesos/connector';
import type { ProblemError } from '../../../activities/problem_error';

const read = (connector: string) => readMesosConnector('dc1', connector);
const refused = (connector: string) => {
  try {
    read(connector);
  } catch (error) {
    return (error as ProblemError).problem;
  }
  throw new Error(`${connector} was taken`);
};

test('masters by name, or where they are written down; all else has a default', () => {
  expect(read('mesos://master1,master2:5051')).toMatchObject({
    masters: { compute: 'dc1', shown: 'master1,master2:5051', at: [{ host: 'master1', port: 5050 }, { host: 'master2', port: 5051 }] },
    role: '*', containerizer: 'none', partition: 'replace', holdMs: 30_000, waitMs: 60_000,
  });
  expect(read('zk://zk1,zk2:2182/mesos/east?role=web&user=app&containerizer=docker&partition=wait&hold=5')).toMatchObject({
    masters: { at: { zooKeeper: [{ host: 'zk1', port: 2181 }, { host: 'zk2', port: 2182 }], path: '/mesos/east' } }, role: 'web', user: 'app', containerizer: 'docker', partition: 'wait', holdMs: 5_000,
  });
  expect(read('mesos://[::1]:80').masters.at).toEqual([{ host: '::1', port: 80 }]);
});

test.each([
  ['mesos:', 'its masters cannot be read'], ['mesos://', 'its masters cannot be read'], ['mesos://a,,b', 'its masters cannot be read'], ['mesos://a/x', 'a mesos: connector has no path'],
  ['zk://a', 'the path under which masters are written down'], ['mesos://a?roles=x', 'Mesos has no parameter roles'], ['mesos://a?role=a%20b', 'parameter role of the connector is not allowed'],
  ['mesos://a?hold=0', 'parameter hold'], ['mesos://a?containerizer=lxc', 'parameter containerizer'], ['mesos://a?ca=/no/such/file', 'the certificates at /no/such/file cannot be read'],
])('%s is refused with the reason and what to write', (connector, message) => {
  expect(refused(connector)).toMatchObject({ status: 400, code: 'bad_connector', field: 'connector', message: expect.stringContaining(message), fix: expect.stringMatching(/./) });
});

test('all that is wrong is named at once', () => {
  expect(refused('mesos://?role=a%20b&x=1').problems).toHaveLength(3);
});

test('credentials are read when they are needed, and never shown', async () => {
  process.env.TEST_MESOS_AUTH = JSON.stringify({ principal: 'grid', secret: 'hidden' });
  expect(await read('mesos://a?auth=env:TEST_MESOS_AUTH').masters.authorization!()).toBe(`Basic ${Buffer.from('grid:hidden').toString('base64')}`);
  delete process.env.TEST_MESOS_AUTH;
  await expect(read('mesos://a?auth=env:TEST_MESOS_AUTH').masters.authorization!()).rejects.toMatchObject({ problem: { status: 400, code: 'bad_credentials' } });
});
