import { z } from '@hono/zod-openapi';
import { WithStartWorkflowOperation } from '@temporalio/client';
import type { Workflow } from '@temporalio/common';
import { NAME, NAME_RULE, productId } from '../../model/ids';
import type { ProductInput, PutMetadata, PutResult } from '../../model/messages';
import { untilProcessed } from '../../model/until_processed';
import { within } from '../../process/within';
import { jsonBody, nothing, seedProblem } from '../http/answers';
import { readJson } from '../http/body';
import { etagOf, ifMatch } from '../http/conditional';
import { endpoint } from '../http/endpoint';
import { absolute, type Ctx, type Grid } from '../http/grid';
import { updateIdOf } from '../http/idempotency';
import { firstSummary, startOptions } from '../temporal/start';
import { logoUrl } from './logo_url';
import { BASE, productUrlPath } from './paths';
import { updateProduct } from './update_product';

const WRITE_MS = 5_000;

const schema = z.object({
  name: z.string().regex(NAME, NAME_RULE),
  version: z.string().regex(NAME, NAME_RULE),
  description: z.string().max(10_000),
  logo_url: logoUrl.optional(),
});

/** P-1 and DESIGN §11: makes a product; of an existing one the metadata is replaced, its parts stay. */
export const postProduct = endpoint(
  {
    method: 'post', role: 'admin', path: `${BASE}/products`, tag: 'products', summary: 'Register a product, or replace its metadata', body: jsonBody(schema),
    answers: { 201: nothing('Made; Location is the product'), 200: nothing('Was there; metadata replaced'), 400: seedProblem, 412: seedProblem, 413: seedProblem, 503: seedProblem },
  },
  async (c, _input, grid) => {
    const { name, version, description, logo_url } = await readJson(c, { schema, lenient: true, wrongType: 400 });
    const metadata = { description, ...(logo_url === undefined ? {} : { logoUrl: logo_url }) };
    const put = c.req.header('if-match') === undefined ? await register(c, grid, { name, version }, metadata) : await replace(c, grid, { name, version }, metadata);
    c.header('Location', absolute(c, productUrlPath(name, version)));
    c.header('ETag', etagOf(put.revision));
    return c.body(null, put.created ? 201 : 200);
  },
);

/** Only what is there can match. */
const replace = (c: Ctx, grid: Grid, { name, version }: ProductInput, metadata: PutMetadata) =>
  updateProduct(c, grid, { product: name, version }, 'put_metadata', { ...metadata, ...ifMatch(c) });

function register(c: Ctx, grid: Grid, input: ProductInput, metadata: PutMetadata): Promise<PutResult> {
  const id = productId(input.name, input.version);
  const detail = { ...input, description: '', logoUrl: '', documentRevision: 0 };
  const summary = firstSummary({ id, kind: 'product', owner: '', state: 'registered', detail });
  const updateId = updateIdOf(c);
  const start = () => new WithStartWorkflowOperation('product', {
    ...startOptions(summary, `product ${input.name} ${input.version}`),
    args: [input],
    workflowIdConflictPolicy: 'USE_EXISTING',
  });
  return within(grid, WRITE_MS, () =>
    untilProcessed(() => grid.client.workflow.executeUpdateWithStart<Workflow, PutResult, [PutMetadata]>('put_metadata', { args: [metadata], updateId, startWorkflowOperation: start() })),
  );
}
