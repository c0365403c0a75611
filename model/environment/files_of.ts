import type { Hrd, HrdItem } from '../hrd/hrd';
import { writeHrd } from '../hrd/write';
import { consumptionsOf, producerOf } from './consume';
import type { Environment, ModelledService } from './environment';

/**
 * Everything that a service is made of on its machine: its files, and its `service.hrd` with what its producers have to
 * say. `$(producer.database.param.port)` is the value `instance.param.port` of the one that it consumes as a database.
 */
export function filesOf(environment: Environment, service: ModelledService): Record<string, string> {
  const facts = consumptionsOf(service.hrd).flatMap((link) => factsOf(link.category, producerOf(environment, link)));
  const known = new Set(service.hrd.items.map((item) => item.key));
  const hrd: Hrd = { ...service.hrd, items: [...service.hrd.items, ...facts.filter((item) => !known.has(item.key))] };
  return { ...service.files, 'service.hrd': writeHrd(hrd, { sorted: true }) };
}

const factsOf = (category: string, producer: ModelledService): HrdItem[] =>
  producer.hrd.items.filter((item) => item.key.startsWith('instance.') && item.type !== 'ask')
    .map((item) => ({ ...item, comments: [], key: `producer.${category}.${item.key.slice('instance.'.length)}` }));
