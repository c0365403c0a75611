import { clearCondition, setCondition, type Lifecycle } from '../../model/lifecycle';
import type { InstanceVitals } from '../../model/services/agent_protocol';
import type { AgentAt } from '../../model/services/instance_state';
import type { AgentStands } from '../../model/services/messages';
import { publishSoon } from '../lifecycle/publish';
import { now, type Run } from '../lifecycle/run';

/** Longest time of one action. */
export const ACTION_TIMEOUT_MS = 300_000;
/** An operation may run several actions one after the other. */
export const PHASE_TIMEOUT_MS = 3 * ACTION_TIMEOUT_MS;

/** An instance on the machine of an agent, whoever wants it there. */
export interface OnMachine extends Lifecycle {
  agent: number | null;
  at: AgentAt | null;
  agentGone: boolean;
  runsOn: { machine: string; generation: number } | null;
  making: { generation: number } | null;
  vitals: InstanceVitals | null;
}

/** What its agent cannot do for it any more is called off; it begins again when there is an agent. */
export function noteAgent<S extends OnMachine>(run: Run<S>, { agent, at, reason, gone }: AgentStands): void {
  const { state } = run;
  if (agent !== state.agent) return;
  const left = state.at !== null && state.at.machine !== at?.machine;
  Object.assign(state, { at, agentGone: gone });
  if (at) clearCondition(state, 'Unreachable');
  else if (left || state.runsOn) setCondition(state, 'Unreachable', gone ? 'agent_lost' : 'agent_silent', reason, now());
  // What ran on a machine that is gone does not run.
  if (gone) state.runsOn = null;
  if (left) run.scope?.cancel();
  publishSoon(run);
}

/** How it is, as its agent sees it; what is not well is a condition, the agent mends it by itself. */
export function noteVitals<S extends OnMachine>(run: Run<S>, vitals: InstanceVitals): void {
  const { state } = run;
  if (vitals.generation !== state.making?.generation) return;
  state.vitals = vitals;
  if (vitals.health === 'failing') setCondition(state, 'Degraded', 'failing', vitals.reason ?? 'its check fails', now());
  else clearCondition(state, 'Degraded');
  publishSoon(run);
}

/** It was brought up where its agent is, made of what it is to be made of. */
export function settled({ state }: { state: OnMachine }): void {
  state.runsOn = { machine: state.at!.machine, generation: state.making!.generation };
  clearCondition(state, 'Unreachable');
  clearCondition(state, 'Degraded');
}
