import type { Problem } from '../errors';
import { runId } from '../ids';
import { brief } from '../launch_state';
import { newLifecycle, type Lifecycle, type StepPlan, type Summary } from '../lifecycle';
import type { ServicePath } from './identity';
import { mergeResults } from './merge_results';
import type { OrderIs, OrderVerb } from './orders';
import type { Selection } from './find_services';

/** What `ays` can be told to do to services (A-9 … A-35, §5.3). */
export const RUN_VERBS = ['install', 'start', 'stop', 'restart', 'monitor', 'configure', 'prepare', 'cleanup', 'test', 'execute', 'export', 'import', 'build', 'update', 'consume', 'removedata', 'reset', 'uninstall', 'blueprint', 'apply', 'adopt', 'mdupdate'] as const;
export type RunVerb = (typeof RUN_VERBS)[number];

/** One `ays` command as a person gave it. */
export interface RunRequest {
  verb: RunVerb;
  /** Who asked, for the commit. */
  actor: string;
  selection: Selection;
  /** Values of an install, by key. */
  data?: Record<string, unknown>;
  /** Text of a seed file. */
  seed?: string;
  consume?: { category: string; producer: string }[];
  targetType?: string;
  /** Install without what it depends on; other verbs without following dependencies. */
  nodeps?: boolean;
  start?: boolean;
  reinstall?: boolean;
  force?: boolean;
  /** For execute: the command; for import and export: where the data is. */
  args?: Record<string, string>;
  /** For blueprint: its document. */
  blueprint?: unknown;
  /** For apply: the token of the differences that were shown; others are refused. */
  expect?: string;
}

/** One service's part of a run. */
export interface RunTask {
  path: ServicePath;
  /** Services of the same run that come before. */
  after: ServicePath[];
  verb: OrderVerb;
  /** Path of the service of the category node that it is on; null: the grid's own machine. */
  node: ServicePath | null;
  checksum?: string;
  action?: string;
  /** Instead of those of the request. */
  args?: Record<string, string>;
}

/** Where machines of nodes are, as their services say it. */
export interface NodeMachine {
  /** Path of the node's service; empty for the grid's own machine. */
  node: string;
  compute: string;
  /** Defines that compute where it is not there. */
  connector?: string;
  cpu: number;
  memMiB: number;
  /** Number of the agent that a grid of before had there, for adopt. */
  agent?: number;
  /** Why nobody can look for it. */
  problem?: Problem;
}

/** What a run is going to do, made in one piece from the model as it was. */
export interface RunPlan {
  tasks: RunTask[];
  machines: NodeMachine[];
  /** Whose templates are fetched. */
  domains?: string[];
  /** The commit that the model is at, with what this run wrote. */
  commit: string;
  /** Taken out of the model once all tasks are done. */
  removed: ServicePath[];
  /** Nodes whose machines nothing needs any more then; empty: the grid's own. */
  released: string[];
  /** Dependencies that stay, and who needs them. */
  stays: { path: ServicePath; because: ServicePath[] }[];
  /** What its actions answer is written down with each service. */
  journal?: true;
}

export type RunProgress = 'pending' | 'running' | 'done' | 'failed' | 'error' | 'aborted';

export interface RunInput {
  id: string;
  fingerprint: string;
  request: RunRequest;
}

export interface Run extends Lifecycle, RunInput {
  id: string;
  state: RunProgress;
  plan: RunPlan | null;
  /** Agents of the machines, by node. */
  agents: Record<string, number>;
  /** What each service says, by path. */
  said: Record<ServicePath, OrderIs>;
  problem: Problem | null;
  createdAt: string;
  updatedAt: string;
}

export type RunVerdict = { accepted: true; id: string } | { accepted: false; problem: Problem };

export function newRun(input: RunInput, at: string): Run {
  const { id: name, ...rest } = input;
  return {
    ...newLifecycle(runId(name), 'run', '', 'pending', at), ...rest,
    state: 'pending', plan: null, agents: {}, said: {}, problem: null, createdAt: at, updatedAt: at,
  };
}

export const verdictOf = (run: Run): RunVerdict => (run.state === 'error' && run.problem ? { accepted: false, problem: run.problem } : { accepted: true, id: run.id });

const step = (name: string): StepPlan => ({ name, retryable: true, skippable: false });

/** The name of the step that a service is in its run. */
export const taskStep = ({ verb, action, path }: RunTask): string => `${verb === 'act' ? action : verb} ${path}`;
export const fetchStep = (domain: string): string => `fetch ${domain}`;
export const machineStep = ({ node, compute }: NodeMachine): string => `machine of ${node || compute}`;

/** Everything that a run does as steps: machines first, then services in their order, then the model. */
export const stepsOf = ({ machines, tasks, domains = [], removed, released, journal }: RunPlan): StepPlan[] =>
  [...domains.map((one) => step(fetchStep(one))), ...machines.map((one) => step(machineStep(one))), ...tasks.map((one) => step(taskStep(one))), ...(removed.length + released.length > 0 || journal ? [step('model')] : [])];

/** `result`: what its services answered, as one. */
export type RunDocument = Omit<Run, 'fingerprint'> & { result?: unknown };

export function viewRun({ fingerprint: _f, ...rest }: Run): RunDocument {
  const result = mergeResults((rest.plan?.tasks ?? []).map(({ path }) => rest.said[path]?.result));
  return { ...rest, ...(result === undefined ? {} : { result }) };
}

export function viewRunDetail({ state, request, plan, problem, fingerprint, said }: Run): Summary['detail'] {
  const done = Object.values(said).filter((one) => one.state === 'done').length;
  return {
    status: state, verb: request.verb, actor: request.actor, name: request.selection.name ?? '', services: plan?.tasks.length ?? 0, done, fingerprint,
    problem: problem ? JSON.stringify(brief(problem)) : null,
  };
}
