import { maySee, type Caller } from '../../model/access';
import { urgentFirst } from '../../model/attention';
import { agentId, computeId } from '../../model/ids';
import type { Summary } from '../../model/lifecycle';
import type { Machine } from '../../model/machine';
import { OVER } from '../../model/states';
import { LIST_MS } from '../machines/list_machines';
import { callMachines } from '../temporal/machine_call';
import { page } from './page';
import { Ago, Amount, LinkTo, Table, Why, Word } from './parts';

/** No event tells what drivers see, and each look asks all of them. */
const EVERY_MS = 60_000;

/** Where everything runs and how full that is: computes, their hosts, and the machines on them as their drivers see them now. */
export const machinesPage = page({ method: 'get', path: '/ui/machines' }, async (c, _input, grid) => {
  const [living, { machines, unreachable }] = await Promise.all([grid.board.living(), callMachines(grid, { op: 'list' }, LIST_MS, c.req.raw.signal)]);
  const { caller } = grid;
  const computes = urgentFirst(living.filter((one) => one.kind === 'compute' && maySee(caller, one)));
  const instances = byAgent(living.filter(({ kind, state }) => kind === 'instance' && !OVER.includes(state)));
  return {
    title: 'Machines', everyMs: EVERY_MS,
    body: (
      <>
        <h1>Machines</h1>
        {unreachable.map(({ compute, reason }) => <p class="notice">{compute} cannot be asked: {reason}</p>)}
        {computes.map((one) => <Compute compute={one} machines={machines.filter(({ compute }) => computeId(compute) === one.id)} instances={instances} caller={caller} />)}
        <Table
          id="machines" name="All machines" none="There is none."
          columns={[{ title: 'Machine' }, { title: 'State' }, { title: 'Owner' }, { title: 'Host', wide: true }, { title: 'Address', whole: true }, { title: 'Reference', wide: true }, { title: 'Age', right: true, wide: true }]}
          rows={[...machines].sort((a, b) => (a.id < b.id ? -1 : 1)).map((one) => [
            one.id, <Word>{wordOf(one)}</Word>, <LinkTo id={one.owner} caller={caller} />, one.host, one.address, referenceOf(one), <Ago at={one.startedAt} />,
          ])}
        />
      </>
    ),
  };
});

function byAgent(instances: readonly Summary[]): Map<string, Summary[]> {
  const found = new Map<string, Summary[]>();
  for (const one of instances) if (typeof one.detail.agent === 'number') found.set(agentId(one.detail.agent), [...(found.get(agentId(one.detail.agent)) ?? []), one]);
  return found;
}

const wordOf = ({ state, health }: Machine): string => (health?.status === 'unhealthy' ? 'unhealthy' : state);

/** What finds the machine in its driver: the first of what the driver recorded. */
const referenceOf = ({ ref }: Machine): string => Object.entries(ref).slice(0, 1).map(([key, value]) => `${key} ${value}`).join('');

interface OnCompute {
  compute: Summary;
  machines: readonly Machine[];
  instances: ReadonlyMap<string, readonly Summary[]>;
  caller: Caller;
}

function Compute({ compute, machines, instances, caller }: OnCompute) {
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
                <li class={one.state === 'running' && one.health?.status !== 'unhealthy' ? 'good' : 'bad'} title={one.id}>
                  <Who machine={one} instances={instances.get(one.owner) ?? []} caller={caller} />{wordOf(one) === 'running' ? '' : ` ${wordOf(one)}`}
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ul>}
    </section>
  );
}

/** A node of a cluster, or the instances that an agent has there. */
const Who = ({ machine: { node, owner }, instances, caller }: { machine: Machine; instances: readonly Summary[]; caller: Caller }) => (
  <>
    {instances.length === 0 ? `${node} of ` : instances.map(({ id }) => <><LinkTo id={id} caller={caller} /> on </>)}
    <LinkTo id={owner} caller={caller} />
  </>
);
