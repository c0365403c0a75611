import type { ClusterState } from '../../model/cluster';
import type { Grants } from '../lifecycle/reserve_room';
import type { Run } from '../lifecycle/run';

export interface ClusterRun extends Run<ClusterState> {
  /** Answers of the compute, by request, until the step that waits takes them. */
  grants: Grants;
}
