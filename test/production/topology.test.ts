import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { execFile, execFileSync } from 'node:child_process';
import { projectRoot } from '../../config';
import { eventually } from '../api/support/api_under_test';
import { audit } from '../support/audit';
import { ask, destroyed, documentOf, machinesOf, until } from '../support/http';
import { samplesOf, valueOf } from '../support/metrics';
import { describeNeeding } from '../support/parts';
import { lookAllTheTime, orderAll, SIZE, slowProduct } from './support/orders';
import { treeOf, treeWith, versionBefore } from './support/other_tree';
import { startTopology, type GridProcess, type Topology } from './support/topology';

/**
 * The grid of docs/production.md as plain processes of this host: PostgreSQL, Temporal's own server, two processes of the API behind a
 * balancer, two control workers. It lives through an upgrade, crashes, a deploy that cannot go on, and its own end.
 */
const PATIENCE_MS = 240_000;

describeNeeding(['pg_ctlcluster', 'go'], 'in production', () => {
  let grid: Topology;
  let product: string;
  /** Every cluster that was ordered and lives. */
  const living: string[] = [];

  beforeAll(async () => {
    grid = await startTopology(await treeOf(versionBefore()));
    product = await slowProduct(grid, 'slow');
  }, 900_000);
  afterAll(() => grid?.end());

  const keys = (name: string, count: number) => Array.from({ length: count }, (_, i) => `${name}-${i}`);

  /** Each is there once: ready, whole, and with as many machines as it has nodes, which are all that there are. */
  async function expectAllWhole(): Promise<void> {
    for (const id of living) {
      const { nodes } = await until(grid, id, (d) => d.state === 'ready' && d.operation === null && d.conditions.length === 0, PATIENCE_MS).catch((error: Error) => {
        throw new Error(`${error.message}\n${grid.logs()}`, { cause: error });
      });
      expect((await machinesOf(grid, id)).map(({ id: machine, state }) => [machine, state]).sort()).toEqual(nodes.map(({ machine }) => [machine, 'running']).sort());
    }
    expect(new Set(living).size).toBe(living.length);
    await audit(grid);
  }

  /** Orders them; is told as soon as the first is under way, when the others are not. */
  function inFlight(name: string, count: number, of = product): { begun: Promise<unknown>; done: Promise<void> } {
    const ordered = orderAll(grid, of, keys(name, count));
    const first = `cluster/test/${of}/${living.filter((id) => id.includes(`/${of}/`)).length + 1}`;
    return {
      begun: until(grid, first, (d) => d.state === 'configuring', PATIENCE_MS),
      done: ordered.then((ids) => void living.push(...ids)),
    };
  }

  const replace = async (one: GridProcess, signal: 'SIGTERM' | 'SIGKILL', root?: string): Promise<void> => {
    await one.stop(signal);
    await one.start(root);
  };

  test('it is upgraded process by process while clusters launch: no request fails, none is interrupted', async () => {
    const look = lookAllTheTime(grid);
    const { begun, done } = inFlight('upgrade', 6);
    await begun;
    for (const one of [...grid.processes.control, ...grid.processes.api]) await replace(one, 'SIGTERM', projectRoot());
    await done;
    expect(await look.end()).toEqual([]);
    await expectAllWhole();
  }, PATIENCE_MS);

  test('a process of the API and a control worker are killed while clusters launch: no request fails but those in flight', async () => {
    const look = lookAllTheTime(grid);
    const { begun, done } = inFlight('killed', 6);
    await begun;
    const deaths: { from: number; to: number }[] = [];
    for (const one of [grid.processes.api[0], grid.processes.control[0]]) {
      const from = Date.now();
      await one.stop('SIGKILL');
      deaths.push({ from, to: Date.now() });
      await one.start();
    }
    await done;
    const failures = await look.end();
    expect(failures.filter(({ sentAt, failedAt }) => !deaths.some(({ from, to }) => sentAt <= to && failedAt >= from))).toEqual([]);
    expect(look.requests()).toBeGreaterThan(20);
    await expectAllWhole();
  }, PATIENCE_MS);

  test('PostgreSQL and then Temporal crash and come back while clusters launch: all go on where they were', async () => {
    const { begun, done } = inFlight('crashed', 4);
    await begun;
    await grid.postgres.stop('kill');
    const away = await eventually(() => ask(grid, 'POST', '/bigdata/api/v1/products/slow/1', {}, { 'idempotency-key': 'crashed-0' }), ({ status }) => status === 503, 60_000);
    expect(away.body).toMatchObject({ fix: expect.any(String) });
    await grid.postgres.start();
    await done;
    const again = inFlight('crashed-again', 4);
    await again.begun;
    await grid.temporal.stop('SIGKILL');
    await grid.temporal.start();
    await again.done;
    await expectAllWhole();
  }, 2 * PATIENCE_MS);

  test('workers that decide otherwise than those before are noticed, and taken back: what was under way has waited for it', async () => {
    const wrong = await treeWith('workflows/cluster/launch.ts', (text) =>
      text.replace(/^/, "import { sleep } from '@temporalio/workflow';\n").replace("  await runStep(run, 'place'", "  await sleep('1s');\n  await runStep(run, 'place'"));
    try {
      // All of them are numbered before: what the wrong version itself begins has to be set back (test/up/promote.test.ts).
      const { done } = inFlight('wrong', 4, await slowProduct(grid, 'slower', 20));
      await done;
      for (const one of grid.processes.control) await replace(one, 'SIGKILL', wrong);
      // What the alert GridHistoryDoesNotReplay asks.
      const scrape = async () => samplesOf(await (await fetch(`${grid.processes.control[0].url}/metrics`)).text());
      await eventually(scrape, (seen) => (valueOf(seen, 'temporal_workflow_task_execution_failed_total', { failure_reason: 'NonDeterminismError' }) ?? 0) > 0, 120_000);
      // None of them is lost, whoever asks; the runbook: the version before on every control worker.
      const stuck = (await ask(grid, 'GET', '/api/v1/lifecycles?kind=cluster&limit=200')).body.lifecycles as { id: string }[];
      expect(stuck.map(({ id }) => id)).toEqual(expect.arrayContaining(living));
      for (const one of grid.processes.control) await replace(one, 'SIGTERM', projectRoot());
      await expectAllWhole();
    } finally {
      rmSync(wrong, { recursive: true, force: true });
    }
  }, 2 * PATIENCE_MS);

  test('backed up, everything of it deleted, restored: the same clusters, nothing started twice; what came after the backup is named', async () => {
    const backup = mkdtempSync(join(tmpdir(), 'grid-backup-'));
    try {
      await destroyed(grid, living.pop()!);
      await grid.postgres.backUp(join(backup, 'postgres.tar'));
      const kept = readdirSync(grid.home).filter((name) => name !== 'machines' && name !== 'disks' && !name.endsWith('.log'));
      await promisify(execFile)('tar', ['-C', grid.home, '-cf', join(backup, 'home.tar'), ...kept]);
      const was = await Promise.all(living.map((id) => documentOf(grid, id)));
      const machines = (await machinesOf(grid)).map(({ id, ref }) => [id, ref]).sort();
      const [late] = await orderAll(grid, product, ['late']);
      await until(grid, late!, (d) => d.state === 'ready', PATIENCE_MS);

      await grid.stopAll();
      await grid.temporal.stop('SIGKILL');
      await grid.postgres.stop('kill');
      for (const name of kept) rmSync(join(grid.home, name), { recursive: true });
      grid.postgres.restore(join(backup, 'postgres.tar'));
      execFileSync('tar', ['-C', grid.home, '-xf', join(backup, 'home.tar')]);
      await grid.postgres.start();
      await grid.temporal.start();
      await grid.startAll();

      const isAgain = await Promise.all(living.map((id) => until(grid, id, (d) => d.state === 'ready' && d.operation === null, PATIENCE_MS)));
      expect(isAgain.map(({ id, nodes, conditions }) => [id, nodes.map(({ machine }) => machine), conditions])).toEqual(was.map(({ id, nodes, conditions }) => [id, nodes.map(({ machine }) => machine), conditions]));
      expect((await machinesOf(grid)).filter(({ owner }) => owner !== late).map(({ id, ref }) => [id, ref]).sort()).toEqual(machines);
      const host = await until(grid, 'compute/host', (d) => d.conditions.some(({ type }) => type === 'Unclaimed'), PATIENCE_MS);
      expect(JSON.stringify(host.conditions)).toContain(late!.split('/').at(-1)!);
      expect((await machinesOf(grid, late)).length).toBe(SIZE);
    } finally {
      rmSync(backup, { recursive: true, force: true });
    }
  }, 2 * PATIENCE_MS);
});
