import { defaultDataConverter, defaultPayloadConverter } from '@temporalio/common';
import fc from 'fast-check';
import type { Grid } from '../../api/http/grid';
import { livingFirst } from '../../api/temporal/living_first';
import type { Caller } from '../../model/access';
import type { Summary } from '../../model/lifecycle';
import { SUMMARY } from '../../model/messages';

const summary = (n: number, createdAt: string, state: string, blocked: boolean, owner: string): Summary =>
  ({ id: `cluster/${owner}/idle/1.0.0/${n}`, kind: 'cluster', owner, state, revision: 1, conditions: blocked ? [{ type: 'Blocked', reason: 'x' }] : [], createdAt, updatedAt: createdAt, detail: {} });

/** A grid on which these live, and of which Temporal lists these as ended. */
const gridOf = (living: Summary[], role: Caller['role'] = 'admin', ended: Summary[] = []) => {
  const asked: string[] = [];
  const listWorkflowExecutions = async ({ query, pageSize, nextPageToken = [] }: { query: string; pageSize: number; nextPageToken?: Uint8Array | number[] }) => {
    asked.push(query);
    const from = nextPageToken[0] ?? 0;
    const executions = ended.slice(from, from + pageSize).map((one) => ({ memo: { fields: { [SUMMARY]: defaultPayloadConverter.toPayload(one) } }, status: 2 }));
    return { executions, nextPageToken: new Uint8Array(from + pageSize < ended.length ? [from + pageSize] : []) };
  };
  const client = { options: { loadedDataConverter: defaultDataConverter }, workflowService: { listWorkflowExecutions }, withDeadline: (_: number, work: () => unknown) => work(), connection: { withDeadline: (_: number, work: () => unknown) => work() } };
  return { grid: { board: { living: async () => living }, caller: { name: 'x', role, owner: 'alice' }, client, namespace: 'test' } as unknown as Grid, asked };
};

async function walk(grid: Grid, filter: Parameters<typeof livingFirst>[2], limit: number): Promise<Summary[]> {
  const seen: Summary[] = [];
  let cursor: string | undefined;
  do {
    const page = await livingFirst(grid, grid.board.living, filter, limit, cursor);
    expect(page.items.length).toBeLessThanOrEqual(limit);
    seen.push(...page.items);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return seen;
}

const livings = fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.constantFrom('ready', 'scaled'), fc.boolean(), fc.constantFrom('alice', 'bob')), { maxLength: 30 })
  .map((all) => all.map(([second, ...rest], n) => summary(n, `2026-11-30T00:00:0${second}.000Z`, ...rest)));

test('page by page each that lives comes once, the newest first, whatever the size of a page', async () => {
  await fc.assert(fc.asyncProperty(livings, fc.integer({ min: 1, max: 12 }), async (living, limit) => {
    const seen = await walk(gridOf(living).grid, {}, limit);
    expect(seen.map(({ id }) => id).sort()).toEqual(living.map(({ id }) => id).sort());
    const times = seen.map(({ createdAt }) => createdAt);
    expect(times).toEqual([...times].sort().reverse());
  }));
});

test('what has ended comes after all that lives, once too, and no page is longer than it may be', async () => {
  await fc.assert(fc.asyncProperty(livings, fc.nat(20), fc.integer({ min: 1, max: 12 }), async (living, over, limit) => {
    const ended = Array.from({ length: over }, (_, n) => summary(1_000 + n, '2026-11-29T00:00:00.000Z', 'destroyed', false, 'alice'));
    const seen = await walk(gridOf(living, 'admin', ended).grid, {}, limit);
    expect(seen.slice(living.length).map(({ id }) => id)).toEqual(ended.map(({ id }) => id));
  }));
});

test('what is asked for is all that comes, and of others nothing', async () => {
  await fc.assert(fc.asyncProperty(livings, async (living) => {
    const seen = await walk(gridOf(living, 'operate').grid, { state: 'ready', blocked: true }, 7);
    expect(new Set(seen)).toEqual(new Set(living.filter((one) => one.owner === 'alice' && one.state === 'ready' && one.conditions.length > 0)));
  }));
});

test('a cursor is of one list, and one that was made up of none', async () => {
  const living = Array.from({ length: 9 }, (_, n) => summary(n, `2026-11-30T00:00:0${n}.000Z`, 'ready', false, 'alice'));
  const { grid, asked } = gridOf(living);
  const { next } = await livingFirst(grid, grid.board.living, { kind: 'cluster' }, 4);
  expect(asked).toEqual([]);
  await expect(livingFirst(grid, grid.board.living, { kind: 'service' }, 4, next!)).rejects.toMatchObject({ status: 400, code: 'invalid_cursor' });
  await expect(livingFirst(grid, grid.board.living, { kind: 'cluster' }, 4, 'x'.repeat(20))).rejects.toMatchObject({ status: 400, code: 'invalid_cursor' });
});
