import { z } from '@hono/zod-openapi';
import { maySee } from '../model/access';
import { countsOf, needsAPerson } from '../model/attention';
import { OVER } from '../model/states';
import { json, ourProblem } from './http/answers';
import { endpoint, type Endpoint } from './http/endpoint';
import { linksOf } from './lifecycles/links';
import { summary } from './lifecycles/schemas';

const counts = z.record(z.string(), z.record(z.string(), z.number().int()));

/** What `grid status` says; of what is known of all that lives, so that it costs the same however much there is. */
const getStatus = endpoint(
  {
    method: 'get', path: '/api/v1/status', tag: 'operating', summary: 'How much there is of what, and what waits for a person',
    answers: {
      200: json('What lives', z.object({ counts: counts.openapi({ description: 'by kind and state', example: { cluster: { ready: 3 } } }), waiting: z.array(summary).openapi({ description: 'the most urgent first' }) })),
      503: ourProblem,
    },
  },
  async (c, _input, grid) => {
    const living = (await grid.board.livingNow()).filter((one) => maySee(grid.caller, one) && !OVER.includes(one.state));
    return c.json({ counts: countsOf(living), waiting: needsAPerson(living).map((one) => ({ ...one, links: linksOf(c, grid, one.id) })) });
  },
);

export const status: Endpoint[] = [getStatus];
