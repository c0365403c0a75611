import { openLeader, type Leader } from '../../../activities/machines/mesos/client/leader';
import { getFromMaster } from '../../../activities/machines/mesos/client/operator';
import { subscribe, type End, type Subscription } from '../../../activities/machines/mesos/client/subscribe';
import { MasterRefusal, MasterUnreachable } from '../../../activities/machines/mesos/client/trouble';
import type { FrameworkCall, FrameworkInfo, SchedulerEvent } from '../../../model/mesos/protocol';
import { recordedMaster, type RecordedMaster } from '../../mesos/support/recorded_master';
import { exchangesOf, headerOf, ofKind, readTrace, streamIdOf, TRACE_NAMES, type Exchange } from '../../mesos/support/traces';

/** The client on what a real master said: it asks as the recorded caller did, and hears all that was said, in order. */

const leaderAt = ({ port }: RecordedMaster, authorization?: string): Leader =>
  openLeader({ compute: 'dc1', shown: 'the recording', at: [{ host: '127.0.0.1', port }], ...(authorization ? { authorization: async () => authorization } : {}) });

const USUAL = new Set(['host', 'content-type', 'accept', 'content-length', 'authorization', 'accept-encoding']);

/** What this client, too, would say in this way. */
const isUsual = ({ request }: Exchange) =>
  request.method === 'POST' && request.path === '/api/v1/scheduler' && request.body?.type === 'SUBSCRIBE' && headerOf(request, 'content-type') === 'application/json' &&
  headerOf(request, 'accept') === 'application/json' && Object.keys(request.headers).every((name) => USUAL.has(name.toLowerCase())) && Boolean(infoOf(request.body));

const infoOf = (body: any): FrameworkInfo | undefined => body?.subscribe?.framework_info;

/** The caller's own extras that have nothing to do with what is said back. */
const plain = (body: any) => ({ type: body.type, ...(body.framework_id ? { framework_id: body.framework_id } : {}), subscribe: { framework_info: body.subscribe.framework_info } });

const callsOn = (exchanges: readonly Exchange[], stream: Exchange) => exchanges.filter(({ request, response }) =>
  response && request.path === '/api/v1/scheduler' && request.method === 'POST' && headerOf(request, 'content-type') === 'application/json' &&
  headerOf(request, 'mesos-stream-id') === streamIdOf(stream) && request.body?.framework_id && request.body.type !== 'SUBSCRIBE');

const WHY: Record<string, End['why']> = { 'closed locally': 'called_off', 'server closed (FIN)': 'broken' };

function expectedEnd({ end, events }: Exchange): End['why'] {
  const last = events.at(-1)?.event;
  if (last?.type !== 'ERROR') return WHY[end?.why ?? ''] ?? (end ? 'torn_down' : 'called_off');
  if (last.error.message === 'Framework failed over') return 'failed_over';
  return last.error.message === 'Framework has been removed' ? 'removed' : 'refused';
}

async function replay(stream: Exchange, calls: readonly Exchange[]) {
  const master = await recordedMaster(stream, calls);
  const heard: SchedulerEvent[] = [];
  const outcomes: { status?: number; said: string }[] = [];
  const over = new AbortController();
  const expected = stream.events.filter(({ event }) => event.type !== 'HEARTBEAT' && event.type !== 'ERROR').length;
  const enough = () => expectedEnd(stream) === 'called_off' && heard.length === expected && outcomes.length === calls.length && over.abort();
  const make = async (on: Subscription) => {
    for (const { request } of calls) {
      const { framework_id: _f, ...call } = request.body;
      outcomes.push(await on.call(call as FrameworkCall).then(() => ({ said: '' }), ({ status, said }: MasterRefusal) => ({ status, said })));
    }
    enough();
  };
  let making = Promise.resolve();
  const end = await subscribe(leaderAt(master, headerOf(stream.request, 'authorization')), infoOf(stream.request.body)!, {
    async onSubscribed(on) {
      heard.push({ type: 'SUBSCRIBED', subscribed: on.subscribed });
      making = make(on);
    },
    async onEvent(event) {
      heard.push(event);
      enough();
    },
  }, over.signal);
  await making;
  await master.close();
  return { heard, outcomes, end, asked: master.asked };
}

describe.each(TRACE_NAMES)('%s', (name) => {
  const trace = readTrace(name);
  const exchanges = exchangesOf(trace);
  const streams = exchanges.filter((one) => one.head && isUsual(one));
  const refused = exchanges.filter((one) => one.response && one.response.status !== 307 && isUsual(one));
  const asked = exchanges.filter(({ request, response, closed }) => request.path === '/api/v1' && (response?.status === 200 || closed) && /^GET_(HEALTH|VERSION|MASTER|AGENTS|FRAMEWORKS|TASKS)$/.test(request.body?.type) && headerOf(request, 'host') !== '127.0.0.1:5051');

  test('each stream is asked for, heard in order, and ends for the reason for which it ended', async () => {
    for (const stream of streams) {
      const calls = callsOn(exchanges, stream);
      const { heard, outcomes, end, asked: said } = await replay(stream, calls);
      expect(heard).toEqual(stream.events.map(({ event }) => event).filter(({ type }) => type !== 'HEARTBEAT' && type !== 'ERROR'));
      expect(end.why).toBe(expectedEnd(stream));
      const [first, ...rest] = said;
      expect(first).toMatchObject({ method: 'POST', path: '/api/v1/scheduler', body: plain(stream.request.body), headers: { 'content-type': 'application/json', accept: 'application/json' } });
      expect(first!.headers['mesos-stream-id']).toBeUndefined();
      expect(first!.headers.authorization).toBe(headerOf(stream.request, 'authorization'));
      expect(rest.map(({ body }) => body)).toEqual(calls.map(({ request }) => request.body));
      expect(rest.every(({ headers }) => headers['mesos-stream-id'] === streamIdOf(stream) && headers['content-type'] === 'application/json')).toBe(true);
      expect(outcomes).toEqual(calls.map(({ response }) => (response!.status < 300 ? { said: '' } : { status: response!.status, said: response!.body_text })));
    }
    expect(streams.length + refused.length + asked.length + ofKind(trace.entries, 'note').length).toBeGreaterThan(0);
  });

  if (refused.length > 0) {
    test('a subscription that was refused is refused in the words of the master', async () => {
      for (const one of refused) {
        const master = await recordedMaster(undefined, [one]);
        const listener = { onSubscribed: async () => {}, onEvent: async () => {} };
        const failure = await subscribe(leaderAt(master, headerOf(one.request, 'authorization')), infoOf(one.request.body)!, listener, new AbortController().signal).catch((error: unknown) => error);
        await master.close();
        expect(failure).toBeInstanceOf(MasterRefusal);
        expect(failure).toMatchObject({ status: one.response!.status, said: one.response!.body_text, problem: { code: one.response!.status === 401 ? 'master_denied' : 'master_refused' } });
      }
    });
  }

  if (asked.length > 0) {
    test('what operators ask is answered', async () => {
      for (const one of asked) {
        const master = await recordedMaster(undefined, [one]);
        const answer = await getFromMaster(leaderAt(master), one.request.body.type, new AbortController().signal);
        await master.close();
        expect(master.asked).toMatchObject([{ method: 'POST', path: '/api/v1', body: { type: one.request.body.type } }]);
        expect(answer).toEqual(one.response!.body[one.request.body.type.toLowerCase()] ?? {});
      }
    });
  }
});

test('where another master leads, it is asked there, with the same words', async () => {
  const away = exchangesOf(readTrace('21-leader-redirect')).find(({ request, response }) => request.body?.type === 'SUBSCRIBE' && response?.status === 307)!;
  const there = exchangesOf(readTrace('21-leader-redirect')).find((one) => one.head && isUsual(one))!;
  const leading = await recordedMaster(there, []);
  const other = await recordedMaster(undefined, [{ ...away, response: { ...away.response!, headers: { ...away.response!.headers, Location: away.response!.headers['Location']!.replace(/:\d+/, `:${leading.port}`) } } }]);
  const over = new AbortController();
  await subscribe(leaderAt(other), infoOf(there.request.body)!, { onSubscribed: async () => over.abort(), onEvent: async () => {} }, over.signal);
  expect(leading.asked[0]).toMatchObject({ method: 'POST', path: '/api/v1/scheduler', body: other.asked[0]!.body });
  await Promise.all([leading.close(), other.close()]);
});

test('a master that goes without an answer leaves it unknown whether it heard', async () => {
  const gone = exchangesOf(readTrace('08b-unknown-call-crash')).find(({ closed }) => closed)!;
  const master = await recordedMaster(undefined, [gone]);
  const failure = await getFromMaster(leaderAt(master), 'GET_HEALTH', new AbortController().signal).catch((error: unknown) => error);
  await master.close();
  expect(failure).toBeInstanceOf(MasterUnreachable);
  expect(failure).toMatchObject({ delivered: true, passing: true });
});
