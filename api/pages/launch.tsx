import { randomUUID } from 'node:crypto';
import { z } from '@hono/zod-openapi';
import type { CommandPlan } from '../../model/command_plan';
import type { Problem } from '../../model/errors';
import { launchId, NAME, NAME_RULE } from '../../model/ids';
import type { ProductDocument } from '../../model/product';
import { openLifecyclesQuery } from '../../process/visibility';
import type { Grid } from '../http/grid';
import { asksForPlan, plannedBy, planQuery } from '../http/plan';
import { check } from '../http/check';
import { productParams } from '../paas/paths';
import { placeOrder, planOrder } from '../paas/order';
import { isRegistered, readProduct } from '../paas/product';
import { problemOf } from '../temporal/failures';
import { allSummaries } from '../temporal/summaries';
import { readFields } from './form';
import { initialFields, KeptFields, OptionFields, optionsIn } from './options';
import { launchPath, lifecyclePath, page, type View } from './page';
import { Help, PlanTable, Table } from './parts';

/** What can be launched. */
export const launchIndex = page({ method: 'get', path: '/ui/launch' }, async (_c, _input, grid) => {
  const products = (await allSummaries(grid, openLifecyclesQuery('product/'))).filter(isRegistered);
  return {
    title: 'Launch',
    body: (
      <>
        <h1>Launch</h1>
        <Table
          id="products" name="Products" none={<>There is none. <code>grid products</code> says how to register one.</>}
          columns={[{ title: 'Product' }, { title: 'Version' }, { title: 'Description' }]}
          rows={products.map(({ detail: { name, version, description } }) => [<a href={launchPath(String(name), String(version))}>{name} {version}</a>, String(version), String(description)])}
        />
      </>
    ),
  };
});

const path = '/ui/launch/{product}/{version}';

/** The order form of a product, made from its options. */
export const launchForm = page({ method: 'get', path, params: productParams, role: 'operate' }, async (_c, { params }, grid) => {
  const [product, computes] = await Promise.all([readProduct(grid, params), computesOf(grid)]);
  return formView(product, computes, initialFields(product.options));
});

const sent = z.looseObject({ key: z.string().optional(), compute: z.string().regex(NAME, NAME_RULE).optional() });

/** Shows what an order would do (`?plan=true`), then places it as it was shown. */
export const launchOrder = page({ method: 'post', path, params: productParams, query: z.object(planQuery), role: 'operate' }, async (c, { params, query: { plan } }, grid) => {
  const fields = await readFields(c);
  const product = await readProduct(grid, params);
  try {
    const { key, compute } = check(sent, { ...fields, compute: fields.compute || undefined }, 'body');
    const asked = { user: grid.caller.owner, ...params, ...(compute ? { compute } : {}), options: optionsIn(fields, product.options, initialFields(product.options)) };
    if (asksForPlan(plan)) return planView(product, fields, await planOrder(grid, asked));
    c.set('formKey', key);
    const { job, cluster } = await placeOrder(c, grid, { ...asked, ...plannedBy(plan) });
    return c.redirect(lifecyclePath(cluster ?? launchId(job)), 303);
  } catch (error) {
    const why = problemOf(error);
    if (!why || why.status >= 500 || why.status === 403) throw error;
    return { ...formView(product, await computesOf(grid), fields, why), status: why.status as 400 };
  }
});

const computesOf = async (grid: Grid): Promise<string[]> => (await allSummaries(grid, openLifecyclesQuery('compute/'))).map(({ detail }) => String(detail.name)).sort();

const titleOf = ({ name, version }: ProductDocument): string => `Launch ${name} ${version}`;

function formView(product: ProductDocument, computes: readonly string[], fields: Record<string, string>, why?: Problem): View {
  const { name, version, description, options, compute } = product;
  return {
    title: titleOf(product),
    body: (
      <>
        <h1>{titleOf(product)}</h1>
        {description ? <p>{description}</p> : null}
        {why ? <Refused why={why} /> : null}
        <form method="post" action={`${launchPath(name, version)}?plan=true`} class="command">
          <OptionFields options={options} given={fields} all />
          <p>
            <label for="compute">Compute</label>
            <select id="compute" name="compute" aria-describedby="compute.about">
              <option value="">{compute ?? 'host'}, as the product says</option>
              {computes.map((one) => <option value={one} selected={one === fields.compute}>{one}</option>)}
            </select>
            <span class="hint" id="compute.about">where its nodes go</span>
          </p>
          <p><button type="submit" class="button">Show what it would do</button></p>
        </form>
      </>
    ),
  };
}

/** Why it was refused, each reason with what to do. */
export const Refused = ({ why }: { why: Problem }) => (
  <div class="notice" role="alert">
    {(why.problems ?? [why]).map(({ code, message, fix }) => <p>{message}. {fix}<Help code={code} /></p>)}
  </div>
);

const planView = (product: ProductDocument, fields: Record<string, string>, plan: CommandPlan): View => ({
  title: titleOf(product),
  body: (
    <>
      <h1>{titleOf(product)}</h1>
      <p>It becomes {plan.of}.</p>
      <PlanTable plan={plan} />
      <form method="post" action={`${launchPath(product.name, product.version)}?plan=${plan.hash}`} class="command">
        <input type="hidden" name="key" value={randomUUID()} />
        <input type="hidden" name="compute" value={fields.compute ?? ''} />
        <KeptFields fields={fields} />
        <p><button type="submit" class="button">Launch it so</button> <a href={launchPath(product.name, product.version)}>Back, change nothing</a></p>
      </form>
    </>
  ),
});
