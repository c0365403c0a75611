import type { Bench } from './figure';
import { request } from './support/request';
import { median, percentile, timeEach } from './support/statistics';
import { MANY, thousand } from './support/thousand';

const WARM_UP = 50;
const GETS = 1_000;
const PAGES = 200;
const WHOLE_LISTS = 15;
const PAGE = 100;

/** Reading, one request after the other, while there are 1,000 clusters; the floor is the same question put to Temporal itself. */
export const reads: Bench = {
  name: 'reads',
  run: async (site) => {
    const { grid, ids, seedPath } = await thousand(site);
    const { client, namespace } = grid;
    const any = (i: number) => ids[(i * 37) % ids.length]!;
    const get = (path: string) => request(grid.api, 'GET', path);
    const listed = async (pageSize: number) => client.workflowService.listWorkflowExecutions({ namespace, query: `GridKind = 'cluster'`, pageSize });
    const timed = async (times: number, work: (i: number) => Promise<unknown>) => {
      await timeEach(Math.min(WARM_UP, times), work);
      return timeEach(times, work);
    };
    site.tell('reading');
    const seedGet = await timed(GETS, (i) => get(seedPath(any(i))));
    const describe = await timed(GETS, (i) => client.workflow.getHandle(any(i)).describe());
    const ourGet = await timed(GETS, () => get(`/api/v1/lifecycles/${ids[0]}`));
    const query = await timed(GETS, () => client.workflow.getHandle(ids[0]!).query('document'));
    const coldGet = await timeEach(PAGES, (i) => get(`/api/v1/lifecycles/${any(i)}`));
    const page = await timed(PAGES, () => get(`/api/v1/lifecycles?kind=cluster&limit=${PAGE}`));
    const listPage = await timed(PAGES, () => listed(PAGE));
    const whole = await timed(WHOLE_LISTS, () => get('/bigdata/api/v1/clusters'));
    const listAll = await timed(WHOLE_LISTS, () => listed(MANY));
    const { length } = (await request<{ clusters: unknown[] }>(grid.api, 'GET', '/bigdata/api/v1/clusters')).body.clusters;
    if (length !== MANY) throw new Error(`the list has ${length} clusters, not ${MANY}`);
    const p99 = (samples: number[]) => percentile(samples, 0.99);
    const also = (samples: number[]) => `p99 of ${samples.length}, median ${median(samples).toFixed(1)} ms`;
    return [
      { what: 'GET of a cluster (seed), any of 1,000', value: p99(seedGet), unit: 'ms', floor: p99(describe), limit: 20, note: also(seedGet) },
      { what: 'GET of a cluster (lifecycles), the same one', value: p99(ourGet), unit: 'ms', floor: p99(query), limit: 20, note: also(ourGet) },
      { what: 'GET of a cluster (lifecycles), any of 1,000', value: p99(coldGet), unit: 'ms', note: `${also(coldGet)}; most were dropped from the worker's memory` },
      { what: `page of ${PAGE} of 1,000 clusters`, value: p99(page), unit: 'ms', floor: p99(listPage), limit: 100, note: also(page) },
      { what: 'list of all 1,000 clusters (seed)', value: median(whole), unit: 'ms', floor: median(listAll), limit: 300, note: `median of ${whole.length}` },
    ];
  },
};
