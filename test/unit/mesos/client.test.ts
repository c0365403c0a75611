import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { keepSubscribed, type KeepListener } from '../../../activities/machines/mesos/client/keep_subscribed';
import { openLeader } from '../../../activities/machines/mesos/client/leader';
import { readLocation, type Address, type Masters } from '../../../activities/machines/mesos/client/masters';
import { subscribe, type Subscription } from '../../../activities/machines/mesos/client/subscribe';
import { MasterUnreachable } from '../../../activities/machines/mesos/client/trouble';
import type { FrameworkInfo } from '../../../model/mesos/protocol';

/** What the client does when masters move, fall silent, or go. */

interface Scripted extends Address {
  bodies: any[];
  heads: IncomingMessage['headers'][];
  close(): void;
}

const open: Server[] = [];
afterEach(() => {
  for (const server of open.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

type Answering = (response: ServerResponse, body: any, request: IncomingMessage) => void;

async function master(answer: Answering): Promise<Scripted> {
  const bodies: any[] = [];
  const heads: IncomingMessage['headers'][] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    bodies.push(text && JSON.parse(text));
    heads.push(request.headers);
    answer(response, bodies.at(-1), request);
  });
  open.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port, bodies, heads, close: () => { server.close(); server.closeAllConnections(); } };
}

const record = (event: object) => `${JSON.stringify(event).length}\n${JSON.stringify(event)}`;
const subscribed = (id: string, beatS = 15) => record({ type: 'SUBSCRIBED', subscribed: { framework_id: { value: id }, heartbeat_interval_seconds: beatS } });
const streaming = (response: ServerResponse, ...records: string[]) => {
  response.writeHead(200, { 'Content-Type': 'application/json', 'Mesos-Stream-Id': 'stream' });
  for (const one of records) response.write(one);
};
const leads = ({ port }: Address): Answering => (response) => void response.writeHead(307, { location: `//127.0.0.1:${port}/master/api/v1/scheduler` }).end();
const masters = (at: Masters['at'], more: Partial<Masters> = {}): Masters => ({ compute: 'dc1', shown: 'here', at, ...more });
const INFO: FrameworkInfo = { user: 'root', name: 'test', roles: ['*'] };
const quiet = { onSubscribed: async () => {}, onEvent: async () => {} };
const never = () => new AbortController().signal;
const PAUSES = { firstMs: 5, longestMs: 20 };

const nowhere = async (): Promise<Address> => {
  const gone = await master(() => {});
  gone.close();
  return gone;
};

test('a master that does not lead, and one that is down, lead to the one that does; that one is asked first from then on', async () => {
  const leader = await master((response) => streaming(response, subscribed('f')));
  const other = await master(leads(leader));
  const opened = openLeader(masters([await nowhere(), other]));
  for (let i = 0; i < 2; i++) {
    const over = new AbortController();
    const end = await subscribe(opened, INFO, { ...quiet, onSubscribed: async () => over.abort() }, over.signal);
    expect(end.why).toBe('called_off');
  }
  expect(other.bodies).toHaveLength(1);
  expect(leader.bodies).toHaveLength(2);
});

test('masters that lead to one another, or to one that is gone, are each asked once; the reason names them all', async () => {
  const gone = await nowhere();
  const first = await master((response) => leads(second)(response, undefined, undefined as never));
  const second: Scripted = await master((response) => leads(first)(response, undefined, undefined as never));
  const third = await master(leads(gone));
  const busy = await master((response) => void response.writeHead(503).end('Master has not finished recovery'));
  const failure = await openLeader(masters([first, third, busy])).ask({ path: '/api/v1', body: {} }, never()).catch((error: unknown) => error as MasterUnreachable);
  expect(failure).toBeInstanceOf(MasterUnreachable);
  for (const part of [`${first.port} says 127.0.0.1:${second.port} leads`, `127.0.0.1:${gone.port} refuses connections`, 'has not finished recovery']) expect((failure as MasterUnreachable).problem.message).toContain(part);
  expect([first, second, third, busy].map(({ bodies }) => bodies.length)).toEqual([1, 1, 1, 1]);
});

test.each([
  ['//10.0.0.1:5050/master/api/v1', { host: '10.0.0.1', port: 5050 }], ['//[::1]:5051', { host: '::1', port: 5051 }], ['//master', { host: 'master', port: 80 }],
  ['http://elsewhere:1', undefined], ['/path', undefined], [undefined, undefined],
])('a redirect to %j leads to %j', (location, address) => {
  expect(readLocation(location)).toEqual(address);
});

test('silence of five heartbeats ends a stream whose connection is still there, and it is asked for again under the id that was given', async () => {
  const one = await master((response) => streaming(response, subscribed('given', 0.02)));
  const over = new AbortController();
  const reach: (string | null)[] = [];
  const listener: KeepListener = {
    ...quiet, onReach: async (problem) => void reach.push(problem && problem.message),
    onSubscribed: async () => { if (one.bodies.length === 3) over.abort(); },
  };
  const end = await keepSubscribed(openLeader(masters([one])), INFO, listener, over.signal, PAUSES);
  expect(end.why).toBe('called_off');
  expect(one.bodies.map(({ framework_id }) => framework_id?.value)).toEqual([undefined, 'given', 'given']);
  expect(one.bodies[1].subscribe.framework_info.id).toEqual({ value: 'given' });
  expect(reach.filter(Boolean)[0]).toContain('said nothing for 0.1 s');
  expect(reach.includes(null)).toBe(true);
});

test('heartbeats keep a stream, however long nothing else comes', async () => {
  const one = await master((response) => {
    streaming(response, subscribed('f', 0.2));
    let beats = 0;
    const beating = setInterval(() => {
      beats += 1;
      response.write(record({ type: 'HEARTBEAT' }));
      if (beats < 12) return;
      clearInterval(beating);
      response.end();
    }, 100);
  });
  expect((await subscribe(openLeader(masters([one])), INFO, quiet, never())).why).toBe('torn_down');
});

test('a listener that takes its time is no silence of the master', async () => {
  const one = await master((response) => {
    streaming(response, subscribed('f', 0.02), record({ type: 'FAILURE', failure: {} }), record({ type: 'FAILURE', failure: {} }));
    response.end();
  });
  let heard = 0;
  const slow = async () => { await new Promise((done) => setTimeout(done, 150)); heard += 1; };
  expect((await subscribe(openLeader(masters([one])), INFO, { onSubscribed: slow, onEvent: slow }, never())).why).toBe('torn_down');
  expect(heard).toBe(3);
});

test('while no master answers it is told once why, and asked less and less often; when one is back that is told too', async () => {
  let up = false;
  const one = await master((response) => (up ? streaming(response, subscribed('f')) : void response.writeHead(503).end('No leader elected')));
  const over = new AbortController();
  const reach: (string | undefined)[] = [];
  const running = keepSubscribed(openLeader(masters([one])), INFO, {
    ...quiet, onReach: async (problem) => { reach.push(problem?.code); if (!problem) over.abort(); },
  }, over.signal, { firstMs: 5, longestMs: 40 });
  while (one.bodies.length < 6) await new Promise((done) => setTimeout(done, 5));
  up = true;
  expect((await running).why).toBe('called_off');
  expect(reach).toEqual(['master_unreachable', undefined]);
});

test('what no new subscription mends ends it: another in its place, a framework that is over, one that is refused', async () => {
  for (const [message, why] of [['Framework failed over', 'failed_over'], ['Framework has been removed', 'removed'], ["'FrameworkInfo.roles' contains duplicate items: { a }", 'refused']] as const) {
    const one = await master((response) => {
      streaming(response, record({ type: 'ERROR', error: { message } }));
      response.end();
    });
    expect(await keepSubscribed(openLeader(masters([one])), INFO, { ...quiet, onReach: async () => {} }, never(), PAUSES)).toEqual({ why, message });
    expect(one.bodies).toHaveLength(1);
  }
});

test('what is no stream of a master ends with the reason, not in a loop without one', async () => {
  const one = await master((response) => void response.writeHead(200).end('<html>'));
  expect(await subscribe(openLeader(masters([one])), INFO, quiet, never())).toMatchObject({ why: 'broken', message: expect.stringContaining('no sequence of records') });
});

async function withSubscription(answer: Answering, use: (on: Subscription, at: Scripted) => Promise<void>, answerWithinMs = 30_000): Promise<void> {
  const one: Scripted = await master((response, body, request) => (body.type === 'SUBSCRIBE' ? streaming(response, subscribed('f')) : answer(response, body, request)));
  const over = new AbortController();
  let failure: unknown;
  await subscribe(openLeader(masters([one], { answerWithinMs })), INFO, {
    ...quiet,
    onSubscribed: async (on) => {
      await use(on, one).catch((error: unknown) => { failure = error; });
      over.abort();
    },
  }, over.signal);
  if (failure) throw failure;
}

test('calls arrive in the order in which they were made, over one connection', async () => {
  const ports = new Set<number>();
  await withSubscription((response, _, request) => {
    ports.add(request.socket.remotePort!);
    setTimeout(() => response.writeHead(202).end(), Math.random() * 10);
  }, async (on, one) => {
    await Promise.all(Array.from({ length: 10 }, (_, i) => on.call({ type: 'KILL', kill: { task_id: { value: `t${i}` } } })));
    expect(one.bodies.slice(1).map(({ kill }) => kill.task_id.value)).toEqual(Array.from({ length: 10 }, (_, i) => `t${i}`));
  });
  expect(ports.size).toBe(1);
});

test('a call whose connection breaks off is made again, unless tasks might be started by it', async () => {
  await withSubscription((response, body, request) => (body.type === 'REVIVE' && ports(request) > 1 ? void response.writeHead(202).end() : void request.socket.destroy()), async (on, one) => {
    await on.call({ type: 'REVIVE' });
    const failure = await on.call({ type: 'ACCEPT', accept: { offer_ids: [] } }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(MasterUnreachable);
    expect(failure).toMatchObject({ delivered: true });
    expect(one.bodies.map(({ type }) => type)).toEqual(['SUBSCRIBE', 'REVIVE', 'REVIVE', 'ACCEPT']);
  });
});

const seen: number[] = [];
const ports = (request: IncomingMessage) => seen.push(request.socket.remotePort!);

test('a call that is never answered ends by itself, and may have been heard', async () => {
  await withSubscription(() => {}, async (on) => {
    await expect(on.call({ type: 'SUPPRESS' })).rejects.toMatchObject({ delivered: true, problem: { message: expect.stringContaining('no answer within 0.3 s') } });
  }, 300);
});

test('credentials go with every request, read anew each time; a refusal does not repeat them', async () => {
  let secret = 'first';
  const one = await master((response, body) => (body.type === 'SUBSCRIBE' ? streaming(response, subscribed('f')) : void response.writeHead(401).end('401 Unauthorized.')));
  const over = new AbortController();
  let refusal: any;
  await subscribe(openLeader(masters([one], { authorization: async () => secret })), INFO, {
    ...quiet,
    onSubscribed: async (on) => {
      secret = 'second';
      refusal = await on.call({ type: 'REVIVE' }).catch((error: unknown) => error);
      over.abort();
    },
  }, over.signal);
  expect(one.heads.map(({ authorization }) => authorization)).toEqual(['first', 'second']);
  expect(refusal.problem).toMatchObject({ status: 403, code: 'master_denied' });
  expect(JSON.stringify(refusal.problem)).not.toMatch(/first|second/);
});
