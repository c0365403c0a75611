import { keysThatDiffer } from '../cluster_plan';
import { planOf, type CommandPlan, type Effect } from '../command_plan';
import { problem, type Problem } from '../errors';
import { agentId, computeId, instanceId, serviceId } from '../ids';
import { applyTask, isRefusal } from './apply_task';
import { serviceOf } from './check_task';
import { countedNumbers, numbersOn } from './places';
import { instancesOf } from './plan_deployment';
import { serviceNamed, type PendingTask, type PlannedService, type PlannerState } from './planner_state';
import type { PlannedInstance, Wish } from './wish';

/** Of the planner's state, what a plan is made from. */
export type Planning = Pick<PlannerState, 'services' | 'plan' | 'sequence' | 'pending'>;

const VERBS: Record<string, string> = { install_service_task: 'install', scale_service_task: 'scale', update_service_task: 'update', uninstall_service_task: 'uninstall' };

/** Tasks that have a plan. */
export const PLANNED_TASKS = Object.keys(VERBS);

/**
 * What a task does to each instance of its service, by carrying it out on the planner's state as it is; nothing is
 * changed. Numbers of new agents are not said: whoever is first has them. A Problem where it cannot be done, and while
 * something else is under way for this service.
 */
export function planTask(state: Planning, asked: PendingTask): CommandPlan | Problem {
  const service = serviceOf(asked.task);
  if (state.pending.some((p) => serviceOf(p.task) === service)) return changing(service);
  const known = serviceNamed(state, service);
  const after = { ...state, services: { ...state.services } } as PlannerState;
  const outcome = applyTask(after, asked);
  if (isRefusal(outcome)) return outcome;
  const becomes = serviceNamed(after, service);
  const anew = known && becomes && outcome?.making ? remadeBecause(known, becomes) : undefined;
  const [had, has] = [instancesOf(state.plan, service), instancesOf(after.plan, service)];
  const scaling = numbersText(known?.wish, becomes?.wish);
  const effects = [
    ...had.filter((place) => !isIn(has, place)).map((place) => effectOn(service, place, 'remove', becomes ? scaling : 'the service is uninstalled')),
    ...has.map((place) => (isIn(had, place) ? stays(service, place, anew) : effectOn(service, place, 'create', known ? scaling : 'it is ordered'))),
  ].sort((one, other) => (one.id === other.id ? 0 : numberOf(one) - numberOf(other)));
  const made = becomes ? { wish: becomes.wish, recipe: becomes.recipe, data: becomes.data } : null;
  return planOf({ verb: VERBS[asked.task.task] ?? asked.task.task, of: serviceId(service), effects: [...effects, ...elsewhere(known?.wish, becomes?.wish)] }, made);
}

const isIn = (places: readonly PlannedInstance[], { instance, agent }: PlannedInstance): boolean => places.some((one) => one.instance === instance && one.agent === agent);

const numberOf = ({ id }: Effect): number => Number(id.slice(id.lastIndexOf('/') + 1));

/** An instance that comes has a machine of its own, which goes with it. */
const effectOn = (service: string, { instance, agent }: PlannedInstance, effect: 'create' | 'remove', reason: string): Effect =>
  ({ kind: 'instance', id: instanceId(service, instance), effect, machine: effect === 'create' ? null : agentId(agent), machineEffect: effect, reason });

const stays = (service: string, { instance, agent }: PlannedInstance, anew: string | undefined): Effect =>
  ({ kind: 'instance', id: instanceId(service, instance), effect: anew === undefined ? 'none' : 'replace', machine: agentId(agent), machineEffect: 'none', reason: anew ?? 'it is as it is wanted' });

/** Values may be secrets: only their names are said. */
function remadeBecause(known: PlannedService, { recipe, data }: PlannedService): string {
  const other = recipe.name !== known.recipe.name ? [`recipe ${known.recipe.name} → ${recipe.name}`] : recipe.checksum !== known.recipe.checksum ? [`recipe ${recipe.name} was changed`] : [];
  const keys = keysThatDiffer(known.data, data);
  return [...other, ...(keys.length > 0 ? [`${keys.join(', ')} differs`] : [])].join('; ') || 'the change before is taken back';
}

/** How many are wanted where, before and after. */
function numbersText(before: Wish | undefined, after: Wish | undefined): string {
  const [was, is] = [before ? numbersOn(before) : {}, after ? numbersOn(after) : {}];
  return [...new Set([...Object.keys(was), ...Object.keys(is)])].filter((compute) => was[compute] !== is[compute]).map((compute) => `${was[compute] ?? 0} → ${is[compute] ?? 0} on ${compute}`).join('; ');
}

/** What changes at connectors of others, which start and stop what they count themselves. */
function elsewhere(before: Wish | undefined, after: Wish | undefined): Effect[] {
  const [was, is] = [before ? countedNumbers(before) : {}, after ? countedNumbers(after) : {}];
  return [...new Set([...Object.keys(was), ...Object.keys(is)])].map((compute): Effect => {
    const [had, has] = [was[compute] ?? 0, is[compute] ?? 0];
    return { kind: 'connector', id: computeId(compute), effect: has > had ? 'create' : has < had ? 'remove' : 'none', machine: null, machineEffect: 'none', reason: had === has ? `${has} there, as is wanted` : `${had} → ${has} there` };
  });
}

const changing = (service: string): Problem =>
  problem(409, 'changing', `${serviceId(service)}: another task is on its way, so what comes of this one is not known yet`, 'Take the plan when it was carried out; GET /services/deployment_planner/ shows what is under way.');
