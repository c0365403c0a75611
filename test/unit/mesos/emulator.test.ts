import { existsSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { keepSubscribed } from '../../../activities/machines/mesos/client/keep_subscribed';
import { openLeader } from '../../../activities/machines/mesos/client/leader';
import { getFromMaster } from '../../../activities/machines/mesos/client/operator';
import type { Subscription } from '../../../activities/machines/mesos/client/subscribe';
import type { FrameworkInfo, Offer, Operation, Resource, SchedulerEvent, TaskInfo } from '../../../model/mesos/protocol';
import { startEmulator, type Emulator, type EmulatorOptions } from '../../../tools/mesos_emulator/emulator';
import { openRaw } from '../../mesos/support/raw_connection';
import { ofKind, readTrace } from '../../mesos/support/traces';

/** The emulator with our own client and real processes, and what may go wrong with it. */

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  const failed: unknown[] = [];
  for (const one of open.splice(0).reverse()) await one.close().catch((error: unknown) => failed.push(error));
  expect(failed).toEqual([]);
});

async function emulate(options: Partial<EmulatorOptions> = {}): Promise<Emulator> {
  const emulator = await startEmulator({ hosts: [{}], allocationMs: 20, electionMs: 50, recoveryMs: 20, ...options });
  open.push(emulator);
  return emulator;
}

/** A framework that acknowledges all and keeps what it hears. */
async function framework({ ports }: Emulator, more: Partial<FrameworkInfo> = {}) {
  const over = new AbortController();
  const events: SchedulerEvent[] = [];
  const reach: (string | undefined)[] = [];
  let on: Subscription | undefined;
  let times = 0;
  const info: FrameworkInfo = { user: 'root', name: 'test', roles: ['*'], id: { value: 'fw' }, checkpoint: true, failover_timeout: 60, capabilities: ['MULTI_ROLE', 'PARTITION_AWARE', 'TASK_KILLING_STATE'].map((type) => ({ type: type as 'MULTI_ROLE' })), ...more };
  const ended = keepSubscribed(openLeader({ compute: 'dc1', shown: 'here', answerWithinMs: 60_000, at: ports.map((port) => ({ host: '127.0.0.1', port })) }), info, {
    onSubscribed: async (now) => { on = now; times += 1; },
    onEvent: async (event, now) => {
      events.push(event);
      const status = event.type === 'UPDATE' ? event.update.status : undefined;
      if (status?.uuid) await now.call({ type: 'ACKNOWLEDGE', acknowledge: { agent_id: status.agent_id!, task_id: status.task_id, uuid: status.uuid } });
    },
    onReach: async (problem) => void reach.push(problem?.code),
  }, over.signal, { firstMs: 5, longestMs: 50 });
  const one = {
    events, reach, ended,
    times: () => times,
    call: (...call: Parameters<Subscription['call']>) => on!.call(...call),
    async until<T>(find: () => T | undefined): Promise<T> {
      for (;;) {
        const found = find();
        if (found !== undefined) return found;
        await delay(5);
      }
    },
    offer: () => one.until(() => events.flatMap((event) => (event.type === 'OFFERS' ? event.offers.offers : [])).at(-1)),
    states: (task: string) => events.flatMap((event) => (event.type === 'UPDATE' && event.update.status.task_id.value === task ? [event.update.status.state] : [])),
    state: (task: string, state: string) => one.until(() => events.flatMap((event) => (event.type === 'UPDATE' && event.update.status.task_id.value === task && event.update.status.state === state ? [event.update.status] : []))[0]),
    close: async () => { over.abort(); await ended; },
  };
  await one.until(() => on);
  open.push(one);
  return one;
}

const resources: Resource[] = [{ name: 'cpus', type: 'SCALAR', scalar: { value: 0.1 } }, { name: 'mem', type: 'SCALAR', scalar: { value: 32 } }];
const task = (offer: Offer, id: string, value: string, more: Partial<TaskInfo> = {}): TaskInfo => ({ name: id, task_id: { value: id }, agent_id: offer.agent_id, resources, command: { shell: true, value }, ...more });
const launch = (...tasks: TaskInfo[]): Operation => ({ type: 'LAUNCH', launch: { task_infos: tasks } });
const accept = (offer: Offer, ...operations: Operation[]) => ({ type: 'ACCEPT' as const, accept: { offer_ids: [offer.id], operations, filters: { refuse_seconds: 0 } } });

async function get(port: number, path: string, body?: object): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, method: body ? 'POST' : 'GET', ...(body ? { headers: { 'content-type': 'application/json' } } : {}) }, async (response) => {
      let text = '';
      for await (const chunk of response) text += chunk;
      resolve({ status: response.statusCode!, text });
    }).on('error', reject);
    asked.end(body && JSON.stringify(body));
  });
}

describe('tasks', () => {
  test('end as real processes do, and are killed as real ones are', async () => {
    const emulator = await emulate();
    const fw = await framework(emulator);
    const offer = await fw.offer();
    const grace = { kill_policy: { grace_period: { nanoseconds: 50e6 } } };
    await fw.call(accept(offer, launch(
      task(offer, 'ends', 'exit 0'), task(offer, 'fails', 'exit 3'), task(offer, 'dies', 'kill -9 $$'), task(offer, 'absent', '/nonexistent/cmd'), task(offer, 'file', '', { command: { shell: false, value: '/nonexistent/cmd' } }),
      task(offer, 'runs', 'sleep 1000 & echo $! > begun; wait'), task(offer, 'stubborn', "trap '' TERM; echo $$ > begun; while true; do sleep 0.05; done", grace), task(offer, 'polite', "trap 'exit 0' TERM; echo $$ > begun; while true; do sleep 0.05; done"),
    )));
    expect((await fw.state('ends', 'TASK_FINISHED')).message).toBe('Command exited with status 0');
    expect((await fw.state('fails', 'TASK_FAILED')).message).toBe('Command exited with status 3');
    expect((await fw.state('dies', 'TASK_FAILED')).message).toBe('Command terminated with signal Killed');
    expect((await fw.state('absent', 'TASK_FAILED')).message).toBe('Command exited with status 127');
    expect((await fw.state('file', 'TASK_FAILED')).message).toBe('Command exited with status 1');
    for (const id of ['runs', 'stubborn', 'polite']) await fw.state(id, 'TASK_RUNNING');
    const sandboxOf = (id: string) => emulator.agents[0]!.executions().find((one) => one.executor === id)!.dir;
    const begun = (id: string) => fw.until(() => (existsSync(`${sandboxOf(id)}/begun`) && Number(readFileSync(`${sandboxOf(id)}/begun`, 'utf8'))) || undefined);
    const [child] = await Promise.all(['runs', 'stubborn', 'polite'].map(begun)) as [number, number, number];
    for (const id of ['runs', 'stubborn', 'polite']) await fw.call({ type: 'KILL', kill: { task_id: { value: id } } });
    expect((await fw.state('runs', 'TASK_KILLED')).message).toBe('Command terminated with signal Terminated');
    expect((await fw.state('stubborn', 'TASK_KILLED')).message).toBe('Command terminated with signal Killed');
    expect((await fw.state('polite', 'TASK_KILLED')).message).toBe('Command exited with status 0');
    expect(fw.states('runs')).toEqual(['TASK_STARTING', 'TASK_RUNNING', 'TASK_KILLING', 'TASK_KILLED']);
    await fw.until(() => (isAlive(child) ? undefined : true));
  });

  test('their sandboxes are shown by their agent as a real one shows them', async () => {
    const emulator = await emulate();
    const fw = await framework(emulator);
    const offer = await fw.offer();
    const disk: Resource = { name: 'disk', type: 'SCALAR', scalar: { value: 32 } };
    await fw.call(accept(offer, launch(task(offer, 'single', 'echo err >&2; echo out; sleep 1000')), {
      type: 'LAUNCH_GROUP', launch_group: { executor: { type: 'DEFAULT', executor_id: { value: 'grp' }, framework_id: { value: 'fw' }, resources: [...resources, disk] }, task_group: { tasks: [task(offer, 'ga', 'echo of group; sleep 1000')] } },
    }));
    await fw.state('single', 'TASK_RUNNING');
    await fw.state('ga', 'TASK_RUNNING');
    const port = emulator.agentPorts[0]!;
    const { frameworks } = JSON.parse((await get(port, '/slave(1)/state')).text);
    const directoryOf = (id: string) => frameworks[0].executors.find((one: any) => one.id === id).directory as string;
    const read = async (path: string, more = '&offset=0') => get(port, `/files/read?path=${encodeURIComponent(path)}${more}`);
    await fw.until(() => (readFileSync(`${directoryOf('single')}/stdout`, 'utf8') === 'out\n' ? true : undefined));
    expect(JSON.parse((await read(`${directoryOf('single')}/stdout`)).text)).toEqual({ data: 'out\n', offset: 0 });
    expect(JSON.parse((await read(`${directoryOf('single')}/stdout`, '&offset=-1')).text)).toEqual({ data: '', offset: 4 });
    expect((await read('/nonexistent')).status).toBe(404);
    expect((await read('/etc/hostname')).status).toBe(404);
    await fw.until(() => (readFileSync(`${directoryOf('grp')}/tasks/ga/stdout`, 'utf8') ? true : undefined));
    expect(JSON.parse((await read(`${directoryOf('grp')}/tasks/ga/stdout`)).text).data).toBe('of group\n');
    expect(JSON.parse((await get(port, `/files/browse?path=${encodeURIComponent(directoryOf('single'))}`)).text).map(({ path }: any) => path.split('/').at(-1))).toEqual(['stderr', 'stdout']);
    expect((await get(port, `/files/download?path=${encodeURIComponent(`${directoryOf('single')}/stderr`)}`)).text).toBe('err\n');
    expect(JSON.parse((await get(port, '/api/v1', { type: 'READ_FILE', read_file: { path: `${directoryOf('single')}/stdout`, offset: 1 } })).text)).toEqual({ type: 'READ_FILE', read_file: { size: 4, data: Buffer.from('ut\n').toString('base64') } });
    expect(JSON.parse((await get(port, '/api/v1', { type: 'GET_CONTAINERS' })).text).get_containers.containers).toHaveLength(2);
  });
});

describe('what may go wrong', () => {
  test('a stream that breaks off, one that falls silent, and a leader that dies: each time the framework is back, and its task runs on', async () => {
    const emulator = await emulate({ masters: 3, heartbeatMs: 500 });
    const fw = await framework(emulator);
    const offer = await fw.offer();
    await fw.call(accept(offer, launch(task(offer, 't', 'sleep 1000'))));
    await fw.state('t', 'TASK_RUNNING');
    emulator.dropStreams();
    await fw.until(() => (fw.times() >= 2 ? true : undefined));
    emulator.fallSilent();
    await fw.until(() => (fw.times() >= 3 ? true : undefined));
    emulator.killLeader();
    await fw.until(() => (fw.times() >= 4 ? true : undefined));
    // Agents find the new master after the framework did.
    await fw.until(() => (emulator.leader()!.agents.get(offer.agent_id.value)?.state === 'active' ? true : undefined));
    await fw.call({ type: 'RECONCILE', reconcile: { tasks: [] } });
    await fw.until(() => fw.events.find((event) => event.type === 'UPDATE' && event.update.status.reason === 'REASON_RECONCILIATION' && event.update.status.state === 'TASK_RUNNING'));
    expect(fw.reach).toContain('master_unreachable');
  });

  test('an agent that is away for too long is unreachable, and its task is there again when it comes back', async () => {
    const emulator = await emulate({ agentPingMs: 20, agentPings: 2 });
    const fw = await framework(emulator);
    const offer = await fw.offer();
    await fw.call(accept(offer, launch(task(offer, 't', 'sleep 1000'), task(offer, 'short', 'sleep 0.05'))));
    await fw.state('t', 'TASK_RUNNING');
    emulator.agents[0]!.lose();
    await fw.state('t', 'TASK_UNREACHABLE');
    emulator.agents[0]!.restart();
    const back = await fw.until(() => fw.events.find((event) => event.type === 'UPDATE' && event.update.status.reason === 'REASON_AGENT_REREGISTERED'));
    expect(back).toMatchObject({ update: { status: { task_id: { value: 't' }, state: 'TASK_RUNNING' } } });
  });

  test('a framework that is forgotten is told so when it comes back, and nothing of it runs', async () => {
    const emulator = await emulate();
    const fw = await framework(emulator);
    const offer = await fw.offer();
    await fw.call(accept(offer, launch(task(offer, 't', 'sleep 1000'))));
    await fw.state('t', 'TASK_RUNNING');
    emulator.forgetFrameworks();
    expect((await fw.ended).why).toBe('torn_down');
    expect(emulator.agents[0]!.executions().every(({ phase }) => phase === 'over')).toBe(true);
    const again = await keepSubscribed(openLeader({ compute: 'dc1', shown: 'here', at: emulator.ports.map((port) => ({ host: '127.0.0.1', port })) }), { user: 'root', name: 'test', id: { value: 'fw' } }, {
      onSubscribed: async () => {}, onEvent: async () => {}, onReach: async () => {},
    }, new AbortController().signal);
    expect(again).toEqual({ why: 'removed', message: 'Framework has been removed' });
  });

  test('offers that are taken back are offered anew', async () => {
    const emulator = await emulate();
    const fw = await framework(emulator);
    const { id } = await fw.offer();
    emulator.expireOffers();
    await fw.until(() => fw.events.find((event) => event.type === 'RESCIND' && event.rescind.offer_id.value === id.value));
    await fw.until(() => fw.events.flatMap((event) => (event.type === 'OFFERS' ? event.offers.offers : [])).find((offer) => offer.id.value !== id.value));
  });
});

test('a reconciliation of 20,000 tasks is answered one by one, in the order in which it was asked', async () => {
  const emulator = await emulate();
  const fw = await framework(emulator);
  const { agent_id } = await fw.offer();
  const ids = Array.from({ length: 20_000 }, (_, i) => `bulk-${i}`);
  await fw.call({ type: 'RECONCILE', reconcile: { tasks: ids.map((value) => ({ task_id: { value }, agent_id })) } });
  const updates = () => fw.events.flatMap((event) => (event.type === 'UPDATE' ? event.update.status : []));
  await fw.until(() => (updates().length === ids.length ? true : undefined));
  expect(updates().map(({ task_id }) => task_id.value)).toEqual(ids);
  expect(new Set(updates().map(({ state, message }) => `${state} ${message}`))).toEqual(new Set(['TASK_GONE Reconciliation: Task is unknown to the agent']));
});

test('operators see what there is', async () => {
  const emulator = await emulate({ hosts: [{ hostname: 'h1' }, { hostname: 'h2' }] });
  const { agents = [] } = await getFromMaster(openLeader({ compute: 'dc1', shown: 'here', at: [{ host: '127.0.0.1', port: emulator.ports[0]! }] }), 'GET_AGENTS', new AbortController().signal);
  expect(agents.map(({ agent_info, active }) => [agent_info.hostname, active])).toEqual([['h1', true], ['h2', true]]);
});

/** Trace 22: bytes as they were sent, and what was answered. */
test('on the wire it is as a real master is', async () => {
  const emulator = await emulate();
  const fw = await framework(emulator, { id: { value: '00000000-0000-4000-8000-000000000000-0003' } });
  const notes = ofKind(readTrace('22-http-details').entries, 'note');
  const streamId = emulator.leader()!.frameworks.get('00000000-0000-4000-8000-000000000000-0003')!.streamId;
  const there = { framework: /[0-9a-f-]{36}-0003/g, stream: 'a1d82a2f-ba19-4f25-a0bf-6c8987be2a41' };
  const known = (text: string) => text.replaceAll(there.framework, '00000000-0000-4000-8000-000000000000-0003').replaceAll(there.stream, streamId);
  const undated = (text: string) => text.replace(/Date: [^\r]*/, 'Date: now').split('\r\n\r\n');
  let count = 0;
  for (const [i, { text, sent_latin1: sent }] of notes.entries()) {
    const answer = notes[i + 1];
    if (typeof sent !== 'string' || answer?.text !== 'answer') continue;
    count += 1;
    const connection = openRaw(emulator.ports[0]!);
    open.push({ close: async () => connection.destroy() });
    let bytes: Buffer | string = known(sent);
    if (text === 'gzip request body') {
      const packed = gzipSync(JSON.stringify({ framework_id: { value: '00000000-0000-4000-8000-000000000000-0003' }, type: 'REVIVE' }));
      bytes = Buffer.concat([Buffer.from(`${bytes.split('\r\n\r\n')[0]!.replace(/Content-Length: \d+/, `Content-Length: ${packed.length}`)}\r\n\r\n`), packed]);
    } else bytes = Buffer.from(bytes, 'latin1');
    connection.send(bytes);
    const wanted = String(answer['latin1']);
    await fw.until(() => (connection.answers[0]?.whole || (wanted === '' && connection.ended) ? true : undefined));
    const [head = '', body = ''] = undated(known(wanted));
    const got = connection.answers[0];
    expect([text, got?.statusLine ?? '']).toEqual([text, head.split('\r\n')[0]]);
    // Our list of flags is too short to be packed.
    const names = head.split('\r\n').slice(1).map((line) => line.split(':')[0]!).filter((name) => !(/flags/.test(text) && name === 'Content-Encoding'));
    expect([text, got ? Object.keys(got.headers).sort() : []]).toEqual([text, names.sort()]);
    if (!/gzip/.test(text)) expect([text, Buffer.from(got?.chunks.join('') ?? '').toString('latin1')]).toEqual([text, body]);
    if (answer['connection'] === 'server sent FIN') await fw.until(() => (connection.ended === 'them' ? true : undefined));
    else expect([text, connection.ended]).toEqual([text, undefined]);
  }
  expect(count).toBeGreaterThan(18);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
