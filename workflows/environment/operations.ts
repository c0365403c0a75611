import { condition, isCancellation, patched } from '@temporalio/workflow';
import { mayHave, type LocalAction } from '../../model/environment/local_action';
import { takeOver, type ModelledInstance } from '../../model/environment/modelled_instance';
import { agentId, instanceId } from '../../model/ids';
import type { Step } from '../../model/lifecycle';
import type { InstanceSpec } from '../../model/services/agent_protocol';
import type { Attach } from '../../model/services/messages';
import { onAgent } from '../agent/agent_effects';
import { ACTION_TIMEOUT_MS, PHASE_TIMEOUT_MS, settled } from '../instance/on_machine';
import { effects } from '../lifecycle/effects';
import { problemOf } from '../lifecycle/fail';
import { publish } from '../lifecycle/publish';
import { now } from '../lifecycle/run';
import { runStep } from '../lifecycle/run_step';
import { tell } from '../lifecycle/tell';
import type { ModelledRun } from './modelled_run';

const READ_TIMEOUT_MS = 30_000;
const BUILD_TIMEOUT_MS = 3_600_000;

type Effect = (run: ModelledRun) => (step: Step) => Promise<void>;

/** Goes through the steps of an operation; each by its name. */
export async function perform(run: ModelledRun): Promise<void> {
  for (const { name } of [...run.state.steps]) await runStep(run, name, EFFECTS[name]!(run));
  if (run.state.steps.some(({ name, state }) => name === 'install' && state === 'done')) settled(run);
}

const EFFECTS: Record<string, Effect> = {
  read: (run) => async (step) => {
    const { state } = run;
    const { checksum = '', reinstall } = state.orders[0]!;
    const act = effects({ summary: `read ${state.service} from the model`, step: 'read', timeoutMs: READ_TIMEOUT_MS });
    const { recipe, files } = await act.readService({ path: state.service, checksum });
    const had = state.making;
    const isSame = had?.recipe.checksum === recipe.checksum && !reinstall && state.runsOn !== null;
    state.making = { generation: had && isSame ? had.generation : (had?.generation ?? 0) + 1, recipe, files };
    await whereTheModelIs(run, step, 'prepareLocal');
  },
  leave: (run) => async (step) => {
    const { state } = run;
    const { agent } = state.orders[0]!;
    if (state.agent === agent) return;
    if (state.agent !== null && state.at) await phase(run, step, 'leave', (act) => act.removeInstance(specOf(state)));
    Object.assign(state, { agent, at: null, agentGone: false, agentOver: false, runsOn: null });
  },
  await_agent: (run) => async (step) => {
    const { state } = run;
    if (state.at) return;
    step.waitingFor = `agent ${state.agent}`;
    publish(run);
    await tell(agentId(state.agent!), 'attach', { service: state.service, instance: null } satisfies Attach);
    await condition(() => state.at !== null);
  },
  adopt: (run) => async (step) => {
    const { state } = run;
    const act = onAgent(state.agent!, { summary: `what is there of ${state.service}`, step: step.name, timeoutMs: READ_TIMEOUT_MS });
    const found = await act.findInstance({ service: state.service, instance: null });
    if (!found) return;
    // Its stop was begun before.
    if (found.phase === 'stopping') await phase(run, step, 'stop', (agent) => agent.stopInstance(found.spec));
    takeOver(state, found, now());
    settled(run);
  },
  install: (run) => async (step) => {
    await phase(run, step, 'install', (act) => act.installInstance(specOf(run.state)));
    await whereTheModelIs(run, step, 'configureLocal');
  },
  start: (run) => (step) => phase(run, step, 'start', (act) => act.startInstance(specOf(run.state))),
  stop: (run) => (step) => (run.state.at ? phase(run, step, 'stop', (act) => act.stopInstance(specOf(run.state))) : Promise.resolve()),
  act: (run) => async (step) => {
    const { action = '', args = {} } = run.state.orders[0]!;
    try {
      await phase(run, step, action, (act) => act.performAction(specOf(run.state), { action, args }));
    } catch (error) {
      if (isCancellation(error) || problemOf(error).code !== 'no_action') throw error;
      run.state.answer.lacking = action;
    }
  },
  /** Of what it is made on its machine nothing changes. */
  build: (run) => async (step) => {
    const { state } = run;
    const { checksum = '' } = state.orders[0]!;
    const { recipe, files } = await effects({ summary: `read ${state.service} from the model`, timeoutMs: READ_TIMEOUT_MS }).readService({ path: state.service, checksum });
    try {
      await phase(run, step, 'build', (act) => act.buildInstance(specFor(state, { generation: 0, recipe }), files), BUILD_TIMEOUT_MS);
    } catch (error) {
      if (isCancellation(error) || problemOf(error).code !== 'no_action') throw error;
      state.answer.lacking = 'build';
    }
    if (!state.making) await tell(agentId(state.agent!), 'detach', { service: state.service, instance: null } satisfies Attach);
  },
  /** Only what its agent says counts, so that the model keeps it until then; where that is over nothing of it is left. */
  remove: (run) => async (step) => {
    const { state } = run;
    if (state.making && !state.at && !state.agentOver) {
      step.waitingFor = `agent ${state.agent}`;
      publish(run);
      await condition(() => state.at !== null || state.agentOver === true);
    }
    if (state.making && state.at) await phase(run, step, 'remove', (act) => act.removeInstance(specOf(state)));
    if (state.agent !== null) await tell(agentId(state.agent), 'detach', { service: state.service, instance: null } satisfies Attach);
  },
};

/** Only where its actions file has such an action. */
async function whereTheModelIs({ state }: ModelledRun, step: Step, action: LocalAction['action']): Promise<void> {
  if (!state.making || !mayHave(state.making.files, action) || !patched('local_actions')) return;
  const act = effects({ summary: `${action} of ${state.service}, where the model is`, timeoutMs: PHASE_TIMEOUT_MS });
  const { recipe, files } = state.making;
  const at = { agent: state.agent ?? state.orders[0]?.agent ?? -1, machine: state.at?.machine ?? '', address: state.at?.address ?? '' };
  const { output } = await act.performLocally({ path: state.service, recipe, files, action, at, timeoutMs: ACTION_TIMEOUT_MS });
  if (output) step.output = `${step.output ?? ''}${output}`;
}

const specOf = (state: ModelledInstance): InstanceSpec => specFor(state, state.making!);

const specFor = ({ service }: ModelledInstance, { generation, recipe }: Pick<InstanceSpec, 'generation' | 'recipe'>): InstanceSpec =>
  ({ service, instance: null, generation, recipe, source: instanceId(service, null), data: {}, actionTimeoutMs: ACTION_TIMEOUT_MS });

async function phase(run: ModelledRun, step: Step, name: string, work: (act: ReturnType<typeof onAgent>) => Promise<{ output: string; result?: unknown }>, timeoutMs = PHASE_TIMEOUT_MS): Promise<void> {
  const { state } = run;
  const act = onAgent(state.agent!, { summary: `${name} ${state.service}`, step: step.name, timeoutMs });
  const { output, result } = await work(act);
  if (output) {
    step.output = output;
    state.answer.output = output;
  }
  if (result !== undefined) state.answer.result = result;
}
