import { problem } from '../errors';
import { findItem, type Hrd } from '../hrd/hrd';
import { mergeInstanceHrd, type Ask } from '../hrd/merge';
import { raise } from '../raise';
import type { ModelledService, Template } from './environment';
import { pathBelow, type ServicePath } from './identity';
import { secretReference } from './secret_reference';

export interface Making {
  template: Template;
  instance: string;
  parent: ServicePath | null;
  args: Record<string, unknown>;
  /** A seed file, stronger than the arguments. */
  seed?: Hrd;
  /** Instance or path of the producer of each category. */
  producers: Record<string, string>;
}

export interface Made {
  service: ModelledService;
  /** Questions that nobody answered. */
  missing: Ask[];
}

/** What stands in git stands there for ever. */
function refusePlainSecrets({ service, instance }: Template, hrd: Hrd): void {
  const secret = [...service.items.map((item) => ({ item, key: `service.${item.key}` })), ...instance.items.map((item) => ({ item, key: `instance.${item.key}` }))]
    .filter(({ item }) => item.type === 'ask' && item.value.type === 'password');
  const plain = secret.map(({ key }) => findItem(hrd, key)).find((item) => item?.type === 'base' && item.value !== '' && !secretReference(item.value));
  if (plain) raise(problem(400, 'secret_in_model', `${plain.key} is a password, and what is given would stand in git`, 'Give where it is: file:/path or env:NAME, on the machine of the service.', { field: plain.key }));
}

/** Merged into one, and so not copied. */
const MERGED = ['service.hrd', 'instance.hrd'];

/** A service made of a template: its one file, and what else the template has. Raises Problem 400 about arguments. */
export function makeService({ template, instance, parent, args, seed, producers }: Making): Made {
  const triple = { domain: template.domain, name: template.name, instance };
  const { hrd, missing } = mergeInstanceHrd({
    template: template.service, instance: template.instance, args, identity: triple, checksum: template.checksum, producers, ...(seed ? { seed } : {}),
  });
  refusePlainSecrets(template, hrd);
  const files = Object.fromEntries(Object.entries(template.files).filter(([name]) => !MERGED.includes(name)));
  return { service: { ...triple, path: pathBelow(parent, triple), parent, hrd, files }, missing };
}
