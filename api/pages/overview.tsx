import { maySee } from '../../model/access';
import { needsAPerson, urgentFirst } from '../../model/attention';
import type { Summary } from '../../model/lifecycle';
import { OVER } from '../../model/states';
import type { Grid } from '../http/grid';
import { problemOf } from '../temporal/failures';
import { page } from './page';
import { Ago, LinkTo, rounded, Table, Why, Word } from './parts';

/** So many of a kind are shown here, those that need a person first; the list has all. */
const MOST = 50;

/** What is up, what waits for a person, and everything that runs. */
export const overview = page({ method: 'get', path: '/' }, async (_c, _input, grid) => {
  const [{ temporal, controlWorker }, living] = await Promise.all([grid.readiness.lately(), livingOrNone(grid)]);
  const of = (kind: Summary['kind']) => urgentFirst(living.filter((one) => one.kind === kind && !OVER.includes(one.state)));
  const [clusters, services, computes, agents] = [of('cluster'), of('service'), of('compute'), of('agent')];
  return {
    title: 'Service Grid', events: '/api/v1/events',
    body: (
      <>
        <h1>Service Grid</h1>
        <p class="up">
          Temporal <Word>{temporal ? 'up' : 'down'}</Word> · control workers <Word>{controlWorker ? 'up' : 'down'}</Word>
          {!temporal ? ' What there is cannot be read until it answers; what was launched runs on.' : controlWorker ? null : ' What is going on stands still until one runs; this is how it last was.'}
        </p>
        <Waiting grid={grid} lifecycles={needsAPerson(living)} />
        <Clusters grid={grid} clusters={clusters} />
        <More of={clusters} kind="cluster" />
        <Services grid={grid} services={services} />
        <More of={services} kind="service" />
        <Computes grid={grid} computes={computes} />
        <More of={computes} kind="compute" />
        <Agents grid={grid} agents={agents} />
        <More of={agents} kind="agent" />
      </>
    ),
  };
});

/** Of all that lives what the caller may see. While Temporal is away nothing is known, and the page says so. */
async function livingOrNone({ board, caller }: Grid): Promise<Summary[]> {
  try {
    return (await board.living()).filter((one) => maySee(caller, one));
  } catch (error) {
    if (problemOf(error)?.status === 503) return [];
    throw error;
  }
}

/** The way to those that are not shown. */
const More = ({ of, kind }: { of: readonly Summary[]; kind: string }) =>
  of.length <= MOST ? null : <p><a href={`/ui/lifecycles?kind=${kind}`}>{of.length - MOST} more</a></p>;

const text = ({ detail }: Summary, key: string): string => String(detail[key] ?? '');
const share = (of: Summary, used: string, total: string): string => (of.detail[total] === undefined ? '' : `${rounded(Number(of.detail[used] ?? 0))}/${of.detail[total]}`);
const nameIn = (id: string): string => id.slice(id.indexOf('/') + 1);

const Waiting = ({ grid: { caller }, lifecycles }: { grid: Grid; lifecycles: Summary[] }) => (
  <Table
    id="waiting" name="Waits for a person" none="Nothing: all goes by itself."
    columns={[{ title: 'Lifecycle' }, { title: 'State' }, { title: 'Why' }, { title: 'Step', wide: true }, { title: 'Changed', right: true, wide: true }]}
    rows={lifecycles.slice(0, MOST).map((one) => [<LinkTo id={one.id} caller={caller} />, <Word>{one.state}</Word>, <Why of={one} />, one.step, <Ago at={one.updatedAt} />])}
  />
);

const Clusters = ({ grid: { caller }, clusters }: { grid: Grid; clusters: Summary[] }) => (
  <Table
    id="clusters" name="Clusters" none={<>There is none. <code>grid launch</code> makes one.</>}
    columns={[{ title: 'Cluster' }, { title: 'State' }, { title: 'Nodes', right: true }, { title: 'Compute', wide: true }, { title: 'Step', wide: true }, { title: 'Why', wide: true }, { title: 'Age', right: true, wide: true }]}
    rows={clusters.slice(0, MOST).map((one) => [
      <LinkTo id={one.id} caller={caller}>{nameIn(one.id)}</LinkTo>, <Word>{text(one, 'status') || one.state}</Word>, share(one, 'running', 'nodes'), text(one, 'compute'), one.step, <Why of={one} />, <Ago at={one.createdAt} />,
    ])}
  />
);

const Services = ({ grid: { caller }, services }: { grid: Grid; services: Summary[] }) => (
  <Table
    id="services" name="Services" none={<>There is none. <code>grid install</code> makes one.</>}
    columns={[{ title: 'Service' }, { title: 'State' }, { title: 'Up', right: true }, { title: 'Recipe', wide: true }, { title: 'Why' }, { title: 'Age', right: true, wide: true }]}
    rows={services.slice(0, MOST).map((one) => [
      <LinkTo id={one.id} caller={caller}>{nameIn(one.id)}</LinkTo>, <Word>{one.state}</Word>, share(one, 'up', 'planned'), text(one, 'recipe'), <Why of={one} />, <Ago at={one.createdAt} />,
    ])}
  />
);

const Computes = ({ grid: { caller }, computes }: { grid: Grid; computes: Summary[] }) => (
  <Table
    id="computes" name="Computes" none="There is none yet: a control worker makes the first when it starts."
    columns={[{ title: 'Compute' }, { title: 'State' }, { title: 'Driver', wide: true }, { title: 'CPU', right: true }, { title: 'Memory MiB', right: true }, { title: 'Disks', right: true, wide: true }, { title: 'Why' }]}
    rows={computes.slice(0, MOST).map((one) => [
      <LinkTo id={one.id} caller={caller}>{nameIn(one.id)}</LinkTo>, <Word>{one.state}</Word>, text(one, 'driver'), share(one, 'cpuUsed', 'cpuTotal'), share(one, 'memMiBUsed', 'memMiBTotal'), share(one, 'disksUsed', 'disksTotal'), <Why of={one} />,
    ])}
  />
);

const Agents = ({ grid: { caller }, agents }: { grid: Grid; agents: Summary[] }) => (
  <Table
    id="agents" name="Agents" none="There is none: services have them."
    columns={[{ title: 'Agent' }, { title: 'State' }, { title: 'Compute', wide: true }, { title: 'Host', wide: true }, { title: 'Address', whole: true }, { title: 'Why' }]}
    rows={agents.slice(0, MOST).map((one) => [<LinkTo id={one.id} caller={caller} />, <Word>{one.state}</Word>, text(one, 'compute'), text(one, 'host'), text(one, 'address'), <Why of={one} />])}
  />
);
