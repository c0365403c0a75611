import { agentId, CAPACITY_ID, instanceId, NAME, PLANNER_ID, serviceId } from '../ids';
import { agentPath, CAPACITY_PATH, instancePath, ORCHESTRATOR_PATH, PLANNER_PATH, PROVISIONER_PATH, RESERVED_NAMES, servicePath } from './task';

/** What an id of seed 000 stands for. */
export type Subject =
  | { kind: 'service'; service: string }
  | { kind: 'instance'; service: string; instance: number }
  | { kind: 'agent'; agent: number }
  | { kind: 'planner' | 'capacity' | 'orchestrator' | 'provisioner' };

const URI = /^(?:[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?#\s]+)?(\/[^?#\s]*)$/;
const NUMBER = /^(0|[1-9]\d{0,8})$/;

/**
 * The path of an id: of an absolute URI on any host, or a path as it is; undefined for anything else. A missing slash
 * at its end is added, but after a last part that begins with `_` (SG-2).
 */
export function idPath(text: string): string | undefined {
  const path = URI.exec(text)?.[1];
  if (path === undefined || path.endsWith('/') || path.slice(path.lastIndexOf('/')).startsWith('/_')) return path;
  return `${path}/`;
}

const GRIDS_OWN = new Map<string, Subject>([
  [PLANNER_PATH, { kind: 'planner' }], [CAPACITY_PATH, { kind: 'capacity' }],
  [ORCHESTRATOR_PATH, { kind: 'orchestrator' }], [PROVISIONER_PATH, { kind: 'provisioner' }],
]);

/** What the path of an id stands for; undefined when nothing of a grid can be under it. */
export function subjectOf(path: string): Subject | undefined {
  const own = GRIDS_OWN.get(path);
  if (own) return own;
  const [, head, name = '', instances, number = '', ...rest] = path.replace(/\/$/, '').split('/');
  if (head === 'agents' && NUMBER.test(name) && instances === undefined) return { kind: 'agent', agent: Number(name) };
  if (head !== 'services' || !isServiceName(name) || rest.length > 0) return undefined;
  if (instances === undefined) return { kind: 'service', service: name };
  return instances === 'instances' && NUMBER.test(number) ? { kind: 'instance', service: name, instance: Number(number) } : undefined;
}

export const isServiceName = (name: string): boolean => NAME.test(name) && !RESERVED_NAMES.includes(name);

/** The inverse of {@link subjectOf}. */
export function pathOf(subject: Subject): string {
  switch (subject.kind) {
    case 'service':
      return servicePath(subject.service);
    case 'instance':
      return instancePath(subject.service, subject.instance);
    case 'agent':
      return agentPath(subject.agent);
    case 'planner':
      return PLANNER_PATH;
    case 'capacity':
      return CAPACITY_PATH;
    case 'orchestrator':
      return ORCHESTRATOR_PATH;
    case 'provisioner':
      return PROVISIONER_PATH;
  }
}

/** The lifecycle that keeps it. Orchestrator and provisioner are views of the deployment planner's. */
export function lifecycleOf(subject: Subject): string {
  switch (subject.kind) {
    case 'service':
      return serviceId(subject.service);
    case 'instance':
      return instanceId(subject.service, subject.instance);
    case 'agent':
      return agentId(subject.agent);
    case 'capacity':
      return CAPACITY_ID;
    default:
      return PLANNER_ID;
  }
}

/** The path of the document of a service, an instance or an agent, from the id of its lifecycle. */
export function pathOfLifecycle(id: string): string {
  const [kind, name = '', number] = id.split('/');
  if (kind === 'agent') return agentPath(Number(name));
  return number === undefined ? servicePath(name) : instancePath(name, Number(number));
}
