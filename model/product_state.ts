import { problem, type Problem } from './errors';
import { productId } from './ids';
import { newLifecycle } from './lifecycle';
import type { ProductInput, ProductState } from './messages';
import { NO_OPTIONS } from './product';

export interface ProductRunState extends ProductState {
  /** True as long as nobody but the catalog wrote to it. */
  fromCatalog: boolean;
  /** Numbers already given, so that a launch that asks twice gets the same. */
  jobs: { job: string; number: number }[];
}

export function newProduct({ name, version }: ProductInput, at: string): ProductRunState {
  return {
    ...newLifecycle(productId(name, version), 'product', '', 'registered', at),
    document: { name, version, description: '', logoUrl: '', template: '', templateType: 'json+jinja2', options: NO_OPTIONS, script: '', revision: 0 },
    nextNumber: {}, fromCatalog: false, jobs: [], createdAt: at, updatedAt: at,
  };
}

/** `If-Match`: the writer saw another revision than the one there is now. */
export function refuseStale(state: ProductState, ifMatch: number | undefined): Problem | undefined {
  if (ifMatch === undefined || ifMatch === state.document.revision) return undefined;
  return problem(412, 'changed_meanwhile', `${state.id} is at revision ${state.document.revision}, not ${ifMatch}`, 'Read it again, then repeat the change with its new ETag.', {
    evidence: String(state.document.revision),
  });
}

/** A refused first write leaves an entity behind that was never given anything: to everybody it is not there. */
export const isThere = (state: ProductState) => state.document.revision > 0;

/** A part can only be put into a product that somebody described before. */
export const refuseUnknown = (state: ProductState): Problem | undefined =>
  isThere(state) ? undefined : problem(404, 'product_not_found', `there is no ${state.id}`, 'POST /bigdata/api/v1/products first.', { error: 'Key not found' });

export function viewProductDetail(state: ProductState): Record<string, string | number> {
  const { name, version, description, logoUrl, revision } = state.document;
  return { name, version, description: description.slice(0, 500), logoUrl: logoUrl.slice(0, 200), documentRevision: revision };
}
