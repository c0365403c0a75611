import { z } from '@hono/zod-openapi';
import { LIFECYCLE_KINDS } from '../../model/ids';
import { listQuery } from '../lifecycles/list_lifecycles';
import { livingFirst } from '../temporal/living_first';
import { page } from './page';
import { Ago, LinkTo, Table, Why, Word } from './parts';

/** What a form leaves empty was not asked. */
const orEmpty = <T extends z.ZodType>(schema: T) => z.literal('').transform(() => undefined).or(schema);

const { kind, state, owner, blocked } = listQuery.shape;
const query = listQuery.extend({ kind: orEmpty(kind), state: orEmpty(state), owner: orEmpty(owner), blocked: orEmpty(blocked) });

type Query = z.output<typeof query>;

/** Lifecycles of all kinds, newest first, and then those that have ended. */
export const lifecyclesPage = page({ method: 'get', path: '/ui/lifecycles', query }, async (_c, { query: { limit, cursor, ...filter } }, grid) => {
  const { items, next } = await livingFirst(grid, grid.board.living, filter, limit, cursor);
  return {
    title: 'Lifecycles',
    // Pages further down are of what was there when the first was looked at.
    events: cursor === undefined ? '/api/v1/events' : undefined,
    body: (
      <>
        <h1>Lifecycles</h1>
        <Filter {...filter} />
        <Table
          id="lifecycles" name="Newest first" none="There is none."
          columns={[{ title: 'Lifecycle' }, { title: 'State' }, { title: 'Owner', wide: true }, { title: 'Step', wide: true }, { title: 'Why' }, { title: 'Changed', right: true, wide: true }, { title: 'Age', right: true, wide: true }]}
          rows={items.map((one) => [<LinkTo id={one.id} caller={grid.caller} />, <Word>{one.state}</Word>, one.owner, one.step, <Why of={one} />, <Ago at={one.updatedAt} />, <Ago at={one.createdAt} />])}
        />
        {next ? <p><a href={`/ui/lifecycles?${new URLSearchParams({ ...said(filter), cursor: next })}`} rel="next">Older ones</a></p> : null}
      </>
    ),
  };
});

/** What was asked, as a query. */
const said = (filter: Partial<Query>): Record<string, string> =>
  Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined).map(([name, value]) => [name, String(value)]));

const Filter = (asked: Partial<Query>) => (
  <form method="get" action="/ui/lifecycles" class="filter">
    <label>Kind <select name="kind"><option value="">all</option>{LIFECYCLE_KINDS.map((one) => <option value={one} selected={one === asked.kind}>{one}</option>)}</select></label>
    <label>State <input name="state" value={asked.state ?? ''} autocomplete="off" /></label>
    <label>Owner <input name="owner" value={asked.owner ?? ''} autocomplete="off" /></label>
    <label>Which <select name="blocked">{[['', 'all'], ['true', 'blocked'], ['false', 'not blocked']].map(([value, name]) => <option value={value} selected={value === String(asked.blocked ?? '')}>{name}</option>)}</select></label>
    <button type="submit">Show</button>
  </form>
);
