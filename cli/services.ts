import { randomUUID } from 'node:crypto';
import { serviceId } from '../model/ids';
import { servicePath } from '../model/services/task';
import type { Api } from './api';
import { planTask, postTask, readLifecycle, readPlannedTasks } from './endpoints';
import { EXIT, Failure } from './exit';
import { rest } from './follow';
import { commandName, print, printJson } from './io';
import { followToEnd } from './launch';
import type { Context } from './commands/shared';
import type { Goal } from './outcome';
import { tellPlan, type PlanOptions } from './plan';
import type { Shown } from './wire';

export interface ServiceOrder extends PlanOptions {
  service: string;
  /** Type and own fields of the task. */
  task: { task: string; [field: string]: unknown };
  /** What happens to it, for a person: `is being installed`. */
  says: string;
  goal: Goal;
  /** Whether the service has heard of it. */
  taken: (now: Shown, before: Shown | undefined) => boolean;
  wait: boolean;
  idempotencyKey?: string;
  json?: boolean;
}

const TAKEN_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 100;

/** Orders something of a service and, where asked to, shows it until it is done or needs a person. */
export async function orderOfService(context: Context, order: ServiceOrder): Promise<void> {
  const { io } = context;
  const api = context.api();
  const id = serviceId(order.service);
  const at = Date.now();
  const task = { ...order.task, service_id: servicePath(order.service) };
  if (order.plan) return tellPlan(io, await planTask(api, task, at), order);
  const before = order.wait ? await find(api, id) : undefined;
  await postTask(api, task, at, order.idempotencyKey ?? randomUUID(), order.planHash);
  if (!order.wait && order.json) return printJson(io, { id, ...task });
  if (!order.wait) return print(io, `${id} ${order.says}; \`${commandName(io.env)} watch ${id}\` shows how it goes`);
  const taken = await untilTaken(api, order, { id, at, before }, io.signal);
  // What an earlier life of the service went through is nothing that happened before.
  const sameLife = before?.createdAt === taken.createdAt;
  context.exit = await followToEnd(api, id, io, { goal: order.goal, before: sameLife ? before : undefined, json: order.json });
}

/** The planner carries out its tasks one after the other; what it could not do stands in its history. */
async function untilTaken(api: Api, { service, task, taken }: ServiceOrder, { id, at, before }: { id: string; at: number; before: Shown | undefined }, signal: AbortSignal): Promise<Shown> {
  for (const deadline = Date.now() + TAKEN_WITHIN_MS; Date.now() < deadline; await rest(signal, LOOK_EVERY_MS)) {
    const now = await find(api, id);
    if (now && !now.stale && taken(now, before)) return now;
    const mine = (await readPlannedTasks(api).catch(() => [])).find((t) => t.task === task.task && t.routing.producer_timestamp === at);
    if (mine?.unchanged && now) return now;
    if (mine?.failed) throw new Failure({ exit: EXIT.error, code: 'task_failed', message: mine.failed, fix: `see \`grid show service/${service}\`` });
  }
  throw new Failure({ exit: EXIT.error, code: 'not_taken', message: `nobody took the order within ${TAKEN_WITHIN_MS / 1000} s; it stays in the queue`, fix: 'see with `grid status` whether a worker runs' });
}

async function find(api: Api, id: string): Promise<Shown | undefined> {
  const { status, body } = await readLifecycle(api, id, { newsToo: [404] });
  return status === 404 ? undefined : body;
}
