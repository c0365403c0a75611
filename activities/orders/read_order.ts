import type { Client } from '@temporalio/client';
import type { ClusterOrder } from '../../model/cluster';
import { problem } from '../../model/errors';
import { clusterDn, idFrom } from '../../model/ids';
import type { LaunchOrder } from '../../model/messages';
import { mergeOptions, scaleOptions } from '../../model/options';
import type { OptionValue, ProductDocument } from '../../model/product';
import type { Surroundings } from '../surroundings';
import { ProblemError } from '../problem_error';
import { renderCluster } from '../templates/render';
import { clusterOf, productOf } from './order_documents';

/** Where a cluster runs unless the order or the product says otherwise (DESIGN §11). */
const DEFAULT_COMPUTE = 'host';

export interface ReadOrder {
  order: ClusterOrder;
  number: number;
}

/**
 * What an order asks for: options merged and coerced (P-20, P-21), template rendered and its result checked (P-22).
 * A scale's options are changes to those its cluster has.
 * @throws ProblemError naming the option, the line or the field; 404 when product or cluster are unknown.
 */
export const readOrder = ({ client }: Surroundings) => async ({ order, number }: { order: LaunchOrder; number: number }): Promise<ReadOrder> =>
  readOrderOf(client, (await productOf(client, order)).document, order, number);

/** The same where the product is known already. */
export async function readOrderOf(client: Client, document: ProductDocument, order: LaunchOrder, number: number): Promise<ReadOrder> {
  const current = order.scale ? await clusterOf(client, order, number) : undefined;
  const merged = current ? scaleOptions(current.options, document.options, order.options) : mergeOptions(document.options, order.options);
  if (!('values' in merged)) throw new ProblemError(merged);
  return { number, order: await renderOrder(document, merged.values, order, number, current?.compute ?? computeFor(order, document)) };
}

/** Where an order goes that is not a change of something that is there. */
export const computeFor = (order: LaunchOrder, document: ProductDocument): string => order.compute ?? document.compute ?? DEFAULT_COMPUTE;

async function renderOrder(document: ProductDocument, options: Record<string, OptionValue>, order: LaunchOrder, number: number, compute: string): Promise<ClusterOrder> {
  if (!document.template) {
    throw new ProblemError(problem(400, 'no_template', `product ${document.name} ${document.version} has no template`, 'PUT its template first.', { field: 'template' }));
  }
  const { user, product, version } = order;
  const dn = clusterDn({ user, product, version, number });
  const spec = await renderCluster({
    template: document.template, templateType: document.templateType,
    variables: { opts: options, user, product, version, clusterdn: dn, clusterid: idFrom(dn), instancename: idFrom(dn), number },
  });
  return { options, spec, script: document.script, compute };
}
