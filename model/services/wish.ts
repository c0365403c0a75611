import type { Recipe } from './recipe';

/** What somebody wants of a service (SG-16). */
export interface Wish {
  service: string;
  displayName: string;
  planned: number;
  min: number;
  max: number;
  /** Compute that it was installed on: whatever is not said to be elsewhere is there. */
  compute: string;
  /** How many are wanted on other computes, by name, since somebody said so (`spec` G-8, G-11). */
  places?: Record<string, number>;
  /** Those of its computes that are connectors of others: they count, and start no machines for us. */
  counted?: string[];
}

/** Of a service that nobody gave a maximum. */
export const NO_MAX = Number.MAX_SAFE_INTEGER;

/** One instance of a plan and the agent that has it; one instance per agent (SG-22). */
export interface PlannedInstance {
  instance: number;
  agent: number;
  /** Where, when it is not the compute that the service was installed on. */
  compute?: string;
}

export interface Plan {
  /** By service, in the order in which they were installed; instances by their number. */
  services: { service: string; instances: PlannedInstance[] }[];
  /** Agent numbers are global and never given twice. */
  nextAgent: number;
}

/** An order to the service's workflow: what it is to be from now on. */
export interface ServicePlan {
  wish: Wish;
  instances: PlannedInstance[];
  /** Grows with every plan of this service; an older one that arrives late is ignored. */
  sequence: number;
  /** Set when what the instances are made of changes, and at the beginning. */
  making?: Making;
  /** True: something of it goes to another compute. What is there goes when what takes its place is up. */
  moving?: true;
  /** True: take everything down. */
  uninstall?: true;
}

/** What instances are made of from now on: `rollback` takes the generation before. */
export type Making = { recipe: Recipe; data: Record<string, string> } | { rollback: true };
