import type { Allocation, Demand } from './compute';
import type { HostRoom } from './room';

export interface Place {
  host: string;
  disks: string[];
}

/**
 * Gives every node its disks on the host where it goes (P-32): first those that go by name, then to the others the
 * ones they had there, then the first free ones in order, to those that had a place before those that are new.
 */
export function chooseDisks(room: readonly HostRoom[], wanted: readonly Demand[], hosts: ReadonlyMap<string, string>, had: ReadonlyMap<string, Allocation>): Map<string, Place> {
  const free = new Map(room.map((host) => [host.name, new Set(host.disks)]));
  const places = new Map<string, Place>();
  const give = (demand: Demand, choose: (free: Set<string>) => string[]) => {
    const host = hosts.get(demand.node)!;
    const disks = choose(free.get(host)!);
    for (const disk of disks) free.get(host)!.delete(disk);
    places.set(demand.node, { host, disks });
  };
  const before = ({ node }: Demand): readonly string[] => (had.get(node)?.host === hosts.get(node) ? had.get(node)!.disks : []);
  const byNumber = wanted.filter((demand) => !demand.customDisks).sort((a, b) => Number(had.has(b.node)) - Number(had.has(a.node)));
  for (const demand of wanted) if (demand.customDisks) give(demand, () => demand.disks);
  for (const demand of byNumber) give(demand, (left) => before(demand).filter((disk) => left.has(disk)).slice(0, demand.disks.length));
  for (const demand of byNumber) {
    const again = places.get(demand.node)!.disks;
    give(demand, (left) => [...left].slice(0, demand.disks.length - again.length));
    places.get(demand.node)!.disks.unshift(...again);
  }
  return places;
}
