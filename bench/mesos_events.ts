import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { readMesosConnector } from '../activities/machines/mesos/connector';
import { hold } from '../activities/machines/mesos/session/hold';
import type { Link } from '../activities/machines/mesos/session/link';
import { newFramework, noteTaskNews, wishesOf } from '../model/mesos/framework_state';
import type { Bench } from './figure';

const EVENTS = 1_000_000;
/** What is there once after the first of them is there all the time. */
const SETTLED_AFTER = 100_000;
const HOSTS = 100;
/** So many offers are there at any time. */
const OFFERS = 300;
const MAX_GROWTH_MB = 8;

/** The worker that is subscribed, with a cluster that waits, while a million events come: what it keeps of them is nothing. */
export const mesosEvents: Bench = {
  name: 'mesos-events',
  run: async ({ later }) => {
    const memory: number[] = [];
    let took = 0;
    const server = createServer(async (request, response) => {
      let text = '';
      for await (const chunk of request) text += String(chunk);
      if ((JSON.parse(text) as { type: string }).type !== 'SUBSCRIBE') return void response.writeHead(202).end();
      const startedAt = performance.now();
      await stream(response, (sent) => { if (sent === SETTLED_AFTER || sent === EVENTS) memory.push(heapMb()); });
      took = performance.now() - startedAt;
      response.end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    later(async () => {
      server.closeAllConnections();
      server.close();
    });
    const connector = `mesos://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const at = new Date().toISOString();
    const framework = newFramework({ compute: 'dc1', connector, grid: 'bench', partition: 'replace' }, at);
    const demand = { node: 'n0', cpu: 1_000, memMiB: 1, disks: [], customDisks: false, networks: [] };
    framework.orders.waiting.push({ owner: 'cluster/u/p/1/1', request: 'r', demands: [demand], mine: [] });
    const nothing = async () => {};
    const link: Link = {
      launching: nothing, found: nothing, offered: nothing, reach: nothing, changed: () => new Promise(() => {}),
      news: async (news) => noteTaskNews(framework, news, at), wishes: async () => wishesOf(framework),
    };
    const end = await hold({ cluster: readMesosConnector('dc1', connector), link, grid: 'bench', compute: 'dc1', id: 'bench' }, new AbortController().signal);
    if (end.why !== 'torn_down') throw new Error(`the stream ended too early: ${end.message}`);
    const [settled = 0, last = 0] = memory;
    return [{
      what: `memory that ${(EVENTS - SETTLED_AFTER).toLocaleString('en')} events leave`, value: Math.max(0, last - settled), unit: 'MB', limit: MAX_GROWTH_MB,
      note: `${settled.toFixed(1)} MB after ${SETTLED_AFTER.toLocaleString('en')}; ${Math.round((EVENTS / took) * 1_000).toLocaleString('en')} events a second`,
    }];
  },
};

function heapMb(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed / 1e6;
}

/** Offers that come and are taken back, and news of tasks that nobody has, one after the other as fast as they are read. */
async function stream(response: ServerResponse, look: (sent: number) => void): Promise<void> {
  response.writeHead(200, { 'Content-Type': 'application/json', 'Mesos-Stream-Id': 'bench' });
  const send = async (event: object) => {
    const text = JSON.stringify(event);
    if (!response.write(`${text.length}\n${text}`)) await once(response, 'drain');
  };
  await send({ type: 'SUBSCRIBED', subscribed: { framework_id: { value: 'bench' }, heartbeat_interval_seconds: 15 } });
  for (let sent = 1; sent <= EVENTS; sent++) {
    await send(eventOf(sent));
    look(sent);
  }
}

function eventOf(i: number): object {
  const turn = Math.floor(i / 3);
  switch (i % 3) {
    case 0: return { type: 'OFFERS', offers: { offers: [offerOf(turn)] } };
    case 1: return { type: 'RESCIND', rescind: { offer_id: { value: `O${turn - OFFERS}` } } };
    default: return { type: 'UPDATE', update: { status: { task_id: { value: `gone-${i}.1` }, state: 'TASK_LOST', source: 'SOURCE_MASTER', agent_id: { value: `S${turn % HOSTS}` }, timestamp: i } } };
  }
}

const offerOf = (turn: number) => ({
  id: { value: `O${turn}` }, framework_id: { value: 'bench' }, agent_id: { value: `S${turn % HOSTS}` }, hostname: `host${turn % HOSTS}`, allocation_info: { role: '*' },
  url: { scheme: 'http', address: { hostname: `host${turn % HOSTS}`, ip: '10.0.0.1', port: 5051 }, path: '/slave(1)' },
  resources: [{ name: 'cpus', type: 'SCALAR', scalar: { value: 8 } }, { name: 'mem', type: 'SCALAR', scalar: { value: 16_384 } }],
});
