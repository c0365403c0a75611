import { Breaking, Table, Word } from '../parts';
import type { Shown } from '../shown';

/** What a cluster consists of. */
export const ClusterParts = ({ life: { nodes = [], roles = [] } }: { life: Shown }) => (
  <>
    <Table
      id="nodes" name="Nodes" none="There is none."
      columns={[{ title: 'Node' }, { title: 'Status' }, { title: 'Host' }, { title: 'Address', whole: true }, { title: 'CPU', right: true, wide: true }, { title: 'Memory MiB', right: true, wide: true }, { title: 'Machine', wide: true }]}
      rows={nodes.map((node) => [
        node.name, <><Word>{node.status}</Word>{node.unhealthy ? ` unhealthy: ${node.unhealthy}` : ''}</>, node.host, node.address, node.cpu, node.mem, <Breaking>{node.machine}</Breaking>,
      ])}
    />
    <Table
      id="roles" name="Roles" none="There is none." columns={[{ title: 'Role' }, { title: 'Status' }, { title: 'Nodes' }]}
      rows={roles.map((role) => [role.name, <Word>{role.status}</Word>, role.nodes.join(' ')])}
    />
  </>
);
