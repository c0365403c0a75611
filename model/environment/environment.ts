import type { Hrd } from '../hrd/hrd';
import type { ServicePath, Triple } from './identity';
import type { ExportLine } from './journal';

/** A service as the model in git has it: a directory with `service.hrd`, an actions file and what else it needs. */
export interface ModelledService extends Triple {
  path: ServicePath;
  parent: ServicePath | null;
  /** The merged `service.hrd`. */
  hrd: Hrd;
  /** Every file of its directory as text by relative path, but for those of its children. */
  files: Record<string, string>;
  /** Its exports, oldest first. */
  exports?: readonly ExportLine[];
}

/** All services of the model, by path and in the order of their paths. */
export type Environment = ReadonlyMap<ServicePath, ModelledService>;

/** What services are made from (A-3 … A-5). */
export interface Template {
  domain: string;
  name: string;
  /** Where it was found, for people: `the catalog`, `servicetemplates/`, a repository. */
  from: string;
  /** Where in there, and of when; only where that is not plain from its name. */
  folder?: string;
  checksum: string;
  service: Hrd;
  instance: Hrd;
  files: Record<string, string>;
}
