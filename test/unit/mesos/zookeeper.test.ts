import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { openLeader } from '../../../activities/machines/mesos/client/leader';
import type { Address, Masters } from '../../../activities/machines/mesos/client/masters';
import { readLeader } from '../../../activities/machines/mesos/client/zookeeper';
import { startZooKeeper, type ZooKeeper } from '../../mesos/support/zookeeper';
import { describeNeeding } from '../../support/parts';

describeNeeding(['zooinspector'], 'masters that are found by ZooKeeper', () => {
  let server: ZooKeeper;
  const at = (...ports: number[]): Address[] => ports.map((port) => ({ host: '127.0.0.1', port }));
  const masters = (more: Partial<Masters> = {}): Masters => ({ compute: 'dc1', shown: 'zk', at: [], ...more });
  const read = (path: string, ports = [server.port], more: Partial<Masters> = {}) => readLeader(masters(more), { zooKeeper: at(...ports), path });

  beforeAll(async () => { server = await startZooKeeper(); });
  afterAll(() => server.close());

  test('the one that came first leads, until it is gone', async () => {
    await server.create('/mesos');
    await server.create('/mesos/log_replicas');
    const first = await server.create('/mesos/json.info_', JSON.stringify({ id: 'a', ip: 16777343, port: 5050, address: { hostname: 'm1', ip: '10.0.0.1', port: 5050 } }), true);
    await server.create('/mesos/json.info_', JSON.stringify({ id: 'b', hostname: 'm2', port: 5051 }), true);
    expect(await read('/mesos')).toEqual({ host: '10.0.0.1', port: 5050 });
    await server.remove(first);
    expect(await read('/mesos')).toEqual({ host: 'm2', port: 5051 });
    expect(await read('/mesos', [1, server.port])).toEqual({ host: 'm2', port: 5051 });
  });

  test('where nobody leads the reason says so, and it may pass', async () => {
    await server.create('/empty');
    await expect(read('/empty')).rejects.toMatchObject({ passing: true, problem: { code: 'master_unreachable', message: expect.stringContaining('names no master at /empty') } });
    await expect(read('/absent')).rejects.toMatchObject({ passing: true, problem: { message: expect.stringContaining('has no /absent') } });
    const leader = openLeader(masters({ at: { zooKeeper: at(server.port), path: '/absent' } }));
    await expect(leader.ask({ path: '/api/v1', body: {} }, new AbortController().signal)).rejects.toMatchObject({ problem: { code: 'master_unreachable' } });
  });

  test('what does not answer, or is no ZooKeeper, is left at once or after the limit', async () => {
    const sockets: Socket[] = [];
    const open = async (words: string) => {
      const one = createServer((socket) => { sockets.push(socket); if (words) socket.write(words); }).listen(0, '127.0.0.1');
      await once(one, 'listening');
      return one;
    };
    const [silent, other] = [await open(''), await open('HTTP/1.1 400 Bad Request\r\n\r\n')];
    const [mute, web] = [silent, other].map((one) => (one.address() as AddressInfo).port) as [number, number];
    await expect(read('/mesos', [mute], { answerWithinMs: 200 })).rejects.toMatchObject({ problem: { message: expect.stringContaining('did not answer within 0.2 s') } });
    await expect(read('/mesos', [web])).rejects.toMatchObject({ problem: { message: expect.stringContaining('is no ZooKeeper') } });
    await expect(read('/mesos', [1])).rejects.toMatchObject({ problem: { message: expect.stringContaining('ZooKeeper at 127.0.0.1:1 ECONNREFUSED') } });
    for (const socket of sockets) socket.destroy();
    silent.close();
    other.close();
  });
});
