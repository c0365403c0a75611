import type { ClusterDocument } from '../../model/cluster_views';
import type { RunDocument } from '../../model/environment/run';
import type { Lifecycle, Verb } from '../../model/lifecycle';
import type { ComputeDocument } from '../../model/messages';
import type { AgentDocument } from '../../model/services/agent_state';
import type { InstanceDocument } from '../../model/services/instance_state';
import type { ServiceDocument } from '../../model/services/service_state';
import type { Ctx, Grid } from '../http/grid';
import { viewLifecycle } from '../lifecycles/view_lifecycle';

type Always = Pick<Lifecycle, 'id' | 'kind' | 'owner' | 'state' | 'conditions' | 'steps' | 'timeline'>;

/** A lifecycle as pages show it; without a worker that answers, only its summary is known. */
export interface Shown extends
  Always, Partial<Pick<Lifecycle, 'operation' | 'paused'>>,
  Partial<Pick<ClusterDocument, 'nodes' | 'roles' | 'options' | 'compute' | 'dnsname'>>,
  Partial<Pick<ServiceDocument, 'wish' | 'generations' | 'recommendation' | 'held'>>,
  Partial<Pick<InstanceDocument, 'service' | 'instance' | 'agent' | 'making' | 'vitals' | 'properties'>>,
  Partial<Pick<AgentDocument, 'number' | 'generation' | 'place' | 'hello' | 'agentRestarts' | 'machineRestarts' | 'silence'>>,
  Partial<Pick<ComputeDocument, 'connector' | 'usage' | 'reservations' | 'waiting' | 'draining' | 'holdings' | 'away'>>,
  Partial<Pick<RunDocument, 'plan' | 'said' | 'request'>> {
  verbs: Verb[];
  links: { self: string; temporal?: string };
  run: { id: string; status: string };
  createdAt: string;
  stale?: boolean;
  /** Of a service what it knows of them, of an agent which it has. */
  instances?: ServiceDocument['instances'] | AgentDocument['instances'];
  /** Of an instance: where its agent is. */
  at?: InstanceDocument['at'];
}

/** @throws Problem 404, 503 */
export const shownLifecycle = async (c: Ctx, grid: Grid, id: string): Promise<Shown> => (await viewLifecycle(c, grid, id)) as Shown;
