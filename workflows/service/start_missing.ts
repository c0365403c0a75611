import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { condition, patched } from '@temporalio/workflow';
import type { Step } from '../../model/lifecycle';
import { newAgent, viewAgentDetail, type AgentInput } from '../../model/services/agent_state';
import { isGone, missing, staying, surplus } from '../../model/services/difference';
import { newInstance, viewInstanceDetail, type InstanceInput } from '../../model/services/instance_state';
import { currentGeneration, type KnownInstance } from '../../model/services/service_state';
import type { PlannedInstance } from '../../model/services/wish';
import { agent } from '../agent/agent';
import { instance } from '../instance/instance';
import { publish } from '../lifecycle/publish';
import { now } from '../lifecycle/run';
import { startLifecycle } from '../lifecycle/start_lifecycle';
import { remake } from './remake';
import type { ServiceRun } from './service_run';
import { stopThese } from './stop_surplus';

/** Starts what the plan has and nobody else, and waits until all of it is up; says meanwhile what is not, and why. */
export const startMissing = (run: ServiceRun) => async (step: Step) => {
  const { state } = run;
  for (;;) {
    const seen = run.news;
    await freeNumbers(run);
    const free = missing(state).filter((place) => !isTaken(run, place));
    await Promise.all(free.map((place) => startOne(run, place)));
    const lacking = staying(state).filter((i) => !i.up);
    await remake(run, lacking.filter((i) => i.told !== currentGeneration(state).number));
    step.progress = { done: staying(state).length - lacking.length, total: state.plan.instances.length };
    if (lacking.length === 0 && missing(state).length === 0) return;
    step.waitingFor = [...lacking, ...surplus(state)].map(reasonOf).slice(0, 5).join('; ');
    publish(run);
    await condition(() => run.news !== seen);
  }
};

const reasonOf = (i: KnownInstance) =>
  isGone(i) && !i.leaving ? `instance ${i.instance} was taken down: repair of the service starts it again` : `instance ${i.instance}: ${i.blocked ? 'blocked, ' : ''}${i.reason || i.progress}`;

const isTaken = ({ state }: ServiceRun, place: PlannedInstance) => state.instances.some((i) => i.instance === place.instance);

/** A number that is planned again is free once its last instance has gone (`spec` §1.6 b). */
async function freeNumbers(run: ServiceRun): Promise<void> {
  const wanted = new Set(missing(run.state).map((place) => place.instance));
  await stopThese(run, surplus(run.state).filter((i) => wanted.has(i.instance)));
}

async function startOne(run: ServiceRun, { instance: number, agent: agentNumber }: PlannedInstance): Promise<void> {
  const { state } = run;
  const { service } = state;
  const generation = currentGeneration(state);
  const { recipe } = generation;
  const planned: KnownInstance = {
    instance: number, agent: agentNumber, progress: 'PLANNED', agentProgress: 'PLANNED', generation: 0, told: generation.number, up: false, reason: 'planned', blocked: false, leaving: false,
  };
  state.instances.push(planned);
  await startAgent(run, agentNumber);
  const what: InstanceInput = {
    service, instance: number, agent: agentNumber,
    making: { generation: generation.number, recipe: { name: recipe.name, checksum: recipe.checksum }, data: generation.data },
  };
  const first = newInstance(what, now());
  const isNew = await startedOrThere(startLifecycle(instance, {
    state: first, detail: viewInstanceDetail(first), input: what, staticSummary: `instance ${number} of ${service}`, reuse: 'ALLOW_DUPLICATE',
  }));
  // It said how it is before this service knew of it: being told what it is to be, it says so again.
  if (!isNew) planned.told = 0;
}

/** A service that was set back finds what it started before. */
async function startedOrThere(starting: Promise<void>): Promise<boolean> {
  try {
    await starting;
    return true;
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError) || !patched('finds_started')) throw error;
    return false;
  }
}

/** One that a person destroyed is started again under its number; one that is there has room for the instance. */
export async function startAgent({ state }: ServiceRun, agentNumber: number): Promise<void> {
  if (state.agents.includes(agentNumber)) return;
  const { service, plan } = state;
  const { recipe } = currentGeneration(state);
  const instances = plan.instances.filter((i) => i.agent === agentNumber).map(({ instance: number }) => ({ service, instance: number }));
  state.agents.push(agentNumber);
  const compute = plan.instances.find((i) => i.agent === agentNumber)?.compute ?? plan.wish.compute;
  const onAgent: AgentInput = { number: agentNumber, compute, machine: recipe.machine, group: state.id, instances };
  const firstAgent = newAgent(onAgent, now());
  await startedOrThere(startLifecycle(agent, {
    state: firstAgent, detail: viewAgentDetail(firstAgent), input: onAgent, staticSummary: `agent ${agentNumber} for ${service}`, reuse: 'ALLOW_DUPLICATE',
  }));
}
