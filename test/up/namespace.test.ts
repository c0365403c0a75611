import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { defineSearchAttributeKey, SearchAttributeType, TypedSearchAttributes } from '@temporalio/common';
import { msToTs } from '@temporalio/common/lib/time';
import { temporal } from '@temporalio/proto';
import { connectWithin } from '../../cli/up/connect';
import { prepareNamespace } from '../../cli/up/prepare_namespace';

const { INDEXED_VALUE_TYPE_INT } = temporal.api.enums.v1.IndexedValueType;
const KIND = defineSearchAttributeKey('GridKind', SearchAttributeType.KEYWORD);
const BLOCKED = defineSearchAttributeKey('GridBlocked', SearchAttributeType.BOOL);

let connection: Connection;
beforeAll(async () => {
  connection = await Connection.connect({ address: process.env.TEMPORAL_ADDRESS! });
});
afterAll(() => connection.close());

const fresh = () => `up-${randomUUID().slice(0, 8)}`;

/** The proof that the attributes are usable: a workflow is started with them at once and found by them. */
async function startAndFind(namespace: string): Promise<number> {
  const client = new Client({ connection, namespace });
  const typedSearchAttributes = new TypedSearchAttributes([
    { key: KIND, value: 'probe' },
    { key: BLOCKED, value: true },
  ]);
  const options = { taskQueue: 'nobody', workflowId: 'probe', args: [], typedSearchAttributes };
  await client.workflow.start('probe', options);
  for (const until = Date.now() + 10_000; Date.now() < until; ) {
    const { count } = await client.workflow.count("GridKind = 'probe' AND GridBlocked = true");
    if (count > 0) return count;
  }
  return 0;
}

async function makeForeign(namespace: string): Promise<void> {
  await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: msToTs('3d') });
}

/** Right after it was registered a namespace is not known everywhere on the server. */
async function addWhenKnown(namespace: string, searchAttributes: Record<string, number>): Promise<void> {
  for (const until = Date.now() + 10_000; ; ) {
    try {
      await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
      return;
    } catch (error) {
      if (Date.now() > until) throw error;
    }
  }
}

/** As who starts the grid's processes one by one does it. */
const program = (namespace: string) =>
  promisify(execFile)(process.execPath, [join(__dirname, '../../dist/namespace.js')], { env: { PATH: process.env.PATH, TEMPORAL_ADDRESS: process.env.TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE: namespace } });

test('a program of its own makes it, says so, and changes nothing the second time', async () => {
  const namespace = fresh();
  for (let times = 0; times < 2; times++) expect((await program(namespace)).stdout).toBe(`the namespace ${namespace} at ${process.env.TEMPORAL_ADDRESS} is ready\n`);
  expect(await startAndFind(namespace)).toBe(1);
  await expect(program('no good')).rejects.toMatchObject({ code: 1, stderr: expect.stringMatching(/^the namespace cannot be made ready: TEMPORAL_NAMESPACE=no good is not allowed/) });
});

describe('the namespace on a server that knows nothing of us', () => {
  it('is made with its search attributes, usable at once, and keeps what ended for 365 days', async () => {
    const namespace = fresh();
    await prepareNamespace(connection, namespace);
    expect(await startAndFind(namespace)).toBe(1);
    const { config } = await connection.workflowService.describeNamespace({ namespace });
    expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(365 * 86_400);
  });

  it('gets the search attributes where somebody else made it without them, and is otherwise left as it is', async () => {
    const namespace = fresh();
    await makeForeign(namespace);
    await prepareNamespace(connection, namespace);
    expect(await startAndFind(namespace)).toBe(1);
    const { config } = await connection.workflowService.describeNamespace({ namespace });
    expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(3 * 86_400);
  });

  it('may be prepared by several at once, and again', async () => {
    const namespace = fresh();
    await Promise.all([1, 2, 3].map(() => prepareNamespace(connection, namespace)));
    await prepareNamespace(connection, namespace);
    expect(await startAndFind(namespace)).toBe(1);
  });

  it('is refused, with the name of the attribute, where that has another type', async () => {
    const namespace = fresh();
    await makeForeign(namespace);
    await addWhenKnown(namespace, { GridKind: INDEXED_VALUE_TYPE_INT });
    await expect(prepareNamespace(connection, namespace)).rejects.toMatchObject({
      code: 'namespace_not_usable',
      message: expect.stringMatching(/GridKind has another type/),
      fix: expect.stringMatching(/GridBlocked=Bool/),
    });
  });
});

describe('a server that does not answer', () => {
  it('is named within the time given', async () => {
    const started = Date.now();
    await expect(connectWithin({ address: '127.0.0.1:1' }, 700)).rejects.toMatchObject({
      code: 'temporal_out_of_reach',
      message: expect.stringContaining('127.0.0.1:1'),
    });
    expect(Date.now() - started).toBeLessThan(3_000);
  });
});
