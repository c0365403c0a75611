import type { Bench } from '../figure';
import { request } from '../support/request';
import { install } from '../support/services';
import { startSimulatedAgents, startSimulatedGrid } from '../support/simulated';
import { median, percentile, timeEach } from '../support/statistics';

const SERVICES = 100;
const AT_ONCE = 10;
const WARM_UP = 20;
const READS = 300;

/** 100 services of one instance each, listed one request after the other; the floor is the same question put to Temporal itself. */
export const servicesLists: Bench = {
  name: 'services/lists',
  run: async (site) => {
    const grid = await startSimulatedGrid(site);
    const { client, namespace } = grid;
    const endAgents = await startSimulatedAgents(site, grid, 0, SERVICES);
    site.tell(`installing ${SERVICES} services of simulated instances`);
    const names = Array.from({ length: SERVICES }, (_, i) => `s${i}`);
    const lane = async () => {
      for (let name = names.shift(); name; name = names.shift()) await install(grid, name, 1);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    site.tell('reading');
    const timed = async (work: () => Promise<unknown>) => {
      await timeEach(WARM_UP, work);
      return timeEach(READS, work);
    };
    const listed = (query: string) => client.workflowService.listWorkflowExecutions({ namespace, query, pageSize: 2 * SERVICES });
    const page = await timed(() => request(grid.api, 'GET', `/api/v1/lifecycles?kind=service&limit=${SERVICES}`));
    const pageFloor = await timed(() => listed(`GridKind = 'service'`));
    const ids = await timed(() => request(grid.api, 'GET', '/services/_list'));
    const idsFloor = await timed(() => listed(`GridKind IN ('service', 'instance')`));
    const { length } = (await request<{ lifecycles: unknown[] }>(grid.api, 'GET', `/api/v1/lifecycles?kind=service&limit=${SERVICES}`)).body.lifecycles;
    const { body } = await request<string[]>(grid.api, 'GET', '/services/_list');
    if (length !== SERVICES || body.length !== 2 * SERVICES) throw new Error(`the lists have ${length} services and ${body.length} ids`);
    await endAgents();
    await grid.stop();
    const p99 = (samples: number[]) => percentile(samples, 0.99);
    const also = (samples: number[]) => `p99 of ${samples.length}, median ${median(samples).toFixed(1)} ms`;
    return [
      { what: `page of ${SERVICES} services (lifecycles)`, value: p99(page), unit: 'ms', floor: p99(pageFloor), note: also(page) },
      { what: `${SERVICES} services and their instances (seed)`, value: p99(ids), unit: 'ms', floor: p99(idsFloor), note: also(ids) },
    ];
  },
};
