import { defineQuery, defineSignal, setHandler } from '@temporalio/workflow';
import type { Held } from '../../model/messages';
import type { Recommended } from '../../model/services/capacity_state';
import type { AgentIs, InstanceIs } from '../../model/services/messages';
import { countedNumbers } from '../../model/services/places';
import type { Generation } from '../../model/services/recipe';
import { takePlan } from '../../model/services/service_state';
import type { ServicePlan } from '../../model/services/wish';
import { publishSoon } from '../lifecycle/publish';
import type { ServiceRun } from './service_run';
import { showLack } from './show_lack';

/** What others tell a service: the planner its plan, instances and agents how they are. */
export function handleMessages(run: ServiceRun): void {
  const { state } = run;
  setHandler(defineSignal<[ServicePlan]>('plan'), (plan) => {
    if (plan.uninstall) state.recommendation = null;
    if (takePlan(state, plan)) run.scope?.cancel();
  });
  setHandler(defineSignal<[InstanceIs]>('instanceIs'), ({ instance, ...is }) => {
    const known = state.instances.find((i) => i.instance === instance && i.agent === is.agent);
    if (!known) return;
    run.news += 1;
    Object.assign(known, is, known.leaving ? { up: false } : {});
    showLack(run);
    publishSoon(run);
  });
  setHandler(defineSignal<[AgentIs]>('agentIs'), ({ agent, progress, reason, over }) => {
    run.news += 1;
    if (over) state.agents = state.agents.filter((n) => n !== agent);
    const known = state.instances.find((i) => i.agent === agent);
    if (!known) return;
    known.agentProgress = progress;
    if (!known.up && progress !== 'AGENT_STARTED') known.reason = `agent ${agent}: ${reason || progress}`;
    publishSoon(run);
  });
  setHandler(defineSignal<[Held]>('held'), (held) => {
    run.news += 1;
    const known = state.held?.[held.compute];
    if (known && known.sequence > held.sequence) return;
    (state.held ??= {})[held.compute] = held;
    if (held.wanted === 0 && held.applied && !Object.hasOwn(countedNumbers(state.plan.wish), held.compute)) delete state.held[held.compute];
    showLack(run);
    publishSoon(run);
  });
  setHandler(defineSignal<[Recommended]>('recommended'), ({ recommendation }) => {
    state.recommendation = recommendation;
    publishSoon(run);
  });
  setHandler(defineQuery<Generation | null, [number]>('recipe'), (generation) => state.generations.find((g) => g.number === generation) ?? null, {
    description: 'what instances of this generation are made of',
  });
}
