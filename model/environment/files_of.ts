import type { Hrd, HrdItem } from '../hrd/hrd';
import { writeHrd } from '../hrd/write';
import { consumptionsOf, producerOf } from './consume';
import type { Environment, ModelledService } from './environment';

/**
 * The HRD of a service with what its producers have to say: `$(producer.database.param.port)` is the value
 * `instance.param.port` of the one that it consumes as a database. Raises Problem 404 `no_producer`.
 */
export function hrdWithProducers(environment: Environment, { path, hrd }: ModelledService): Hrd {
  const known = new Set(hrd.items.map((item) => item.key));
  const facts = consumptionsOf(hrd).flatMap((link) => factsOf(link.category, producerOf(environment, link, { of: path })));
  return { ...hrd, items: [...hrd.items, ...facts.filter((item) => !known.has(item.key))] };
}

const factsOf = (category: string, producer: ModelledService): HrdItem[] =>
  producer.hrd.items.filter((item) => item.key.startsWith('instance.') && item.type !== 'ask')
    .map((item) => ({ ...item, comments: [], key: `producer.${category}.${item.key.slice('instance.'.length)}` }));

/** Everything that a service is made of on its machine. */
export const filesOf = (environment: Environment, service: ModelledService): Record<string, string> =>
  ({ ...service.files, 'service.hrd': writeHrd(hrdWithProducers(environment, service), { sorted: true }) });
