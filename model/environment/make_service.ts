import { mergeInstanceHrd, type Ask } from '../hrd/merge';
import type { Hrd } from '../hrd/hrd';
import type { ModelledService, Template } from './environment';
import { pathBelow, type ServicePath } from './identity';

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

/** Merged into one, and so not copied. */
const MERGED = ['service.hrd', 'instance.hrd'];

/** A service made of a template: its one file, and what else the template has. Raises Problem 400 about arguments. */
export function makeService({ template, instance, parent, args, seed, producers }: Making): Made {
  const triple = { domain: template.domain, name: template.name, instance };
  const { hrd, missing } = mergeInstanceHrd({
    template: template.service, instance: template.instance, args, identity: triple, checksum: template.checksum, producers, ...(seed ? { seed } : {}),
  });
  const files = Object.fromEntries(Object.entries(template.files).filter(([name]) => !MERGED.includes(name)));
  return { service: { ...triple, path: pathBelow(parent, triple), parent, hrd, files }, missing };
}
