import { getInt } from '../hrd/get';
import { itemsWithPrefix } from '../hrd/prefix';
import { substitute } from '../hrd/substitute';
import { ENVIRONMENT_ID } from '../ids';
import { newLifecycle, type Lifecycle, type Summary } from '../lifecycle';
import type { Problem } from '../errors';
import type { Difference } from './compare';
import { categoriesOf, consumptionsOf } from './consume';
import type { Environment, Template } from './environment';
import type { ServicePath } from './identity';
import type { ExportLine } from './journal';
import type { RunPlan, RunRequest } from './run';

/** A service of the model, as lists show it. */
export interface ServiceEntry {
  path: ServicePath;
  categories: string[];
  /** By category, what it consumes. */
  producers: Record<string, string>;
  processes: number;
  ports: string[];
  /** The lower comes first in lists; 199 where its processes say none (§5.3). */
  prio: number;
  /** Its last exports, newest first. */
  exports?: ExportLine[];
}

export interface TemplateEntry {
  domain: string;
  name: string;
  from: string;
}

/** What is in the model, as it was last seen. */
export interface ModelIndex {
  commit: string;
  services: ServiceEntry[];
  templates: TemplateEntry[];
}

/** What model and reality differ in, as it was seen. */
export interface Differences {
  /** Files of services that differ from the last commit: edited by hand. */
  edited: string[];
  differences: Difference[];
  /** Of all that, the hash of the plan to apply it, so that an apply does what was shown or nothing. */
  token: string;
}

export interface SeenDifferences extends Differences {
  /** Checksums of what those are to be made of, by path; empty for one that goes. */
  made: Record<ServicePath, string>;
}

/** How a grid's environment begins: with `adopt`, there may be something on machines of a grid before it. */
export interface EnvironmentInput {
  adopt?: true;
}

/** What a look does besides: with `record`, it writes down where machines are, should that be out of date. */
export interface LookAtModel {
  record?: true;
}

/** Update `look` (environment). */
export interface LookedAt extends SeenDifferences {
  index: ModelIndex;
}

/** What came of the export of one service. */
export interface Exported {
  path: ServicePath;
  state: 'OK' | 'ERROR';
  location: string;
}

/** run → environment, `change`: plan this and write what it changes; with `remove`, take these services out. */
export interface ChangeModel {
  run: string;
  request: RunRequest;
  remove?: ServicePath[];
  /** With remove: nodes whose machines are given back after it. */
  released?: ServicePath[];
  /** What came of exports, to be written down. */
  exported?: Exported[];
}

/** environment → run, `changed`. */
export type ModelChanged = { plan: RunPlan | null; commit: string } | { problem: Problem };

/** Holds the model in git together: changes of it happen one after the other, and lists are answered from its index. */
export interface EnvironmentState extends Lifecycle {
  state: 'empty' | 'known';
  index: ModelIndex;
  inbox: ChangeModel[];
  /** What model and reality differed in when it was last looked at. */
  differences: Difference[];
  createdAt: string;
  updatedAt: string;
}

export const newEnvironment = (at: string): EnvironmentState => ({
  ...newLifecycle(ENVIRONMENT_ID, 'environment', '', 'empty', at), state: 'empty', index: { commit: '', services: [], templates: [] }, inbox: [], differences: [], createdAt: at, updatedAt: at,
});

const NO_PRIO = 199;
const EXPORTS = 20;

export function indexOf(environment: Environment, templates: readonly Template[], commit: string): ModelIndex {
  const services = [...environment.values()].map(({ path, hrd, exports }): ServiceEntry => {
    const processes = itemsWithPrefix(substitute(hrd, () => undefined), 'service.process', { keys: ['ports', 'prio'], lists: ['ports'] });
    const prios = processes.map(({ prio }) => Number(prio)).filter((prio) => prio > 0);
    return {
      path, categories: categoriesOf(hrd), producers: Object.fromEntries(consumptionsOf(hrd).map((one) => [one.category, one.producer])), processes: processes.length,
      ports: processes.flatMap(({ ports }) => (ports as unknown[]).map(String)).filter(Boolean),
      prio: processes.length === 0 ? NO_PRIO : Math.min(getInt(hrd, 'service.prio', NO_PRIO), ...prios, NO_PRIO),
      ...(exports ? { exports: exports.slice(-EXPORTS).reverse() } : {}),
    };
  });
  return { commit, services, templates: templates.map(({ domain, name, from }) => ({ domain, name, from })) };
}

export const viewEnvironmentDetail = ({ index }: EnvironmentState): Summary['detail'] => ({ commit: index.commit.slice(0, 12), services: index.services.length, templates: index.templates.length });

