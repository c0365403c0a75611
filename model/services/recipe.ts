import type { Placement } from '../compute';

/** What an actions file may be called; a recipe has one at most. */
export const ACTIONS_FILE = /^actions?\.(?:js|ts|py|sh)$/;

/** What an instance is made of: an AtYourService template as it was read (A-3 … A-5). */
export interface Recipe {
  name: string;
  /** sha-256 over all files; another checksum is another version. */
  checksum: string;
  /** Text of `service.hrd`, `instance.hrd`, the actions file and whatever else the directory has, by relative path. At most 256 KiB in all. */
  files: Record<string, string>;
  machine: MachineNeeds;
}

/**
 * What the machine of an instance asks of its compute, from `service.hrd`: `machine.cpu` (0.1), `machine.mem` (128, MiB),
 * `machine.placement` (spread), `machine.apart`, `machine.host_tags`.
 */
export interface MachineNeeds {
  cpu: number;
  memMiB: number;
  placement?: Placement;
  /** No two instances of one service on one host. */
  apart?: boolean;
  hostTags?: string[];
}

/** One version of what a service's instances are made of; kept so that a change can be taken back. */
export interface Generation {
  number: number;
  recipe: Recipe;
  /** Answers to the recipe's questions and values for its parameters, keys as in `instance.hrd` (`param.port`). */
  data: Record<string, string>;
}
