import type { Caller } from '../../../model/access';
import type { Reservation } from '../../../model/compute';
import type { ComputeUsage } from '../../../model/messages';
import { serviceId } from '../../../model/ids';
import { Amount, Help, LinkTo, rounded, Table } from '../parts';
import type { Shown } from '../shown';

/** How full each host of a compute is and who is there; who waits for room. */
export const ComputeParts = ({ life: { usage, reservations = [], waiting = [], holdings = {}, draining, away = [] }, caller }: { life: Shown; caller: Caller }) => (
  <>
    {draining ? <p class="notice">It is drained to {draining.to}; waits for {draining.waitsFor.map((id) => <><LinkTo id={id} caller={caller} /> </>)}</p> : null}
    {usage && usage.hosts.length > 0 ? <Hosts usage={usage} reservations={reservations} away={away} caller={caller} /> : null}
    {waiting.length > 0 ? (
      <Table id="waits" name="Waits for room" none="" columns={[{ title: 'Who' }, { title: 'Why' }]} rows={waiting.map(({ owner, reason }) => [<LinkTo id={owner} caller={caller} />, reason])} />
    ) : null}
    {Object.keys(holdings).length > 0 ? (
      <Table
        id="holdings" name="Services there" none="" columns={[{ title: 'Service' }, { title: 'Running', right: true }, { title: 'Why' }]}
        rows={Object.entries(holdings).map(([service, { wanted, running, problem }]) => [<LinkTo id={serviceId(service)} caller={caller} />, `${running ?? '?'}/${wanted}`, <>{problem?.message}<Help code={problem?.code} /></>])}
      />
    ) : null}
  </>
);

interface HostsOf {
  usage: ComputeUsage;
  reservations: readonly Reservation[];
  away: readonly string[];
  caller: Caller;
}

const Hosts = ({ usage: { hosts, networks }, reservations, away, caller }: HostsOf) => (
  <section id="hosts" aria-labelledby="hosts-name">
    <h2 id="hosts-name">Hosts</h2>
    <ul class="hosts">
      {hosts.map((host) => (
        <li>
          <h3>{host.name}{away.includes(host.name) ? ' (cannot be reached)' : ''}</h3>
          <Amount of="CPU" {...host.cpu} />
          <Amount of="Memory" {...host.memMiB} unit=" MiB" />
          <Amount of="Disks" {...host.disks} />
          <Tenants of={tenantsOf(host.name, reservations)} caller={caller} />
        </li>
      ))}
    </ul>
    {networks.map((network) => <p>Network {network.name}: {network.used} of {network.total} addresses taken</p>)}
  </section>
);

const Tenants = ({ of, caller }: { of: ReturnType<typeof tenantsOf>; caller: Caller }) =>
  of.length === 0 ? null : (
    <ul class="tenants">
      {of.map(({ owner, nodes, cpu }) => <li title={`${nodes.join(' ')}: cpu ${cpu}`}><LinkTo id={owner} caller={caller} />{nodes.length > 1 ? ` ×${nodes.length}` : ''}</li>)}
    </ul>
  );

/** Who has something of a host. */
function tenantsOf(host: string, reservations: readonly Reservation[]) {
  return reservations.flatMap(({ owner, allocations }) => {
    const here = allocations.filter((one) => one.host === host);
    return here.length === 0 ? [] : [{ owner, nodes: here.map(({ node }) => node), cpu: rounded(here.reduce((sum, { cpu }) => sum + cpu, 0)) }];
  });
}
