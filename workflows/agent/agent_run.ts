import type { CancellationScope } from '@temporalio/workflow';
import type { AgentState } from '../../model/services/agent_state';
import type { Grants } from '../lifecycle/reserve_room';
import type { Run } from '../lifecycle/run';
import type { Teller } from '../lifecycle/tell';

export interface AgentRun extends Run<AgentState> {
  grants: Grants;
  /** Tells its instances whether it works. */
  stands: Teller;
  /** The watch over the agent's process; cancelled when there is another process to watch, or none. */
  watching: CancellationScope | null;
}
