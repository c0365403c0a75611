import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ClusterDocument } from '../../model/cluster_views';
import { audit } from '../support/audit';
import { labelled, startGrid, type TestGrid } from '../support/grid';
import { destroyed, launch, until, verb as post } from '../support/http';
import { idle, putProduct } from '../support/product';
import { temporalCommand, textOf, withTemporal } from '../support/temporal';

/**
 * Stuck on purpose, then recovered by hand: over the API, with the `grid` command, and with an update as the Temporal
 * UI and `temporal workflow update` send it. Three ways, one effect.
 */
const run = promisify(execFile);
const REASON = 'said by a person';
let grid: TestGrid;

const WAYS: Record<string, (id: string, verb: string) => Promise<unknown>> = {
  API: async (id, verb) => {
    const { status, body } = await post(grid, id, verb, { reason: REASON });
    if (status !== 200) throw new Error(JSON.stringify(body));
    return body;
  },
  CLI: async (id, verb) => {
    const { stdout } = await run(process.execPath, [join(__dirname, '../../dist/grid.js'), verb, id, '--reason', REASON, '--json'], { env: grid.env });
    return JSON.parse(stdout);
  },
  temporal: async (id, verb) => {
    const said = await temporalCommand(grid, 'workflow', 'update', 'execute', '--workflow-id', id, '--name', verb, '--input', JSON.stringify({ reason: REASON }), '--output', 'json');
    return (JSON.parse(said) as { result: unknown }).result;
  },
};

beforeAll(async () => {
  grid = await startGrid();
  mkdirSync(join(grid.home, 'mended'));
  const script = `#!/bin/sh\necho looking for the licence\ntest -f ${grid.home}/mended/\${CLUSTERDN##*/} || { echo there is no licence; exit 7; }\n`;
  await putProduct(grid, 'stuck', { template: idle(2), script });
});
afterAll(() => grid.end());
afterEach(async () => {
  expect(labelled(grid.home)).toEqual([]);
  await audit(grid);
});

const step = (document: ClusterDocument, name: string) => document.steps.find((s) => s.name === name);
const isBlocked = (d: ClusterDocument) => d.conditions.some((c) => c.type === 'Blocked');
const mend = (id: string) => writeFileSync(join(grid.home, 'mended', id.split('/').at(-1)!), '');

async function stuck(): Promise<string> {
  const id = await launch(grid, 'stuck/1', {});
  await until(grid, id, isBlocked);
  return id;
}

/** What a recovery did to a cluster, without what differs from one cluster to the next. */
function effect({ state, status, paused, conditions, steps, timeline, operation, operations, nodes, roles }: ClusterDocument): object {
  return {
    state, status, paused, operation,
    conditions: conditions.map(({ type, reason }) => ({ type, reason })),
    steps: steps.map(({ name, state: word, attempt, waitingFor }) => ({ name, state: word, attempt, waitingFor })),
    timeline: timeline.map(({ state: word, because }) => ({ state: word, because })),
    operations: operations.map(({ kind, outcome }) => ({ kind, outcome })),
    nodes: nodes.map(({ name, generation, status: word }) => ({ name, generation, status: word })),
    roles: roles.map(({ name, status: word }) => ({ name, status: word })),
  };
}

/** Recovers one stuck cluster in each way; all of them must come out the same. */
async function eachWay(recover: (id: string, send: (verb: string) => Promise<unknown>) => Promise<ClusterDocument>): Promise<ClusterDocument> {
  const documents: ClusterDocument[] = [];
  for (const way of Object.values(WAYS)) {
    const id = await stuck();
    const answers: unknown[] = [];
    documents.push(await recover(id, async (verb) => answers.push(await way(id, verb))));
    for (const answer of answers) expect(answer).toMatchObject({ id, state: expect.any(String), revision: expect.any(Number) });
    await destroyed(grid, id);
  }
  const [first, ...others] = documents.map(effect);
  expect(others).toEqual([first, first]);
  return documents[0]!;
}

test('retry takes up the blocked step again', async () => {
  const document = await eachWay(async (id, send) => {
    mend(id);
    await send('retry');
    return until(grid, id, (d) => d.state === 'ready' && d.operation === null);
  });
  expect(step(document, 'configure')).toMatchObject({ state: 'done', attempt: 2, output: expect.stringContaining('looking for the licence') });
  expect(document.timeline.map((t) => t.because)).toContain(`retry: ${REASON}`);
});

test('skip goes on without it', async () => {
  const document = await eachWay(async (id, send) => {
    await send('skip');
    return until(grid, id, (d) => d.state === 'ready' && d.operation === null);
  });
  expect(step(document, 'configure')).toMatchObject({ state: 'skipped', attempt: 1 });
  expect(step(document, 'await_ready')).toMatchObject({ state: 'done' });
});

test('pause holds what comes next, resume goes on', async () => {
  const document = await eachWay(async (id, send) => {
    mend(id);
    await send('pause');
    await post(grid, id, 'retry');
    const held = await until(grid, id, (d) => /resume/.test(step(d, 'configure')?.waitingFor ?? ''));
    expect(held.conditions.map((c) => c.type)).toEqual(['Paused']);
    expect(step(held, 'configure')).toMatchObject({ attempt: 1 });
    await send('resume');
    return until(grid, id, (d) => d.state === 'ready' && d.operation === null);
  });
  expect(document.conditions).toEqual([]);
  expect(document.timeline.map((t) => t.because)).toEqual(expect.arrayContaining([`pause: ${REASON}`, `resume: ${REASON}`]));
});

test('abort takes back in reverse order and leaves nothing', async () => {
  const document = await eachWay(async (id, send) => {
    await send('abort');
    const gone = await until(grid, id, (d) => d.state === 'destroyed');
    expect(labelled(grid.home)).toEqual([]);
    return gone;
  });
  expect(document.conditions).toMatchObject([{ type: 'Aborted' }]);
  expect(document.steps.map((s) => [s.name, s.state])).toEqual([['place', 'undone'], ['start_machines', 'undone'], ['configure', 'failed'], ['await_ready', 'pending']]);
  expect(Date.parse(step(document, 'place')!.endedAt!)).toBeGreaterThanOrEqual(Date.parse(step(document, 'start_machines')!.endedAt!));
});

test('a verb that is not possible now is refused in each way with the same reason', async () => {
  const id = await stuck();
  for (const way of Object.values(WAYS)) await expect(way(id, 'resume')).rejects.toThrow(/it is not paused/);
  for (const way of Object.values(WAYS)) await expect(way('cluster/test/stuck/1/999', 'retry')).rejects.toThrow();
  await destroyed(grid, id);
});

test('an update sent with nothing at all, as the Temporal UI sends it, is a command too', async () => {
  const id = await stuck();
  mend(id);
  await temporalCommand(grid, 'workflow', 'update', 'execute', '--workflow-id', id, '--name', 'retry');
  await until(grid, id, (d) => d.state === 'ready');
  await destroyed(grid, id);
});

test('the Temporal UI reads like the CLI: summary, what is blocked and why, the verbs, and a summary on every activity and timer', async () => {
  const id = await stuck();
  await withTemporal(grid, async ({ workflow }) => {
    const handle = workflow.getHandle(id);
    expect(await (await handle.describe()).staticSummary()).toBe(`stuck 1 #${id.split('/').at(-1)} of test`);
    const { definition, currentDetails } = await handle.query<{ definition: { updateDefinitions: { name: string; description: string }[] }; currentDetails: string }>('__temporal_workflow_metadata');
    expect(currentDetails).toMatch(/\*\*configuring\*\*/);
    expect(currentDetails).toMatch(/■ configure \| blocked \| 1 \| .*there is no licence/);
    expect(currentDetails).toMatch(/`retry`, `skip`, `abort`/);
    expect(definition.updateDefinitions.map((u) => u.name)).toEqual(expect.arrayContaining(['retry', 'skip', 'pause', 'resume', 'abort', 'repair', 'destroy']));
    mend(id);
    await post(grid, id, 'retry');
    await until(grid, id, (d) => d.state === 'ready');
    const { events } = await handle.fetchHistory();
    const told = events!.filter((e) => e.activityTaskScheduledEventAttributes || e.timerStartedEventAttributes);
    const summaries = told.map((e) => textOf(e.userMetadata?.summary));
    expect(summaries.filter((s) => !s)).toEqual([]);
    expect(summaries).toEqual(expect.arrayContaining([expect.stringContaining(`start 2 machines on ${grid.ground.compute}`), expect.stringContaining('orchestrator script')]));
  });
  await destroyed(grid, id);
});

test('no lifecycle of a grid shows an activity or a timer without a summary', async () => {
  await withTemporal(grid, async ({ workflow }) => {
    const bare: string[] = [];
    const plain: string[] = [];
    for await (const { workflowId, runId } of workflow.list()) {
      const handle = workflow.getHandle(workflowId, runId);
      if (!(await (await handle.describe()).staticSummary())) plain.push(workflowId);
      for (const e of (await handle.fetchHistory()).events!) {
        const what = e.activityTaskScheduledEventAttributes?.activityType?.name ?? (e.timerStartedEventAttributes ? 'timer' : undefined);
        if (what && !textOf(e.userMetadata?.summary)) bare.push(`${workflowId}: ${what}`);
      }
    }
    expect([bare, plain]).toEqual([[], []]);
  });
});
