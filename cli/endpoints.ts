import type { CommandPlan } from '../model/command_plan';
import type { RunRequest } from '../model/environment/run';
import type { Selection } from '../model/environment/find_services';
import type { Differences, TemplateEntry } from '../model/environment/environment_state';
import type { Finding } from '../model/doctor';
import type { Command, Verb } from '../model/lifecycle';
import type { Problem } from '../model/errors';
import type { CommandResult } from '../model/messages';
import type { ExecResult } from '../model/machine';
import type { Limits, QuotaView } from '../model/quota';
import type { OptionValue, ProductOptions } from '../model/product';
import { INSTANCE_KEYS, instancePath, PLANNER_PATH, type TaskRecord } from '../model/services/task';
import type { Answer, Api, CallOptions } from './api';
import { call, pathPart as path, type AnswerOf, type BodyOf } from './call';
import type { EnvironmentService, Page, Process, Shown, StatusView, WebhookView } from './wire';

/** The paths of the API (DESIGN §8), each in one place. */

const OURS = '/api/v1';
const PAAS = '/bigdata/api/v1';
/** The most the API gives at once. */
const PAGE = 200;

const lifecyclePath = (id: string): string => `${OURS}/lifecycles/${path(id)}`;

/** Where a lifecycle tells what changes, and where all do. */
export const eventsPath = (id: string): string => `${lifecyclePath(id)}/events`;
export const ALL_EVENTS = `${OURS}/events`;

export const readLifecycle = (api: Api, id: string, options?: CallOptions): Promise<Answer<Shown>> =>
  api.call('GET', lifecyclePath(id), options);

/** With the hash of a plan a command does exactly what that said; with {@link ASK} it answers its plan and does nothing. */
const bound = (address: string, plan: string | undefined): string => (plan === undefined ? address : `${address}${address.includes('?') ? '&' : '?'}plan=${encodeURIComponent(plan)}`);
const ASK = 'true';

export const sendVerb = async (api: Api, id: string, verb: Verb, command: Command, plan?: string): Promise<CommandResult> =>
  (await api.call<CommandResult>('POST', bound(`${lifecyclePath(id)}/${verb}`, plan), { body: command })).body;

export const planVerb = async (api: Api, id: string, verb: Verb): Promise<CommandPlan> => (await api.call<CommandPlan>('POST', bound(`${lifecyclePath(id)}/${verb}`, ASK), { body: {} })).body;

export const setRole = (api: Api, cluster: string, role: string, status: string) =>
  call(api, 'put', '/api/v1/lifecycles/{id}/roles/{role}', { path: { id: cluster, role }, body: { status } });

/** All entries of a list, page after page. `key` is the list's name in its document. */
export async function readAll<T>(api: Api, list: string, query: Record<string, string> = {}, key = list, also: (page: Record<string, unknown>) => void = () => undefined): Promise<T[]> {
  const entries: T[] = [];
  for (let cursor: string | null | undefined = ''; cursor !== null && cursor !== undefined; ) {
    const search: URLSearchParams = new URLSearchParams({ ...query, limit: String(PAGE), ...(cursor ? { cursor } : {}) });
    const { body }: Answer<Page & Record<string, T[]>> = await api.call('GET', `${OURS}/${list}?${search}`);
    entries.push(...(body[key] ?? []));
    also(body);
    cursor = body.next || null;
  }
  return entries;
}

/** The newest entries of a list, so many at most. */
export async function readSome<T>(api: Api, list: string, most: number, query: Record<string, string> = {}): Promise<T[]> {
  const entries: T[] = [];
  for (let cursor: string | null = ''; cursor !== null && entries.length < most; ) {
    const search: URLSearchParams = new URLSearchParams({ ...query, limit: String(Math.min(PAGE, most)), ...(cursor ? { cursor } : {}) });
    const { body }: Answer<Page & Record<string, T[]>> = await api.call('GET', `${OURS}/${list}?${search}`);
    entries.push(...(body[list] ?? []));
    cursor = body.next || null;
  }
  return entries.slice(0, most);
}

// ---- machines --------------------------------------------------------------------------------------------------------

const EXEC = '/api/v1/machines/{id}/exec';
const EXEC_MS = 60_000;
const GRACE_MS = 15_000;

export const execOn = async (api: Api, machine: string, body: BodyOf<'post', typeof EXEC>, signal: AbortSignal): Promise<ExecResult> =>
  (await call(api, 'post', EXEC, { path: { id: machine }, body }, { signal, silenceMs: (body.timeoutMs ?? EXEC_MS) + GRACE_MS })).body;

/** Ends a machine that nothing has any more. */
export const removeMachine = async (api: Api, machine: string): Promise<void> => void (await call(api, 'delete', '/api/v1/machines/{id}', { path: { id: machine } }));

/** Hands on what a machine printed, piece by piece; with `follow` until it has ended. */
export async function readLogs(api: Api, machine: string, { tail, follow }: { tail: string; follow: boolean }, onText: (text: string) => void, signal: AbortSignal): Promise<void> {
  const search = new URLSearchParams({ tail, ...(follow ? { follow: 'true' } : {}) });
  await api.call('GET', `${OURS}/machines/${path(machine)}/logs?${search}`, { headers: { accept: 'text/plain' }, onText, signal, ...(follow ? { silenceMs: 0 } : {}) });
}

// ---- computes ---------------------------------------------------------------------------------------------------------

const COMPUTE = '/api/v1/computes/{name}';
/** The document promises the least of it. */
const shown = (answer: Answer<AnswerOf<'get', typeof COMPUTE>>): Answer<Shown> => answer as Answer<object> as Answer<Shown>;

export const readCompute = async (api: Api, name: string): Promise<Shown> => shown(await call(api, 'get', COMPUTE, { path: { name } })).body;

/** Defines the compute or changes it; status 201 says that it is new. */
export const putCompute = async (api: Api, name: string, connector: string): Promise<Answer<Shown>> => shown(await call(api, 'put', COMPUTE, { path: { name }, body: { connector } }));

export const drainCompute = async (api: Api, name: string, to?: string): Promise<Shown> => shown(await call(api, 'post', `${COMPUTE}/drain`, { path: { name }, body: to ? { to } : {} })).body;

export const undrainCompute = async (api: Api, name: string): Promise<Shown> => shown(await call(api, 'post', `${COMPUTE}/undrain`, { path: { name } })).body;

export const removeCompute = (api: Api, name: string): Promise<unknown> => call(api, 'delete', COMPUTE, { path: { name } });

// ---- webhooks ---------------------------------------------------------------------------------------------------------

const webhookPath = (name: string): string => `${OURS}/webhooks/${path(name)}`;

export interface WebhookBody {
  url: string;
  secret: string;
  kinds?: string[];
  owner?: string;
  attempts?: number;
}

export const readWebhook = async (api: Api, name: string): Promise<WebhookView> => (await api.call<WebhookView>('GET', webhookPath(name))).body;

/** Defines the webhook or changes it; status 201 says that it is new. */
export const putWebhook = (api: Api, name: string, body: WebhookBody): Promise<Answer<WebhookView>> => api.call('PUT', webhookPath(name), { body });

export const removeWebhook = (api: Api, name: string): Promise<unknown> => api.call('DELETE', webhookPath(name));

// ---- quotas -----------------------------------------------------------------------------------------------------------

const QUOTA = '/api/v1/quotas/{owner}';

export const readQuota = async (api: Api, owner: string): Promise<QuotaView> => (await call(api, 'get', QUOTA, { path: { owner } })).body;

export const setQuota = async (api: Api, owner: string, limits: Limits): Promise<QuotaView> => (await call(api, 'put', QUOTA, { path: { owner }, body: limits })).body;

export const removeQuota = (api: Api, owner: string): Promise<unknown> => call(api, 'delete', QUOTA, { path: { owner } });

// ---- products and orders ----------------------------------------------------------------------------------------------

export interface ProductMetadata {
  name: string;
  version: string;
  description: string;
}
const productPath = (product: string, version: string): string => `${PAAS}/products/${path(product)}/${path(version)}`;

export const readProduct = async (api: Api, product: string, version: string): Promise<ProductMetadata> =>
  (await api.call<ProductMetadata>('GET', productPath(product, version))).body;

export const readOptions = async (api: Api, product: string, version: string): Promise<ProductOptions> =>
  (await api.call<ProductOptions>('GET', `${productPath(product, version)}/options`)).body;

export type Options = Record<string, OptionValue>;

/** Orders a cluster; the answer is the address of the order's queue entry. */
export const order = async (api: Api, wish: Order, key: string, plan?: string): Promise<string> =>
  queueOf(await api.call('POST', bound(orderPath(wish), plan), { body: wish.options, headers: { 'Idempotency-Key': key } }));

export const planOrder = async (api: Api, wish: Order): Promise<CommandPlan> => (await api.call<CommandPlan>('POST', bound(orderPath(wish), ASK), { body: wish.options })).body;

export interface Order {
  product: string;
  version: string;
  options: Options;
  compute?: string;
}
const orderPath = ({ product, version, compute }: Order): string => `${productPath(product, version)}${compute ? `?compute=${encodeURIComponent(compute)}` : ''}`;

/** Orders other options for a cluster (`clusters/<user>/<product>/<version>/<n>`). */
export const orderScale = async (api: Api, dn: string, options: Options, key: string, plan?: string): Promise<string> =>
  queueOf(await api.call('PATCH', bound(`${PAAS}/${path(dn)}`, plan), { body: options, headers: { 'Idempotency-Key': key } }));

export const planScale = async (api: Api, dn: string, options: Options): Promise<CommandPlan> => (await api.call<CommandPlan>('PATCH', bound(`${PAAS}/${path(dn)}`, ASK), { body: options })).body;

/** What the queue knows of an order: pending; `error` with the problem; 303 and where it led. */
export interface QueueEntry extends Partial<Pick<Problem, 'message' | 'code' | 'fix' | 'field'>> {
  status: string;
  url?: string;
}
export const readQueue = (api: Api, queue: string): Promise<Answer<QueueEntry>> => api.call('GET', queue);

const queueOf = (answer: Answer<{ url: string }>): string => pathOf(answer.location ?? answer.body.url);

/** The path of an address the API gave: it may know itself under another name than the one we reach it by. */
export const pathOf = (url: string): string => new URL(url, 'http://grid').pathname;

export const clusterAddress = (api: Api, dn: string): string => `${api.base}${PAAS}/${path(dn)}`;

// ---- services --------------------------------------------------------------------------------------------------------

/** A task for the deployment planner; ids are paths. */
export interface PlannerTask {
  task: string;
  service_id: string;
  [field: string]: unknown;
}

const CLI_PATH = '/cli/';

/** Hands a task to the deployment planner; `at` (ms since 1970) tells it from others like it. */
export const postTask = (api: Api, task: PlannerTask, at: number, key: string, plan?: string): Promise<unknown> =>
  api.call('POST', bound(NEW_TASK, plan), { body: routed(task, at), headers: { 'Idempotency-Key': key } });

export const planTask = async (api: Api, task: PlannerTask, at: number): Promise<CommandPlan> => (await api.call<CommandPlan>('POST', bound(NEW_TASK, ASK), { body: routed(task, at) })).body;

const NEW_TASK = '/services/tasks/_new_task';
const routed = (task: PlannerTask, at: number) => ({ ...task, routing: { producer_timestamp: at, producer_id: CLI_PATH, consumer_id: PLANNER_PATH } });

/** What the deployment planner did lately. */
export const readPlannedTasks = async (api: Api): Promise<TaskRecord[]> =>
  (await api.call<{ tasks_history: TaskRecord[] }>('GET', PLANNER_PATH)).body.tasks_history;

/** What is measured of an instance now, and what somebody set. */
export async function readMonitored(api: Api, service: string, instance: number): Promise<Record<string, unknown>> {
  const { body } = await api.call<Record<string, unknown>>('GET', instancePath(service, instance));
  return Object.fromEntries(Object.entries(body).filter(([name]) => !INSTANCE_KEYS.includes(name)));
}

// ---- the environment --------------------------------------------------------------------------------------------------

/** One `ays` command (§5.3). */
export type RunBody = Omit<RunRequest, 'actor' | 'selection'> & Selection;

/** Orders a run; the answer is its id. What the grid objects to is a {@link Failure}, and nothing has changed. */
export const orderRun = async (api: Api, body: RunBody): Promise<string> => (await api.call<{ id: string }>('POST', `${OURS}/environment/runs`, { body })).body.id;

export const planApply = async (api: Api): Promise<CommandPlan> => (await api.call<CommandPlan>('POST', bound(`${OURS}/environment/runs`, ASK), { body: { verb: 'apply' } })).body;

const wanted = (selection: object): string => new URLSearchParams(Object.entries(selection).map(([key, value]): [string, string] => [key, String(value)])).toString();

/** The services that are meant, and where the model is. */
export const readEnvironment = async (api: Api, selection: Selection): Promise<{ path: string; commit: string; services: EnvironmentService[] }> =>
  (await api.call<{ path: string; commit: string; services: EnvironmentService[] }>('GET', `${OURS}/environment/services?${wanted(selection)}`)).body;

/** What the model and what runs differ in. */
export const readDifferences = async (api: Api): Promise<Differences & { commit: string }> => (await api.call<Differences & { commit: string }>('GET', `${OURS}/environment/diff`)).body;

export const readTemplates = async (api: Api, { domain = '', name = '' }: Selection): Promise<TemplateEntry[]> =>
  (await api.call<{ templates: TemplateEntry[] }>('GET', `${OURS}/environment/templates?${wanted({ domain, name })}`)).body.templates;

// ---- the grid itself ---------------------------------------------------------------------------------------------------

/** Its own processes. */
export const readProcesses = async (api: Api): Promise<Process[]> => (await api.call<Process[]>('GET', '/v1/service/')).body;

/** What is the matter with it, and what the clock of the API says. */
export interface Examination {
  now: string;
  findings: Finding[];
}

/** How much there is of what, and what waits for a person. */
export const readStatus = async (api: Api): Promise<StatusView> => (await api.call<StatusView>('GET', `${OURS}/status`)).body;

export const readDoctor = async (api: Api): Promise<Examination> => (await api.call<Examination>('GET', `${OURS}/doctor`)).body;

/** Which of its parts answer. */
export interface Readiness {
  temporal: boolean;
  worker: boolean;
}

/** That something is away is news here, not an error. */
export async function readReadiness(api: Api): Promise<Readiness> {
  const { status, body } = await api.call<{ code?: string }>('GET', '/readyz', { newsToo: [503] });
  const temporal = status === 200 || body.code !== 'temporal_away';
  return { temporal, worker: status === 200 };
}
