import type { Emulator } from '../../../tools/mesos_emulator/emulator';
import { parseResources as resources } from '../../../tools/mesos_emulator/resources';
import { hasGaps, replayOnEmulator, type Heard, type Scenario } from '../../mesos/support/replay_on_emulator';
import { exchangesOf, headerOf, readTrace, type Exchange, type Trace } from '../../mesos/support/traces';

/** The emulator on what a real master was told: it answers as that did, and says the same in the same order at the same time. */

const ATTRIBUTES_OF = (name: string, hostname: string) => readTrace(name).entries.flatMap((entry): any[] => (entry.dir === 'event' ? (entry.event.offers?.offers ?? []) : [])).find((offer) => offer.hostname === hostname).attributes;
/** The id of an agent that another master had named. */
const agentOf = (name: string): string => readTrace(name).entries.flatMap((entry): any[] => (entry.dir === 'event' ? (entry.event.offers?.offers ?? []) : []))[0].agent_id.value;
const NODE_B = 'cpus:1;mem:512;ports:[32000-32009,32020-32029];names:{p,q};gizmo:3;disk:252899;cpus(web):0.5;mem(web):128';
const lose = (emulator: Emulator) => emulator.agents[0]!.lose();
const restart = (emulator: Emulator) => emulator.agents[0]!.restart();

/** An agent that a master before this one knew has not come back yet. */
const someoneIsAway = (emulator: Emulator) => {
  const { agents } = emulator.leader()!;
  agents.set('away', { ...[...agents.values()][0]!, id: 'away', state: 'recovered', executors: new Map() });
};

/** Which agent's resources are given away first is left to chance: here it is the other one from now on. */
const turn = (emulator: Emulator) => {
  const { agents } = emulator.leader()!;
  const [id, agent] = [...agents][0]!;
  agents.delete(id);
  agents.set(id, agent);
};

/** Two tasks of others ran beside those of the recording, and one of them did not outlive its agent. */
const agentLoss = (name: string, comes: number, back: number, more: Scenario['options']): Scenario => ({
  options: { hosts: [{ absent: true, id: agentOf(name), resources: 'cpus:1.8;mem:960;disk:4096;ports:[31000-31099]' }], ...more },
  actions: [[/SIGKILL of the agent/, lose]],
  at: [[comes, (emulator) => emulator.agents[0]!.join()], [back, (emulator) => {
    emulator.agents[0]!.facts.resources = resources('cpus:1.9;mem:992;disk:4096;ports:[31000-31099]');
    restart(emulator);
  }]],
});

export const SCENARIOS: Record<string, Scenario> = {
  '01-subscribe': { options: {} },
  '01b-subscribe-legacy-role': { options: {} },
  '02-launch': { options: {} },
  '02b-unacked': { options: {} },
  '03-failures': { options: {} },
  '04-kill': { options: {} },
  '05-decline-revive-suppress': { options: {} },
  '06-reconcile': { options: {} },
  '07-failover': { options: {} },
  '08-errors': { options: {} },
  '08b-unknown-call-crash': { options: {} },
  '09-agent-loss-default': {
    options: {}, actions: [[/SIGKILL of the agent/, lose]],
    at: [[100_000, someoneIsAway], [126_808, restart]],
  },
  '09-agent-loss-fast': agentLoss('09-agent-loss-fast', 13_249, 39_183, { agentPingMs: 1_000, agentPings: 3 }),
  '09b-agent-restart': {
    options: { hosts: [{ absent: true, id: agentOf('09b-agent-restart') }] },
    actions: [[/^SIGKILL of the agent/, lose], [/SIGUSR1/, (emulator) => emulator.agents[0]!.leave()]],
    at: [[8_034, (emulator) => emulator.agents[0]!.join()], [22_328, restart], [46_919, restart]],
  },
  '10-master-restart': {
    options: {},
    actions: [[/^SIGKILL of the master/, (emulator) => emulator.killLeader()]],
    at: [[9_940, (emulator) => emulator.restartMaster()], [66_988, (emulator) => emulator.rejoin()], [71_955, (emulator) => emulator.killLeader()], [133_000, (emulator) => emulator.restartMaster()]],
  },
  '11-teardown': { options: {} },
  '12-launch-group': { options: {} },
  '13-operator': { options: {} },
  '13b-agent-endpoints': { options: {} },
  '14-docker': { options: { hosts: [{ images: ['bb:1'] }] } },
  '14b-docker-more': { options: { hosts: [{ images: ['bb:1'] }] } },
  '14c-docker-type-without-docker-containerizer': { options: {} },
  '15-two-agents': {
    options: { hosts: [{ hostname: 'node-b.test', resources: NODE_B, attributes: ATTRIBUTES_OF('15-two-agents', 'node-b.test') }, { id: agentOf('15-two-agents') }] },
    actions: [[/agent 2 stops/, lose]],
    at: [[15_000, turn]],
  },
  '16-operator-agent-actions': { options: { hosts: [{}, { hostname: 'node-b.test' }] }, at: [[13_000, turn]] },
  '17-checks': { options: {} },
  '18-misc': { options: {} },
  '19-auth-and-offer-timeout': { options: { secrets: { user1: 's3cret' }, offerTimeoutMs: 3_000 } },
  '20-cgroups-oom': { options: {}, at: [[4_736, (emulator) => emulator.agents[0]!.killExecutor('exkill')]] },
  '22b-bulk': { options: {} },
  '21-leader-redirect': { options: { masters: 3, hosts: [{ resources: 'cpus:2;mem:1024;disk:252899;ports:[31000-31099]' }] }, actions: [[/SIGKILL of the leading master/, (emulator) => emulator.killLeader()]] },
};

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const plain = (text: string) => text.replaceAll(UUID, 'ID').split('\n\nMEMORY STATISTICS')[0]!.replaceAll(/\((\d+)KB\)/g, '(KB)');

/** What of an update is not the same for each time it is given. */
function comparable(status: any) {
  const { timestamp: _t, uuid, message, data, container_status, unreachable_time, agent_id, ...rest } = status;
  return {
    ...rest, ...(message === undefined ? {} : { message: plain(message) }), uuid: Boolean(uuid), data: Boolean(data), unreachable: Boolean(unreachable_time), agent: Boolean(agent_id),
    container: container_status?.container_id ? { parent: Boolean(container_status.container_id.parent) } : false,
  };
}

const resourcesOf = (offer: any) => offer.resources.map(({ allocation_info: a, ...one }: any) => JSON.stringify([one.name, one.type, one.scalar?.value ?? one.ranges?.range ?? one.set?.item, one.role, one.reservations, a])).sort();
const comparableOffers = (event: any) => event.offers.offers.map((offer: any) => ({
  hostname: offer.hostname, resources: resourcesOf(offer), attributes: offer.attributes, executors: offer.executor_ids, role: offer.allocation_info,
})).sort((a: any, b: any) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

/** Every field that is there, whichever of a list has it. */
function keysOf(value: unknown, at = ''): Set<string> {
  if (typeof value !== 'object' || value === null) return new Set();
  const inside = Array.isArray(value) ? value.map((one): [string, unknown] => [at, one]) : Object.entries(value).map(([key, one]): [string, unknown] => [`${at}.${key}`, one]);
  return new Set(inside.flatMap(([key, one]) => [key, ...keysOf(one, key)]));
}

/** The recording has only a note of it. */
const TRIMMED = /get_state|completed|unreachable|^\.(slaves|frameworks)|attributes|reservations/;
const TRIMMED_TRACES = ['16-operator-agent-actions'];

interface One { at: number; event: any }

/** An event that neither tells of one of our tasks nor offers anything. */
function comparableEvent(event: any): unknown {
  const { status } = event.task_updated ?? {};
  return JSON.parse(plain(JSON.stringify(status ? { ...event, task_updated: { ...event.task_updated, status: { ...comparable(status), executor_pid: Boolean(status.container_status?.executor_pid) } } } : event)));
}

/** What was said, by what it is about; what was said twice at once is said once. */
function threads(events: readonly One[]): Map<string, { at: number; said: unknown }[]> {
  const all = new Map<string, { at: number; said: unknown; uuid?: string }[]>();
  for (const { at, event } of events) {
    if (event.type === 'HEARTBEAT') continue;
    const status = event.update?.status;
    const about = status ? `task ${status.task_id.value}` : event.type;
    const said = status ? comparable(status) : event.type === 'OFFERS' ? comparableOffers(event) : event.type === 'SUBSCRIBED' ? Object.keys(event.subscribed).sort() : event.type === 'RESCIND' ? event.type : comparableEvent(event);
    const before = all.get(about) ?? [];
    if (status?.uuid && before.at(-1)?.uuid === status.uuid && at - before.at(-1)!.at < 100) continue;
    all.set(about, [...before, { at, said, ...(status?.uuid ? { uuid: status.uuid } : {}) }]);
  }
  return all;
}

/** What of what was heard is what was recorded, where not all was: the next that is the same. */
function matching(list: readonly { at: number; said: unknown }[], wanted: readonly { said: unknown }[]): { at: number; said: unknown }[] {
  let from = 0;
  return wanted.flatMap(({ said }) => {
    const at = list.findIndex((one, i) => i >= from && JSON.stringify(one.said) === JSON.stringify(said));
    if (at < 0) return [];
    from = at + 1;
    return [list[at]!];
  });
}

/** A call that the end of its framework, in the same moment, was faster than: here they arrive in the order in which they were made. */
const outran = ({ entries }: Trace, { request, response }: Exchange): boolean => response?.body_text === 'Framework cannot be found' && entries.some((one) =>
  one.ts >= request.ts && one.ts <= response.ts && ((one.dir === 'request' && one.body?.type === 'TEARDOWN') || (one.dir === 'stream_end' && one.why === 'closed locally')));

function expectSame(trace: Trace, recorded: Exchange, heard: Heard | undefined): void {
  const { request, response, head, closed, end } = recorded;
  // What an agent shows is in its own test: here its tasks are no processes.
  if (headerOf(request, 'host') === '127.0.0.1:5051') return;
  const what = `${request.method} ${request.body?.type ?? request.path} at ${request.ts} ms`;
  const status = outran(trace, recorded) ? 202 : (response?.status ?? head?.status);
  expect([what, heard?.answer?.status]).toEqual([what, closed ? undefined : status]);
  if (response && request.method !== 'HEAD' && !outran(trace, recorded)) {
    if (response.body_text !== undefined && response.status !== 200) expect([what, plain(heard!.answer!.chunks.join(''))]).toEqual([what, plain(response.body_text)]);
    if (typeof response.body === 'object' && !TRIMMED_TRACES.includes(trace.name) && !/flags|metrics/i.test(request.path + request.body?.type)) expect([what, [...keysOf(JSON.parse(heard!.answer!.chunks.join('')))].filter((key) => !keysOf(response.body).has(key) && !TRIMMED.test(key))]).toEqual([what, []]);
    const names = (headers: Record<string, string>) => Object.keys(headers).sort();
    expect([what, names(heard!.answer!.headers)]).toEqual([what, names(response.headers)]);
  }
  if (!head) return;
  expect(Object.keys(heard!.answer!.headers).sort()).toEqual(Object.keys(head.headers).sort());
  const there = threads(recorded.events.map(({ ts, event }) => ({ at: ts, event })).filter(({ event }) => !event.update?.status.task_id.value.startsWith('bulk-')));
  if (recorded.events.length === 0 || recorded.events.some(({ event }) => event.type === '__UNPARSED')) return;
  const here = threads(heard!.events);
  if (hasGaps(trace, request.conn)) here.set('OFFERS', matching(here.get('OFFERS') ?? [], there.get('OFFERS') ?? []));
  if (!there.has('OFFERS') && hasGaps(trace, request.conn)) here.delete('OFFERS');
  // What would have come was not waited for.
  if (end?.why === 'closed locally') for (const [about, list] of here) here.set(about, list.slice(0, there.get(about)?.length ?? 0));
  for (const [about, list] of here) if (list.length === 0) here.delete(about);
  const said = (all: Map<string, { said: unknown }[]>) => Object.fromEntries([...all].sort(([a], [b]) => (a < b ? -1 : 1)).map(([about, list]) => [about, list.map((one) => one.said)]));
  expect([what, said(here)]).toEqual([what, said(there)]);
  for (const [about, list] of there) {
    const late = list.map(({ at }, i) => Math.abs(at - here.get(about)![i]!.at));
    expect([what, about, late.filter((ms) => ms > 1_300)]).toEqual([what, about, []]);
  }
  if (end?.why === 'last chunk') expect([what, heard!.answer!.whole]).toEqual([what, true]);
}

test.each(Object.keys(SCENARIOS))('%s', async (name) => {
  const trace = readTrace(name);
  const { heard } = await replayOnEmulator(trace, SCENARIOS[name]!);
  for (const exchange of exchangesOf(trace)) expectSame(trace, exchange, heard.get(exchange.request.conn));
});
