import { defineSignal, defineUpdate, setHandler } from '@temporalio/workflow';
import { PLANNER_ID, serviceId } from '../../model/ids';
import { enter } from '../../model/lifecycle';
import { decide, sameAdvice, type Seen } from '../../model/services/capacity_rule';
import { ruleOf, type Recommended } from '../../model/services/capacity_state';
import type { DropRule, NewTask } from '../../model/services/messages';
import { CAPACITY_PATH, PLANNER_PATH, servicePath, taskOf } from '../../model/services/task';
import { publish } from '../lifecycle/publish';
import { now } from '../lifecycle/run';
import { tell } from '../lifecycle/tell';
import type { CapacityRun } from './capacity_run';

/** What a run found leads to: decided here, where the cool-downs are, so that it is decided once. Answers what it decided. */
export function handleLooks(run: CapacityRun): void {
  setHandler(defineUpdate<string[], [Seen[]]>('look'), async (all) => {
    if (run.state.paused) return [];
    const decided: string[] = [];
    for (const one of all) decided.push(...(await lookAt(run, one)));
    publish(run);
    return decided;
  });
  setHandler(defineSignal<[DropRule]>('drop_rule'), (drop) => {
    dropRule(run, drop);
    publish(run);
  });
}

async function lookAt(run: CapacityRun, { service, setAt, seen }: Seen): Promise<string[]> {
  const { state } = run;
  const had = ruleOf(state, service);
  if (had?.setAt !== setAt) return [];
  const at = now();
  if (!seen) {
    dropRule(run, { service });
    return [];
  }
  const { state: next, decision, because } = decide(had, service, seen, at);
  state.rules[service] = next;
  if (!sameAdvice(had.recommendation, next.recommendation)) await tell(serviceId(service), 'recommended', { recommendation: next.recommendation } satisfies Recommended);
  if (decision === 'none') return [];
  const planned = seen.instances.length + (decision === 'out' ? 1 : -1);
  const said = `${service} to ${planned}: ${because}`;
  enter(state, state.state, at, said);
  const task = taskOf('scale_service_task', CAPACITY_PATH, PLANNER_PATH, PLANNER_PATH, at, { service_id: servicePath(service), planned_number_of_instances: planned });
  await tell(PLANNER_ID, 'submit', { task } satisfies NewTask);
  return [said];
}

function dropRule({ state }: CapacityRun, { service }: DropRule): void {
  if (!ruleOf(state, service)) return;
  delete state.rules[service];
  enter(state, state.state, now(), `${service}: its rule goes, since it was uninstalled`);
}
