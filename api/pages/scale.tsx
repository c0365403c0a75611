import { randomUUID } from 'node:crypto';
import { z } from '@hono/zod-openapi';
import type { Child } from 'hono/jsx';
import type { CommandPlan } from '../../model/command_plan';
import type { Problem } from '../../model/errors';
import { launchId, parseClusterId } from '../../model/ids';
import { readTask } from '../../model/services/read_task';
import { PLANNER_PATH, servicePath } from '../../model/services/task';
import { NO_MAX } from '../../model/services/wish';
import { raise } from '../../model/raise';
import { nothingAt } from '../http/endpoint';
import type { Ctx, Grid } from '../http/grid';
import { asksForPlan, plannedBy, planQuery } from '../http/plan';
import { lifecycleId } from '../lifecycles/schemas';
import { placeOrder, planOrder } from '../paas/order';
import { readProduct } from '../paas/product';
import { submitTask } from '../services/submit_task';
import { checkMayChange } from '../temporal/command';
import { problemOf } from '../temporal/failures';
import { planByWorker } from '../temporal/plan';
import { readFields } from './form';
import { Refused } from './launch';
import { shownLifecycle, type Shown } from './shown';
import { initialFields, KeptFields, OptionFields, optionsIn } from './options';
import { lifecyclePath, page, scalePath, type View } from './page';
import { PlanTable } from './parts';

const path = '/ui/scale/{id+}';
const params = z.object({ id: lifecycleId });

type Fields = Record<string, string>;

/** One thing that can be scaled: its form, and what an answer to it means. */
interface Scaling {
  initial: Fields;
  Inputs: (props: { fields: Fields }) => Child;
  plan: (fields: Fields) => Promise<CommandPlan>;
  /** @returns path of what shows how it goes on */
  order: (fields: Fields, planned: { planned?: string }) => Promise<string>;
}

/** How many there are to be: of a service the number, of a cluster the options that say so. */
export const scaleForm = page({ method: 'get', path, params, role: 'operate' }, async (c, { params: { id } }, grid) => {
  const scaling = await scalingOf(c, grid, id);
  return formView(id, scaling, scaling.initial);
});

/** Shows what that would do (`?plan=true`), then orders it as it was shown. */
export const scaleOrder = page({ method: 'post', path, params, query: z.object(planQuery), role: 'operate' }, async (c, { params: { id }, query: { plan } }, grid) => {
  const [fields, scaling] = [await readFields(c), await scalingOf(c, grid, id)];
  try {
    if (asksForPlan(plan)) return planView(id, fields, await scaling.plan(fields));
    c.set('formKey', fields.key);
    return c.redirect(await scaling.order(fields, plannedBy(plan)), 303);
  } catch (error) {
    const why = problemOf(error);
    if (!why || why.status >= 500 || why.status === 403) throw error;
    return { ...formView(id, scaling, fields, why), status: why.status as 400 };
  }
});

async function scalingOf(c: Ctx, grid: Grid, id: string): Promise<Scaling> {
  await checkMayChange(grid, id);
  const life = await shownLifecycle(c, grid, id);
  if (life.kind === 'cluster' && life.options) return ofCluster(c, grid, life);
  return life.kind === 'service' && life.wish ? ofService(c, grid, life) : raise(nothingAt(c.req.path));
}

async function ofCluster(c: Ctx, grid: Grid, { id, options: now }: Shown): Promise<Scaling> {
  const { user, product, version, number } = parseClusterId(id)!;
  const { options } = await readProduct(grid, { product, version });
  const initial = initialFields(options, now);
  const asked = (fields: Fields) => ({ user, product, version, options: optionsIn(fields, options, initial), scale: { number } });
  return {
    initial,
    Inputs: ({ fields }) => <OptionFields options={options} given={fields} />,
    plan: (fields) => planOrder(grid, asked(fields)),
    order: async (fields, planned) => {
      const { job, cluster } = await placeOrder(c, grid, { ...asked(fields), ...planned });
      return lifecyclePath(cluster ?? launchId(job));
    },
  };
}

async function ofService(c: Ctx, grid: Grid, { id, wish }: Shown): Promise<Scaling> {
  const { service, planned: now, min, max } = wish!;
  const task = (fields: Fields) => readTask({
    task: 'scale_service_task', service_id: servicePath(service), planned_number_of_instances: /^\d{1,6}$/.test(fields.planned ?? '') ? Number(fields.planned) : fields.planned,
    routing: { consumer_id: PLANNER_PATH, producer_id: '/webui/' },
  }, Date.now());
  return {
    initial: { planned: String(now) },
    Inputs: ({ fields }) => (
      <p>
        <label for="planned">Instances</label>
        <input id="planned" name="planned" value={fields.planned ?? ''} inputmode="numeric" required aria-describedby="planned.about" autocomplete="off" />
        <span class="hint" id="planned.about">from {min} {max === NO_MAX ? 'on' : `to ${max}`}</span>
      </p>
    ),
    plan: (fields) => planByWorker(grid, { op: 'plan_task', task: task(fields) }),
    order: async (fields, planned) => {
      await submitTask(c, grid, { task: task(fields), ...planned });
      return lifecyclePath(id);
    },
  };
}

const formView = (id: string, { Inputs }: Scaling, fields: Fields, why?: Problem): View => ({
  title: `scale ${id}`,
  body: (
    <>
      <h1>scale {id}</h1>
      {why ? <Refused why={why} /> : null}
      <form method="post" action={`${scalePath(id)}?plan=true`} class="command">
        {Inputs({ fields })}
        <p><button type="submit" class="button">Show what it would do</button> <a href={lifecyclePath(id)}>Back, change nothing</a></p>
      </form>
    </>
  ),
});

const planView = (id: string, fields: Fields, plan: CommandPlan): View => ({
  title: `scale ${id}`,
  body: (
    <>
      <h1>scale {id}</h1>
      <PlanTable plan={plan} />
      <form method="post" action={`${scalePath(id)}?plan=${plan.hash}`} class="command">
        <input type="hidden" name="key" value={randomUUID()} />
        <input type="hidden" name="planned" value={fields.planned ?? ''} />
        <KeptFields fields={fields} />
        <p><button type="submit" class="button">Do exactly this</button> <a href={scalePath(id)}>Back, change nothing</a></p>
      </form>
    </>
  ),
});
