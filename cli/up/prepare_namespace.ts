import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time';
import { temporal } from '@temporalio/proto';
import { isProblem, problem } from '../../model/errors';
import { SEARCH_ATTRIBUTES as NAMES } from '../../model/messages';
import { raise } from '../../model/raise';

const { IndexedValueType } = temporal.api.enums.v1;
const KEYWORD = IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD;
const BOOL = IndexedValueType.INDEXED_VALUE_TYPE_BOOL;
const DATETIME = IndexedValueType.INDEXED_VALUE_TYPE_DATETIME;
type AttributeType = typeof KEYWORD | typeof BOOL | typeof DATETIME;

/** How each type is called, and some value of it. */
const TYPES = { [KEYWORD]: ['Keyword', "'none'"], [BOOL]: ['Bool', 'true'], [DATETIME]: ['Datetime', "'2000-01-01T00:00:00Z'"] } as Record<AttributeType, [name: string, value: string]>;

/** What the lists filter by. */
const ATTRIBUTES: Record<string, AttributeType> = {
  [NAMES.kind]: KEYWORD,
  [NAMES.state]: KEYWORD,
  [NAMES.owner]: KEYWORD,
  [NAMES.blocked]: BOOL,
  [NAMES.changedAt]: DATETIME,
};

/** A destroyed cluster stays listed for as long as Temporal keeps its history. */
const RETENTION = '365d';
const LIMIT_MS = 60_000;
const RETRY_MS = 100;

/** gRPC status codes. */
const NOT_FOUND = 5;
const ALREADY_EXISTS = 6;
/** Permission denied, unimplemented, unauthenticated: asking again changes nothing. */
const FINAL = [7, 12, 16];

/**
 * Makes the namespace and its search attributes where they are missing, on any server, and waits until the server
 * takes them: some seconds after they were added they may still be refused (spec T §7.1).
 * @throws Problem `namespace_not_usable` when the server refuses, has an attribute of another type, or does not take
 * them within a minute
 */
export async function prepareNamespace(connection: Connection, namespace: string, signal?: AbortSignal): Promise<void> {
  const deadline = Date.now() + LIMIT_MS;
  for (const step of [ensureNamespace, ensureAttributes, useAttributes]) {
    await until(() => step(connection, namespace), namespace, deadline, signal);
  }
}

async function ensureNamespace({ workflowService }: Connection, namespace: string): Promise<void> {
  const known = await workflowService.describeNamespace({ namespace }).then(
    () => true,
    (error) => codeOf(error) !== NOT_FOUND && Promise.reject(error),
  );
  if (known) return;
  const workflowExecutionRetentionPeriod = msToTs(RETENTION);
  await workflowService
    .registerNamespace({ namespace, description: 'Service Grid', workflowExecutionRetentionPeriod })
    .catch(fineIfThere);
}

async function ensureAttributes({ operatorService }: Connection, namespace: string): Promise<void> {
  const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
  const wrong = Object.keys(ATTRIBUTES).find((name) => (customAttributes[name] ?? ATTRIBUTES[name]) !== ATTRIBUTES[name]);
  if (wrong) raise(notUsable(namespace, `its search attribute ${wrong} has another type`));
  const missing = Object.keys(ATTRIBUTES).filter((name) => !(name in customAttributes));
  if (missing.length === 0) return;
  const searchAttributes = Object.fromEntries(missing.map((name) => [name, ATTRIBUTES[name]!]));
  await operatorService.addSearchAttributes({ namespace, searchAttributes }).catch(fineIfThere);
}

/** A count by all of them passes the same check as a workflow that is started with them. */
async function useAttributes({ workflowService }: Connection, namespace: string): Promise<void> {
  const query = Object.entries(ATTRIBUTES)
    .map(([name, type]) => `${name} = ${TYPES[type][1]}`)
    .join(' AND ');
  await workflowService.countWorkflowExecutions({ namespace, query });
}

async function until(work: () => Promise<void>, namespace: string, deadline: number, signal?: AbortSignal): Promise<void> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (isProblem(error)) throw error;
      if (FINAL.includes(codeOf(error) ?? -1) || Date.now() > deadline) raise(notUsable(namespace, (error as Error).message));
      await sleep(RETRY_MS, undefined, { signal });
    }
  }
}

const codeOf = (error: unknown) => (error as { code?: number }).code;
const fineIfThere = (error: unknown) => {
  if (codeOf(error) !== ALREADY_EXISTS) throw error;
};

function notUsable(namespace: string, why: string) {
  const wanted = Object.entries(ATTRIBUTES).map(([name, type]) => `${name}=${TYPES[type][0]}`);
  return problem(
    503,
    'namespace_not_usable',
    `the Temporal namespace ${namespace} cannot be used: ${why}`,
    `have it made with the search attributes ${wanted.join(', ')}, or set TEMPORAL_NAMESPACE to another`,
  );
}
