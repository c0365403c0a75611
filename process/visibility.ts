import type { LifecycleKind } from '../model/ids';
import { SEARCH_ATTRIBUTES } from '../model/messages';

/** A value inside a visibility query; whatever it holds, it stays one value. */
export const quoted = (value: string): string => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

/** Runs that only passed their state on to the next one are no lifecycles of their own. */
const LATEST_RUN = "ExecutionStatus != 'ContinuedAsNew'";

const all = (...terms: (string | undefined)[]): string => [...terms.filter((t) => t !== undefined), LATEST_RUN].join(' AND ');

/** Of those that a list finds, what this owner may see: his own, and what belongs to nobody. */
export const seenBy = (owner: string, query: string): string => `${query} AND ${SEARCH_ATTRIBUTES.owner} IN ('', ${quoted(owner)})`;

export interface Filter {
  kind?: LifecycleKind;
  state?: string;
  owner?: string;
  blocked?: boolean;
}

const TYPES: Record<LifecycleKind, string> = {
  compute: 'compute', product: 'product', launch: 'launchCluster', cluster: 'cluster', call: 'machineCall',
  service: 'service', instance: 'instance', agent: 'agent', planner: 'deploymentPlanner', capacity: 'capacityRules',
  run: 'environmentRun', environment: 'environment', webhook: 'webhook', framework: 'mesosFramework',
};
/** Instances of the environment, which are instances like those of services. */
const MODELLED = 'modelledInstance';
const LISTED = [...Object.values(TYPES).filter((type) => type !== TYPES.call), MODELLED];

/** Lifecycles by what they are; without a kind, all but the short calls on machines. */
export function lifecyclesQuery({ kind, state, owner, blocked }: Filter): string {
  const types = kind === undefined ? LISTED : [TYPES[kind], ...(kind === 'instance' ? [MODELLED] : [])];
  return all(
    `WorkflowType IN (${types.map(quoted).join(', ')})`,
    state === undefined ? undefined : `${SEARCH_ATTRIBUTES.state} = ${quoted(state)}`,
    owner === undefined ? undefined : `${SEARCH_ATTRIBUTES.owner} = ${quoted(owner)}`,
    blocked === undefined ? undefined : `${SEARCH_ATTRIBUTES.blocked} = ${blocked}`,
  );
}

/** Lifecycles that live. */
export const livingQuery = (filter: Filter): string => `${lifecyclesQuery(filter)} AND ExecutionStatus = 'Running'`;

/** Those of these lifecycles that live. */
export const livingAmongQuery = (ids: readonly string[]): string => `WorkflowId IN (${ids.map(quoted).join(', ')}) AND ExecutionStatus = 'Running'`;

/** Lifecycles that have ended. @param at since then, ISO 8601; else whenever */
export const endedQuery = (filter: Filter, at?: string): string => all(lifecyclesQuery(filter), "ExecutionStatus != 'Running'", at === undefined ? undefined : `CloseTime >= ${quoted(at)}`);

/** Lifecycles that have published a change since then, whatever became of them. @param at ISO 8601 */
export const changedQuery = (at: string, filter: Filter): string => `${lifecyclesQuery(filter)} AND ${SEARCH_ATTRIBUTES.changedAt} >= ${quoted(at)}`;

/** Quotas of owners. */
export const quotasQuery = (): string => "WorkflowType = 'quota' AND ExecutionStatus = 'Running'";

/** Instances of the environment. */
export const modelledQuery = (): string => all(`WorkflowType = ${quoted(MODELLED)}`);

/** Lifecycles by the beginning of their id. */
export const prefixQuery = (prefix: string): string => all(`WorkflowId STARTS_WITH ${quoted(prefix)}`);

/** Lifecycles by the beginning of their id, as long as they live. */
export const openLifecyclesQuery = (prefix: string): string => `WorkflowId STARTS_WITH ${quoted(prefix)} AND ExecutionStatus = 'Running'`;
