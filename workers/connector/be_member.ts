import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../../config';
import { connect } from '../../process/connect';
import { joinMembers } from '../../process/join_members';

/**
 * Joins the grid that this connector is beside: that of the Temporal server that is named, else the one that runs on this
 * home. Beside none it is nobody's member.
 * @returns what leaves it again
 */
export function beMember(config: Config, complain: (why: string) => void): () => Promise<void> {
  const temporal = config.temporal.given ? config.temporal : gridAt(config);
  if (!temporal) return async () => undefined;
  const client = connect(temporal);
  return joinMembers(client, { kind: 'connector', hostname: config.hostname, queue: null, leaseMs: config.memberLeaseMs }, complain).leave;
}

/** Where the grid on this home says that its Temporal server is. */
function gridAt({ home, temporal }: Config): Config['temporal'] | undefined {
  try {
    const { temporalAddress: address, namespace } = JSON.parse(readFileSync(join(home, 'grid.json'), 'utf8')) as { temporalAddress?: string; namespace: string };
    return address === undefined ? undefined : { ...temporal, connection: { address }, namespace };
  } catch {
    return undefined;
  }
}
