import type { ClusterState } from '../../model/cluster';
import type { Reserved } from '../../model/messages';
import type { Run } from '../lifecycle/run';

export interface ClusterRun extends Run<ClusterState> {
  /** Answers of the compute, by request, until the step that waits takes them. */
  grants: Map<string, Reserved['result']>;
}
