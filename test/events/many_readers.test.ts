import { Socket } from 'node:net';
import { queryObjects } from 'node:v8';
import { firstSummary, startOptions } from '../../api/temporal/start';
import { changeIdOf } from '../../model/events/change_id';
import { eventually, makeNamespace, NO_RATES, startApi, type ApiUnderTest } from '../api/support/api_under_test';
import { listen, type Listener } from '../support/events';

const AT_MOST = 1_000;
let grid: ApiUnderTest;

beforeAll(async () => {
  grid = await startApi({ rates: NO_RATES, streamLimits: { perCaller: AT_MOST, all: AT_MOST, longestMs: 600_000, beatMs: 5_000 } });
  await makeNamespace(grid);
});
afterAll(() => grid.end());

const held = () => {
  // For what it does first: it collects all garbage.
  queryObjects(Socket);
  const resources = process.getActiveResourcesInfo().filter((one) => one === 'Timeout' || one === 'TCPSocketWrap').length;
  return { resources, heapMiB: process.memoryUsage().heapUsed / 2 ** 20 };
};

/** Nobody carries it out: no worker is needed to tell what changes. */
test('a thousand readers that go away without a word leave nothing behind: no connection, no timer, no memory', async () => {
  const summary = firstSummary({ id: 'product/thousand/1', kind: 'product', owner: '', state: 'registered', detail: {} });
  await grid.client.workflow.start('product', { ...startOptions(summary, 'read by many'), taskQueue: 'nobody', args: [] });
  const url = `${grid.api}/api/v1/lifecycles/${summary.id}/events`;
  const comeAndGo = async (count: number) => {
    const open: Listener[] = [];
    while (open.length < count) {
      const more = await Promise.all(Array.from({ length: Math.min(50, count - open.length) }, () => listen(url, { 'last-event-id': changeIdOf(summary) })));
      // A busy machine does not answer each in time.
      more.forEach((reader) => (reader.status === 200 ? open.push(reader) : reader.drop()));
    }
    open.forEach((reader) => reader.drop());
    await eventually(grid.connections, (left) => left <= 1);
  };
  await comeAndGo(50);
  const before = held();
  // More only fit where those before are gone.
  await comeAndGo(AT_MOST);
  await eventually(async () => held(), ({ resources, heapMiB }) => resources <= before.resources + 5 && heapMiB <= before.heapMiB + 8);
}, 300_000);
