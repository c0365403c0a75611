import type { Caller } from '../../model/access';
import { computeId } from '../../model/ids';
import type { Summary } from '../../model/lifecycle';
import type { Machine } from '../../model/machine';
import { openLifecyclesQuery } from '../../process/visibility';
import { LIST_MS } from '../machines/list_machines';
import { callMachines } from '../temporal/machine_call';
import { allSummaries } from '../temporal/summaries';
import { page } from './page';
import { Ago, Amount, LinkTo, Table, Why, Word } from './parts';

/** No event tells what drivers see, and each look asks all of them. */
const EVERY_MS = 60_000;

/** Where everything runs and how full that is: computes, their hosts, and the machines on them as their drivers see them now. */
export const machinesPage = page({ method: 'get', path: '/ui/machines' }, async (c, _input, grid) => {
  const [computes, { machines, unreachable }] = await Promise.all([
    allSummaries(grid, openLifecyclesQuery('compute/')), callMachines(grid, { op: 'list' }, LIST_MS, c.req.raw.signal),
  ]);
  const { caller } = grid;
  return {
    title: 'Machines', everyMs: EVERY_MS,
    body: (
      <>
        <h1>Machines</h1>
        {unreachable.map(({ compute, reason }) => <p class="notice">{compute} cannot be asked: {reason}</p>)}
        {computes.map((one) => <Compute compute={one} machines={machines.filter(({ compute }) => computeId(compute) === one.id)} caller={caller} />)}
        <Table
          id="machines" name="All machines" none="There is none."
          columns={[{ title: 'Machine' }, { title: 'State' }, { title: 'Owner' }, { title: 'Host', wide: true }, { title: 'Address' }, { title: 'Reference', wide: true }, { title: 'Age', right: true, wide: true }]}
          rows={[...machines].sort((a, b) => (a.id < b.id ? -1 : 1)).map((one) => [
            one.id, <Word>{wordOf(one)}</Word>, <LinkTo id={one.owner} caller={caller} />, one.host, one.address, referenceOf(one), <Ago at={one.startedAt} />,
          ])}
        />
      </>
    ),
  };
});

const wordOf = ({ state, health }: Machine): string => (health?.status === 'unhealthy' ? 'unhealthy' : state);

/** What finds the machine in its driver: the first of what the driver recorded. */
const referenceOf = ({ ref }: Machine): string => Object.entries(ref).slice(0, 1).map(([key, value]) => `${key} ${value}`).join('');

interface OnCompute {
  compute: Summary;
  machines: readonly Machine[];
  caller: Caller;
}

function Compute({ compute, machines, caller }: OnCompute) {
  const { name, driver, hosts, cpuUsed, cpuTotal, memMiBUsed, memMiBTotal, disksUsed, disksTotal } = compute.detail;
  const number = (value: unknown): number => Number(value ?? 0);
  const id = `compute-${name}`;
  return (
    <section id={id} aria-labelledby={`${id}-name`}>
      <h2 id={`${id}-name`}><LinkTo id={compute.id} caller={caller}>{name}</LinkTo></h2>
      <p><Word>{compute.state}</Word> {driver} <Why of={compute} /></p>
      {hosts ? (
        <>
          <Amount of="CPU" used={number(cpuUsed)} total={number(cpuTotal)} />
          <Amount of="Memory" used={number(memMiBUsed)} total={number(memMiBTotal)} unit=" MiB" />
          <Amount of="Disks" used={number(disksUsed)} total={number(disksTotal)} />
        </>
      ) : null}
      {machines.length === 0 ? null : <ul class="hosts">
        {[...new Set(machines.map(({ host }) => host))].sort().map((host) => (
          <li>
            <h3>{host}</h3>
            <ul class="tenants">
              {machines.filter((one) => one.host === host).map((one) => (
                <li class={one.state === 'running' && one.health?.status !== 'unhealthy' ? 'good' : 'bad'} title={one.id}>{one.node} of <LinkTo id={one.owner} caller={caller} />{wordOf(one) === 'running' ? '' : ` ${wordOf(one)}`}</li>
              ))}
            </ul>
          </li>
        ))}
      </ul>}
    </section>
  );
}
