import { condition, defineQuery, defineSignal, defineUpdate, setHandler } from '@temporalio/workflow';
import { objectToPlan, type CommandPlan } from '../../model/command_plan';
import { isProblem, problem, type Problem } from '../../model/errors';
import { objection, refuseSimilar, refuseTask, serviceOf } from '../../model/services/check_task';
import type { MoveServices, NewTask, OtherAgent, PutService, ScaledOnCompute, ScaleOnCompute, TaskAccepted } from '../../model/services/messages';
import { installWishOf } from '../../model/services/install_wish';
import { planTask } from '../../model/services/plan_task';
import { serviceNamed, servicesOn, type PendingTask } from '../../model/services/planner_state';
import type { Recipe } from '../../model/services/recipe';
import { PLANNER_PATH, servicePath, taskOf, type Task } from '../../model/services/task';
import { effects } from '../lifecycle/effects';
import { fail, objectTo } from '../lifecycle/fail';
import { remember, repeated } from '../lifecycle/handle_verbs';
import { publish } from '../lifecycle/publish';
import { now } from '../lifecycle/run';
import type { PlannerRun } from './planner_run';

const READ_TIMEOUT_MS = 15_000;

/** What users ask for, checked before it is taken; recipe and compute are looked for while they wait, since only then it is known whether they are there. */
export function handleTasks(run: PlannerRun): void {
  const { state } = run;
  const refuse = (task: Task) => refuseSimilar(state.pending.map((p) => p.task), task) ?? refuseTask(state, task);
  const accepted = (): TaskAccepted => ({ id: state.id, revision: state.revision });
  const take = (pending: PendingTask): TaskAccepted => {
    if (remember(state)) state.pending.push(pending);
    publish(run);
    return accepted();
  };
  setHandler(
    defineUpdate<TaskAccepted, [NewTask]>('new_task'),
    async (wanted) => {
      const { task } = wanted;
      if (repeated(state)) return accepted();
      const recipe = await recipeOf(run, task);
      objectTo(refuse(task) ?? refuseOtherPlan(run, wanted, recipe));
      return take({ task, ...(recipe ? { recipe } : {}) });
    },
    { validator: (wanted: NewTask) => objectTo(repeated(state) ? undefined : (refuse(wanted.task) ?? refuseOtherPlan(run, wanted))) },
  );
  setHandler(
    defineUpdate<ScaledOnCompute, [ScaleOnCompute]>('scale_on_compute'),
    async ({ task, counted }) => {
      if (repeated(state)) return { ...accepted(), sequence: serviceNamed(state, serviceOf(task))?.sequence ?? state.sequence };
      const pending: PendingTask = { task, counted };
      take(pending);
      await condition(() => pending.outcome !== undefined);
      if ('refused' in pending.outcome!) throw fail(pending.outcome.refused);
      return { ...accepted(), sequence: pending.outcome!.sequence };
    },
    { description: 'what upscale and downscale of seed 001 ask for', validator: ({ task, counted }) => objectTo(repeated(state) ? undefined : refuseTask(state, task, counted)) },
  );
  setHandler(defineUpdate<TaskAccepted, [PutService]>('put_service'), (put) => take({ task: taskFor(put) }), {
    validator: (put: PutService) => objectTo(repeated(state) ? undefined : refusePut(run, put)),
  });
  setHandler(defineUpdate<number, [OtherAgent]>('take_agent'), ({ owner }) => {
    const others = (state.others ??= {});
    if (!Object.hasOwn(others, owner)) others[owner] = state.inherited?.[owner] ?? state.plan.nextAgent++;
    delete state.inherited?.[owner];
    delete state.released?.[owner];
    return others[owner]!;
  });
  setHandler(defineUpdate<number | null, [OtherAgent]>('release_agent'), ({ owner }) => {
    const number = state.others?.[owner];
    // Whoever did not hear the answer asks again.
    if (number !== undefined) (state.released ??= {})[owner] = number;
    delete state.others?.[owner];
    delete state.inherited?.[owner];
    return state.released?.[owner] ?? null;
  });
  setHandler(defineSignal<[MoveServices]>('moveServices'), ({ from, to }) => {
    for (const service of servicesOn(state, from)) state.pending.push({ task: taskOf('move_service_task', PLANNER_PATH, PLANNER_PATH, PLANNER_PATH, now(), { service_id: servicePath(service), from, to }) });
  });
  setHandler(defineQuery<CommandPlan | Problem, [PendingTask]>('plan'), (asked) => refuse(asked.task) ?? planTask(state, asked), { description: 'what a task would do' });
  // From lifecycles of the grid itself: what cannot be done is found when it is carried out.
  setHandler(defineSignal<[NewTask]>('submit'), ({ task }) => {
    if (!refuseSimilar(state.pending.map((p) => p.task), task)) state.pending.push({ task });
  });
}

async function recipeOf({ state }: PlannerRun, task: Task): Promise<Recipe | undefined> {
  const wish = installWishOf(serviceNamed(state, serviceOf(task)), task);
  if (!wish) return undefined;
  const act = effects({ summary: `look for recipe ${wish.candidates[0]} and its compute`, timeoutMs: READ_TIMEOUT_MS });
  try {
    return await act.findRecipe(wish);
  } catch (error) {
    throw (error as Error & { cause?: Error }).cause ?? error;
  }
}

/** Why this is not what was planned; of what needs a recipe that is known once it was read. */
function refuseOtherPlan({ state }: PlannerRun, { task, planned }: NewTask, recipe?: Recipe): Problem | undefined {
  if (planned === undefined || (!recipe && installWishOf(serviceNamed(state, serviceOf(task)), task))) return undefined;
  const plan = planTask(state, { task, ...(recipe ? { recipe } : {}) });
  return isProblem(plan) ? plan : objectToPlan(plan, planned);
}

function refusePut({ state }: PlannerRun, put: PutService): Problem | undefined {
  const known = serviceNamed(state, put.service);
  const changing = state.pending.some((p) => serviceOf(p.task) === put.service);
  if (known && put.expected !== undefined && (changing || put.expected !== known.sequence)) {
    return problem(412, 'changed_meanwhile', `service ${put.service} was changed meanwhile`, 'Read it again, then repeat the change with its new ETag.');
  }
  return objection(known?.wish, taskFor(put));
}

/** A PUT of the document is carried out like everything else, in its turn. */
const taskFor = ({ service, displayName, planned, min, max }: PutService): Task => {
  const fields = { display_name: displayName, planned_number_of_instances: planned, min_number_of_instances: min, max_number_of_instances: max };
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  return taskOf('put_service_task', '/webui/', PLANNER_PATH, PLANNER_PATH, now(), { service_id: servicePath(service), ...given });
};
