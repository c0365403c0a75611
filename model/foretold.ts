import { lostNodes, unhealthyNodes, type ClusterNode } from './cluster';
import type { Effect, EffectWord } from './command_plan';
import { instanceId, type LifecycleKind } from './ids';
import { blockedStep, type Lifecycle, type Step, type Verb } from './lifecycle';

/** A node of a cluster as its document shows it. */
type SeenNode = Pick<ClusterNode, 'status' | 'unhealthy' | 'machine'> & { name: string };

/** An instance as its service knows it; its agent knows only which it is. */
interface SeenInstance {
  instance: number | null;
  service?: string;
  agent?: number;
  up?: boolean;
  leaving?: boolean;
  reason?: string;
}

/** What a lifecycle shows that tells what a verb would do to it. */
export type Seen = Pick<Lifecycle, 'id' | 'kind' | 'steps'> & Partial<Pick<Lifecycle, 'operation' | 'operations'>> & {
  nodes?: readonly SeenNode[];
  instances?: readonly SeenInstance[];
  /** Of an instance its number, null for a service of the environment. */
  instance?: number | null;
  wish?: { service: string };
  installed?: { planned: number; generation: number } | null;
};

/** What a verb would do to each thing, and besides, as far as that can be seen. A plan with a hash holds a command to it; this does not. */
export interface Foretold {
  effects: Effect[];
  also: string[];
}

/** What a verb would do now to a lifecycle, from what its document shows. */
export function foretell(verb: Verb, seen: Seen): Foretold {
  const step = blockedStep(seen);
  switch (verb) {
    case 'retry':
      return { effects: [], also: step ? [`${step.name} is tried again, attempt ${step.attempt + 1}`, ...thenOf(seen.steps, step)] : [] };
    case 'skip':
      return { effects: [], also: step ? [`${step.name} counts as done, whatever it lacks`, ...thenOf(seen.steps, step)] : [] };
    case 'pause':
      return { effects: [], also: [...named(seen.steps, 'running').map((name) => `${name} goes on to its end`), `${named(seen.steps, 'pending')[0] ?? 'what is ordered'} does not begin before resume`] };
    case 'resume':
      return { effects: [], also: [`${named(seen.steps, 'pending')[0] ?? 'what is ordered'} begins without waiting for a person`] };
    default:
      return OF_KIND[seen.kind]?.(verb, seen) ?? { effects: [], also: [] };
  }
}

const named = (steps: readonly Step[], state: Step['state']): string[] => steps.filter((one) => one.state === state).map(({ name }) => name);

function thenOf(steps: readonly Step[], step: Step): string[] {
  const after = named(steps.slice(steps.indexOf(step) + 1), 'pending');
  return after.length > 0 ? [`then ${after.join(', ')}`] : [];
}

type Tell = (verb: Verb, seen: Seen) => Foretold;

const ofCluster: Tell = (verb, { nodes = [], operation, operations = [] }) => {
  const all = (effect: EffectWord, reason: string): Effect[] => nodes.map((node) => on(node, effect, reason));
  if (verb === 'repair') return { effects: nodes.map(mended), also: ['its orchestrator script, where it has one, runs: start'] };
  if (verb === 'destroy') return { effects: all('remove', 'the cluster is taken down'), also: [] };
  if (operations.every(({ outcome }) => outcome !== 'done')) return { effects: all('remove', 'it never was ready'), also: ['the cluster ends as destroyed'] };
  return { effects: [], also: [`what ${operation?.kind ?? 'was begun'} did is taken back, last step first`, 'the order is the one before again; nodes of it that were stopped meanwhile come back by repair'] };
};

const on = ({ name, machine }: SeenNode, effect: EffectWord, reason: string): Effect => ({ kind: 'node', id: name, effect, machine, machineEffect: effect, reason });

function mended(node: SeenNode): Effect {
  const nodes = [node];
  if (lostNodes({ nodes }).length > 0) return on(node, 'replace', `it does not run: ${node.status}`);
  return unhealthyNodes({ nodes }).length > 0 ? on(node, 'replace', `it is not well: ${node.unhealthy}`) : on(node, 'none', `it is ${node.status}`);
}

const ofService: Tell = (verb, { wish, instances = [], installed }) => {
  const effect = (one: SeenInstance, word: EffectWord, machineEffect: EffectWord, reason: string): Effect =>
    ({ kind: 'instance', id: instanceId(wish!.service, one.instance), effect: word, machine: one.agent === undefined ? null : `agent/${one.agent}`, machineEffect, reason });
  const gone = (reason: string) => instances.map((one) => effect(one, 'remove', 'remove', reason));
  if (verb === 'repair') return { effects: instances.map((one) => (one.up || one.leaving ? effect(one, 'none', 'none', one.leaving ? 'it is leaving' : 'it is up') : effect(one, 'restart', 'none', one.reason || 'it is not up'))), also: [] };
  if (verb === 'destroy') return { effects: gone('the service is uninstalled'), also: [] };
  return installed ? { effects: [], also: [`it goes back to ${installed.planned} of generation ${installed.generation}, as it was last installed`] } : { effects: gone('it never was installed'), also: [] };
};

const ofInstance: Tell = (verb, { id, instance }) => {
  const effect = (word: EffectWord, reason: string): Effect => ({ kind: 'instance', id, effect: word, machine: null, machineEffect: 'none', reason });
  if (verb === 'repair') return { effects: [effect('restart', 'it is installed and started again, on the agent that it has')], also: [] };
  if (verb === 'abort' && instance === null) return { effects: [], also: ['what goes on is called off where it is; the same command begins it again'] };
  return { effects: [effect('remove', 'it is stopped and taken off its agent')], also: instance === null ? [] : [verb === 'abort' ? 'repair begins it again' : 'repair of its service has it back'] };
};

const ofAgent: Tell = (verb, { id, instances = [] }) => {
  const word = verb === 'repair' ? 'replace' : 'remove';
  const effects = instances.map((one): Effect => ({ kind: 'instance', id: instanceId(one.service ?? '', one.instance), effect: word, machine: id, machineEffect: word, reason: `its machine is ${word === 'replace' ? 'replaced' : 'taken down'}` }));
  return { effects, also: [word === 'replace' ? 'the machine is stopped, and the next takes its place with what was on it' : 'the machine is stopped, and what it took of its compute given back'] };
};

const OF_KIND: Partial<Record<LifecycleKind, Tell>> = {
  cluster: ofCluster,
  service: ofService,
  instance: ofInstance,
  agent: ofAgent,
  run: () => ({ effects: [], also: ['nothing further is begun; what was begun stays as it is'] }),
  webhook: (verb) => ({ effects: [], also: [verb === 'destroy' ? 'it is told nothing any more, and all that waits is dropped' : 'all that waits is given up; what changes from now on is told'] }),
};
